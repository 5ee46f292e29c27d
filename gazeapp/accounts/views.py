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


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # signed_in has seen to it
    return request.user


@require_GET
@signed_in
def profile(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/profile.html", {"tokens": selectors.tokens_of(_person(request))})


@require_POST
@signed_in
def make_token(request: HttpRequest) -> HttpResponse:
    """Shows the new secret once, on this answer and nowhere else."""
    user = _person(request)
    if not user.roles:
        raise PermissionDenied
    secret = None
    try:
        _, secret = services.make_token(user=user)
    except Problem as problem:
        messages.error(request, f"{problem.title} {problem.detail}")
    return render(request, "accounts/profile.html", {"tokens": selectors.tokens_of(user), "secret": secret})


@require_POST
@signed_in
def delete_token(request: HttpRequest, key: str) -> HttpResponse:
    services.delete_token(token=selectors.token_for(_person(request), key))
    messages.success(request, "The token no longer works.")
    return redirect("profile")
