"""The page about oneself: roles, sign-in security, API tokens."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gazeapp.accounts import selectors, services
from gazeapp.accounts.consents import TEXTS, Purpose
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
    context = {
        "tokens": selectors.tokens_of(_person(request)),
        "secret": request.session.pop(NEW_TOKEN, None),
        "questions": questions(_person(request)),
    }
    return render(request, "accounts/profile.html", context)


def questions(user: User) -> list[dict[str, object]]:
    """The questions of consent, each with what this person answered."""
    answers = selectors.consents_of(user)
    return [
        {"purpose": purpose, "label": Purpose(purpose).label, "text": text, "answer": answers[purpose]}
        for purpose, text in TEXTS.items()
    ]


@require_http_methods(["GET", "POST"])
@signed_in
def consent(request: HttpRequest) -> HttpResponse:
    """The questions of consent; asked before the first recording, and changed here. ``next`` is where to go on."""
    user = _person(request)
    if not user.roles:
        raise PermissionDenied
    onward = request.POST.get("next") or request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, {request.get_host()}):
        onward = ""
    missing = False
    if request.method == "POST":
        answers = {purpose: request.POST.get(purpose) for purpose in TEXTS}
        missing = not set(answers.values()) <= {"yes", "no"}
        if not missing:
            shown = {purpose: request.POST.get(f"{purpose}-version", "") for purpose in TEXTS}
            try:
                services.answer_consent(
                    person=user,
                    answers={purpose: answer == "yes" for purpose, answer in answers.items()},
                    versions={
                        purpose: int(number)
                        for purpose, number in shown.items()
                        if number.isdecimal() and len(number) < 6
                    },
                )
            except Problem as problem:
                messages.error(request, f"{problem.title} {problem.detail}")
                return redirect(request.get_full_path())
            if onward:
                return redirect(onward)
            messages.success(request, "Your answers are saved.")
            return redirect("profile")
    context = {"questions": questions(user), "next": onward, "missing": missing}
    return render(request, "accounts/consent.html", context, status=422 if missing else 200)


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
