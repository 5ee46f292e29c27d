"""Pages of cases. Adapters: guard, read, render; everything that changes something goes through the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from gazeapp.cases import selectors
from gazeapp.cases.models import Case
from gazeapp.cases.serializers import thumbnail_address
from gazeapp.core import pages
from gazeapp.core.events import last_seq

CASES_PER_PAGE = 48


@require_safe
@pages.signed_in
def library(request: HttpRequest) -> HttpResponse:
    """All cases the person may see, newest first; htmx asks for the list alone."""
    user = _need_role(request)
    seen = last_seq(f"user:{user.pk}")  # before the list is read: what comes after that is news to the page
    rows = _filtered(selectors.cases_visible_to(request.user).select_related("film", "owner"), request)
    page = Paginator(rows, CASES_PER_PAGE).get_page(request.GET.get("page"))
    cards = [(case, _thumbnail(request, case)) for case in page]
    filters = {name: request.GET.get(name, "") for name in ("search", "state", "whose", "kind")}
    context = {
        "page": page,
        "seen": seen,
        "cards": cards,
        "filters": filters,
        "filtered": any(filters.values()),
        "states": Case.State.choices,
        "questions": selectors.open_questions_for(user),
        "may_upload": user.has_role(*selectors.UPLOADERS),
        "may_author": user.has_role(*selectors.REVIEWERS),
    }
    return pages.page_or_fragment(request, "cases/library.html", "cases/list.html", context)


@require_safe
@pages.signed_in
def new(request: HttpRequest) -> HttpResponse:
    """Upload films with their reports."""
    _need_role(request, *selectors.UPLOADERS)
    return render(request, "cases/new.html", {"max_mb": settings.UPLOAD_MAX_BYTES // (1024 * 1024)})


@require_safe
@pages.signed_in
def room(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The reading room of one case; the page's script asks the API for the rest."""
    case = selectors.case_for(request.user, case_id, "view")
    pixels = reverse("film-pixels", args=[case.film_id]) if selectors.is_open(request.user, case) else ""
    return render(request, "cases/room.html", {"case": case, "pixels": pixels})


@require_safe
@pages.signed_in
def quarantine(request: HttpRequest) -> HttpResponse:
    """Films that wait for a person's eye: identity may be written in their pixels."""
    _need_role(request, *selectors.REVIEWERS)
    waiting = (
        selectors.cases_visible_to(request.user)
        .filter(state=Case.State.QUARANTINED)
        .select_related("film", "owner")
        .order_by("created_at")
    )
    return pages.page_or_fragment(request, "cases/quarantine.html", "cases/quarantine_list.html", {"cases": waiting})


def _need_role(request: HttpRequest, *roles: str) -> Any:
    """The person, if they hold one of ``roles`` (any role at all when none is named)."""
    user: Any = request.user  # signed_in has seen to it
    if not (user.has_role(*roles) if roles else user.roles):
        raise PermissionDenied
    return user


def _thumbnail(request: HttpRequest, case: Case) -> str:
    """Its address, or nothing when there is no film that this person may see."""
    return thumbnail_address(case) if selectors.is_open(request.user, case) else ""


def _filtered(rows: QuerySet[Case], request: HttpRequest) -> QuerySet[Case]:
    """Every word of the search must stand in title, note or report."""
    for word in request.GET.get("search", "")[:200].split():
        rows = rows.filter(Q(title__icontains=word) | Q(note__icontains=word) | Q(report__icontains=word))
    if request.GET.get("state") in Case.State.values:
        rows = rows.filter(state=request.GET["state"])
    if request.GET.get("whose") == "mine":
        rows = rows.filter(owner_id=request.user.pk)
    elif request.GET.get("whose") == "library":
        rows = rows.filter(published=True)
    if request.GET.get("kind") in {"real", "simulated"}:
        rows = rows.filter(simulated=request.GET["kind"] == "simulated")
    return rows.order_by("-created_at", "-id")
