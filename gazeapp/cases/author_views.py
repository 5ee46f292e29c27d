"""Pages of authors: the answer key of a case, and practice sets. Everything that changes something goes through the
API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from gazeapp.cases import finding_labels, selectors
from gazeapp.core import pages

SETS_PER_PAGE = 50


@require_safe
@pages.signed_in
def key(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The answer key over the case's film."""
    case = selectors.case_for(request.user, case_id, "author")
    pixels = reverse("film-pixels", args=[case.film_id])
    return render(request, "cases/key.html", {"case": case, "pixels": pixels, "terms": finding_labels.FINDING_LABELS})


@require_safe
@pages.signed_in
def sets(request: HttpRequest) -> HttpResponse:
    """All practice sets, newest first."""
    rows = selectors.sets_for(request.user).order_by("-created_at", "-id")
    page = Paginator(rows, SETS_PER_PAGE).get_page(request.GET.get("page"))
    return pages.page_or_fragment(request, "cases/sets.html", "cases/sets_rows.html", {"page": page})


@require_safe
@pages.signed_in
def one_set(request: HttpRequest, set_id: UUID) -> HttpResponse:
    """One practice set with its cases; the page's script asks the API for them."""
    found: Any = selectors.set_for(request.user, set_id)
    return render(request, "cases/set.html", {"case_set": found})
