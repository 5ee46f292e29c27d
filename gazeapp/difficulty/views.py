"""Pages of the ladder. They ask the API for the rest."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gazeapp.core import pages
from gazeapp.difficulty import selectors


@require_safe
@pages.signed_in
def ladder(request: HttpRequest) -> HttpResponse:
    """The cases by difficulty."""
    selectors.require_reader(request.user)
    context = {"may_compare": selectors.may_compare(request.user), "subject": selectors.subject_for(request.user)}
    return render(request, "difficulty/ladder.html", context)


@require_safe
@pages.signed_in
def harder(request: HttpRequest) -> HttpResponse:
    """Which of two is harder?"""
    if not selectors.may_compare(request.user):
        raise PermissionDenied
    return render(request, "difficulty/harder.html")
