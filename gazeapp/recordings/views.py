"""Pages of recordings. Adapters: guard, read, render; everything that changes something goes through the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gazeapp.accounts.selectors import is_to_be_asked
from gazeapp.core import pages
from gazeapp.recordings import quality, selectors
from gazeapp.recordings.models import Recording, Source
from gazeapp.recordings.services.saving import OUTSIDERS_BY

ROWS_PER_PAGE = 50


@require_safe
@pages.signed_in
def recordings(request: HttpRequest) -> HttpResponse:
    """One's own recordings and those that one brought, newest first; htmx asks for the list alone."""
    user = _need_role(request)
    page = Paginator(_filtered(selectors.recordings_of(user), user, request), ROWS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    cases = selectors.shown_cases(user, page.object_list)
    rows = [
        (recording, cases.get(recording.case_id) if recording.case_id else None, quality.of(recording))
        for recording in page
    ]
    filters = {name: request.GET.get(name, "") for name in ("source", "whose")}
    waiting = selectors.imports_of(user).count() if user.has_role(*selectors.IMPORTERS) else 0
    context = {
        "page": page,
        "rows": rows,
        "filters": filters,
        "filtered": any(filters.values()),
        "sources": Source.choices,
        "may_import": user.has_role(*selectors.IMPORTERS),
        "waiting": waiting,
    }
    return pages.page_or_fragment(request, "recordings/recordings.html", "recordings/list.html", context)


@require_safe
@pages.signed_in
def new(request: HttpRequest) -> HttpResponse:
    """Bring an eye tracker's file and match its trials to cases; the page's script asks the API for the rest."""
    user = _need_role(request, *selectors.IMPORTERS)
    context = {
        "max_mb": settings.UPLOAD_MAX_BYTES // (1024 * 1024),
        "may_bring_others": user.has_role(*OUTSIDERS_BY),
        "to_be_asked": is_to_be_asked(user),
    }
    return render(request, "recordings/import.html", context)


@require_safe
@pages.signed_in
def recording(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """One recording replayed over its film; the page's script asks the API for the rest."""
    user = _need_role(request)
    found = selectors.own_recording(user, recording_id)
    case = selectors.shown_cases(user, [found]).get(found.case_id) if found.case_id else None
    context = {"recording": found, "case": case, "quality": quality.of(found), "mine": found.reader.user_id == user.pk}
    return render(request, "recordings/recording.html", context)


def _need_role(request: HttpRequest, *roles: str) -> Any:
    """The person, if they hold one of ``roles`` (any role at all when none is named)."""
    user: Any = request.user  # signed_in has seen to it
    if not (user.has_role(*roles) if roles else user.roles):
        raise PermissionDenied
    return user


def _filtered(rows: QuerySet[Recording], user: Any, request: HttpRequest) -> QuerySet[Recording]:
    if request.GET.get("source") in Source.values:
        rows = rows.filter(source=request.GET["source"])
    if request.GET.get("whose") == "mine":
        rows = rows.filter(reader__user_id=user.pk)
    elif request.GET.get("whose") == "others":
        rows = rows.exclude(reader__user_id=user.pk)
    return rows
