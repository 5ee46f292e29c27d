"""What an approval covers, and who may give it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from gazeapp.accounts.selectors import has_other_admin
from gazeapp.exports import selectors
from gazeapp.exports.models import ApprovedReading, DataRequest, Release
from gazeapp.recordings.models import Recording


def covered(request: DataRequest) -> QuerySet[Recording]:
    """What the question finds today of what was there when it was approved: people may have withdrawn since."""
    approved = ApprovedReading.objects.filter(request=request)
    return selectors.readings(request.query).filter(pk__in=approved.values("recording"))


def readings_for(release: Release) -> tuple[QuerySet[Recording], datetime | None]:
    """The readings that a release may be made of, and until when predictions and ratings of them count."""
    if release.request is None:
        return Recording.objects.none(), None
    return covered(release.request), release.request.decided_at


def is_own(user: Any, request: DataRequest) -> bool:
    return request.by_id is not None and request.by_id == user.pk


def may_decide(user: Any, request: DataRequest) -> bool:
    """Admins; on what they asked for themselves only where no other admin is."""
    return bool(user.has_role("admin")) and not (is_own(user, request) and has_other_admin(user))
