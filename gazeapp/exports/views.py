"""Pages of research data. They ask the API for the rest."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gazeapp.core import pages
from gazeapp.exports import selectors


@require_safe
@pages.signed_in
def releases(request: HttpRequest) -> HttpResponse:
    """The researcher's home: the newest release, one's requests, all releases."""
    _takes(request)
    return render(request, "exports/releases.html")


@require_safe
@pages.signed_in
def release(request: HttpRequest, release_id: UUID) -> HttpResponse:
    """What is in a release, its terms and files, how to cite it; or how far it is."""
    return render(request, "exports/release.html", {"release": selectors.release_for(request.user, release_id)})


@require_safe
@pages.signed_in
def browse(request: HttpRequest) -> HttpResponse:
    """How much there is of what one ticks, and the request for a release of it."""
    _takes(request)
    return render(request, "exports/browse.html", {"sets": selectors.sets_to_ask_for()})


@require_safe
@pages.signed_in
def data(request: HttpRequest) -> HttpResponse:
    """Requests to decide on, releases, withdrawals; admins only."""
    _takes(request, "admin")
    return render(request, "exports/data.html")


@require_safe
@pages.signed_in
def access(request: HttpRequest) -> HttpResponse:
    """Tokens, and the API in three lines."""
    _takes(request)
    return render(request, "exports/access.html")


def _takes(request: HttpRequest, *roles: str) -> None:
    user = request.user
    if not user.is_authenticated or not user.has_role(*(roles or selectors.RELEASED_TO)):
        raise PermissionDenied
