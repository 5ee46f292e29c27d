"""Pages of models, trainings and schedules. Adapters: guard, render; the pages ask the API for the rest."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gazeapp.core import pages
from gazeapp.training import selectors


@require_safe
@pages.signed_in
def models(request: HttpRequest) -> HttpResponse:
    """What serves, candidates and history, for every role; for admins trainings and schedules too."""
    if not selectors.has_role(request.user):
        raise PermissionDenied
    return render(request, "training/models.html", {"admin": selectors.is_admin(request.user)})


@require_safe
@pages.signed_in
def model(request: HttpRequest, sha256: str) -> HttpResponse:
    """One version."""
    version = selectors.version_for(request.user, sha256)
    return render(request, "training/model.html", {"version": version, "admin": selectors.is_admin(request.user)})


@require_safe
@pages.signed_in
def new_run(request: HttpRequest) -> HttpResponse:
    """The form of a new training."""
    _admin(request)
    return render(request, "training/new_run.html")


@require_safe
@pages.signed_in
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One training."""
    _admin(request)
    return render(request, "training/run.html", {"run": selectors.run_for(request.user, run_id)})


def _admin(request: HttpRequest) -> Any:
    user: Any = request.user  # signed_in has seen to it
    if not selectors.is_admin(user):
        raise PermissionDenied
    return user
