"""Pages of studies and rating. Adapters: guard, render; the pages ask the API for the rest."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from gazeapp.accounts.selectors import is_to_be_asked
from gazeapp.cases.selectors import REVIEWERS
from gazeapp.core import pages
from gazeapp.ratings import selectors
from gazeapp.ratings.models import Study


@require_safe
@pages.signed_in
def rate(request: HttpRequest) -> HttpResponse:
    """What waits to be rated."""
    return render(request, "ratings/queue.html", {"to_be_asked": is_to_be_asked(_rates(request))})


@require_safe
@pages.signed_in
def item(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """One item; in a closed study it leads to the results, and for a rater who was dropped to the queue."""
    assignment = selectors.assignment_for(request.user, assignment_id)
    if assignment.rater.study.state == Study.State.CLOSED:
        return redirect("ratings:study", assignment.rater.study_id)
    if assignment.rater.dropped_at is not None:
        return redirect("ratings:rate")
    return render(request, "ratings/item.html", {"assignment": assignment})


@require_safe
@pages.signed_in
def studies(request: HttpRequest) -> HttpResponse:
    """Studies of one's own, and those that are closed."""
    _rates(request)
    return render(request, "ratings/studies.html")


@require_safe
@pages.signed_in
def study(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Plan, board or results, by the study's state."""
    return render(request, "ratings/study.html", {"study": selectors.study_for(request.user, study_id)})


def _rates(request: HttpRequest) -> Any:
    user: Any = request.user  # signed_in has seen to it
    if not user.has_role(*REVIEWERS):
        raise PermissionDenied
    return user
