"""A request that ends before its release is ready. That is final: what was approved is not made later after all."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from gazeapp.core import audit, events
from gazeapp.core import services as jobs
from gazeapp.core.problems import Problem
from gazeapp.exports.models import DataRequest, Release
from gazeapp.exports.services.requests import move, reread

State = DataRequest.State
UNFINISHED = Q(state__in=[State.OPEN, State.APPROVED])


def withdraw(*, request: DataRequest, by: Any) -> DataRequest:
    """Whoever asked takes it back, as long as its release is not ready; one that is being made is stopped.

    Raises:
        Problem: request-decided.
    """
    return _close(request, by, State.WITHDRAWN, "", "data-request-withdrawn")


def close(*, request: DataRequest, by: Any, reason: str) -> DataRequest:
    """An admin ends it, as long as its release is not ready; one that is being made is stopped.

    Raises:
        Problem: request-decided.
    """
    return _close(request, by, State.CLOSED, reason, "data-request-closed")


def _close(request: DataRequest, by: Any, state: str, reason: str, verb: str) -> DataRequest:
    with transaction.atomic():
        release = Release.objects.select_related("job").filter(request=request).first()
        if release is not None:
            events.lock(release.subject)  # before that of the requests
        closed = {"closed_by": by, "closed_at": timezone.now(), "closed_reason": reason}
        move(request, UNFINISHED & Q(release=release), state=state, **closed)
        if release is not None and release.job is not None:
            jobs.cancel(job=release.job, by=by)
        audit.record(by, verb, f"request:{request.pk}")
    return reread(request)


def closed_with_its_job(request: DataRequest) -> None:
    """Its job was cancelled. Call it inside the transaction of that."""
    events.lock("requests")
    approved = DataRequest.objects.filter(pk=request.pk, state=State.APPROVED)
    approved.update(state=State.CLOSED, closed_at=timezone.now())
    request.refresh_from_db()


def refuse_closed(request: DataRequest) -> None:
    """Raises Problem (request-closed) unless it is approved still."""
    if request.state != State.APPROVED:
        raise Problem(
            "request-closed",
            "The request for this release was closed.",
            "Ask for the data anew: an admin decides on what there is by then.",
            code=409,
        )
