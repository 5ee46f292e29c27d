"""The page about oneself: roles, sign-in security, API tokens."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from gazeapp.accounts import selectors, services
from gazeapp.accounts.models import User
from gazeapp.core.pages import signed_in
from gazeapp.core.problems import Problem

NEW_TOKEN = "new-token"  # of the session: a secret on its way to the page that shows it once


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # signed_in has seen to it
    return request.user


@require_GET
@signed_in
def profile(request: HttpRequest) -> HttpResponse:
    """Oneself; the secret of a token that was just made is shown here once and then known to nobody."""
    context = {"tokens": selectors.tokens_of(_person(request)), "secret": request.session.pop(NEW_TOKEN, None)}
    return render(request, "accounts/profile.html", context)


@require_POST
@signed_in
def make_token(request: HttpRequest) -> HttpResponse:
    """Makes one and goes back to the profile, so that a reload makes no other."""
    user = _person(request)
    if not user.roles:
        raise PermissionDenied
    try:
        _, request.session[NEW_TOKEN] = services.make_token(user=user)
    except Problem as problem:
        messages.error(request, f"{problem.title} {problem.detail}")
    return redirect("profile")


@require_POST
@signed_in
def delete_token(request: HttpRequest, key: str) -> HttpResponse:
    services.delete_token(token=selectors.token_for(_person(request), key))
    messages.success(request, "The token no longer works.")
    return redirect("profile")
