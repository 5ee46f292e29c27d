"""People, for admins, and the one-time link that an admin makes for one of them and hands over."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from allauth.account.forms import SetPasswordForm
from allauth.account.internal.stagekit import clear_login
from allauth.core.internal import ratelimit
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from gazeapp.accounts import guesses, selectors, services
from gazeapp.accounts.forms import MakeLinkForm, PasswordForm
from gazeapp.accounts.models import OneTimeLink, Role, User
from gazeapp.core.pages import signed_in
from gazeapp.core.problems import Problem

PEOPLE_PER_PAGE = 100
MADE = "link_made"  # in the admin's session, from making a link until the next page has shown it


def _admin(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # signed_in has seen to it
    if not request.user.has_role(Role.ADMIN):
        raise PermissionDenied
    return request.user


@require_safe
@signed_in
def people(request: HttpRequest) -> HttpResponse:
    _admin(request)
    without = request.GET.get("role") == "none"
    shown = selectors.without_role() if without else selectors.people()
    page = Paginator(shown, PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "accounts/people.html", {"page": page, "without": without})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def make_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes a link for somebody and shows it once."""
    _admin(request)
    return _make_link(request, pk)


@reauthentication_required  # type: ignore[untyped-decorator]
def _make_link(request: HttpRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    kinds = selectors.link_kinds(user)
    if request.method == "POST":
        if not ratelimit.consume(request, app=guesses.APP, action="make_link"):
            return _limited(
                request,
                "made",
                "within an hour",
                "The newest for each person still works. Make the next one later.",
                wait_s=180,  # twenty an hour
            )
        form = MakeLinkForm(list(kinds.items()), request.POST)
        if not form.is_valid():
            messages.error(request, "Choose what the link is for.")
            return redirect("make-link", pk)
        try:
            secret = services.make_link(user=user, kind=form.cleaned_data["kind"], by=_admin(request))
        except Problem as problem:
            messages.error(request, f"{problem.title} {problem.detail}")
        else:
            request.session[MADE] = {"user": pk, "kind": form.cleaned_data["kind"], "secret": secret}
        return redirect("make-link", pk)
    made = request.session.pop(MADE, None)
    context = {"person": user, "kinds": kinds, "own": user == request.user}
    if made and made["user"] == pk:
        context["link"] = request.build_absolute_uri(reverse("use-link", args=[made["secret"]]))
        context["link_kind"] = OneTimeLink.Kind(made["kind"]).label
    return render(request, "accounts/make_link.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@sensitive_variables()
@never_cache
def use_link(request: HttpRequest, secret: str) -> HttpResponse:
    """The page behind a link: its person sets a new password, or takes the second factor off by giving the password."""
    if not ratelimit.consume(request, app=guesses.APP, action="link", limit_get=True):
        advice = "Wait a minute, then open yours again."
        return _limited(request, "opened from your address", "within a minute", advice, wait_s=60)
    link = selectors.open_link(secret)
    if link is None:
        return render(request, "accounts/link_over.html", status=404)
    is_password = link.kind == OneTimeLink.Kind.PASSWORD
    given = request.POST if request.method == "POST" else None
    form = SetPasswordForm(link.user, given) if is_password else PasswordForm(given)
    if form.is_valid():
        try:
            if is_password:
                services.set_password_by_link(link=link, password=form.cleaned_data["password1"])
            else:
                services.remove_second_factor_by_link(link=link, password=form.cleaned_data["password"])
        except Problem as problem:
            if problem.kind == "link-over":
                return render(request, "accounts/link_over.html", status=404)
            form.add_error("password", f"{problem.title} {problem.detail}")
        else:
            return _back_in(request, link)
    page = "accounts/link_password.html" if is_password else "accounts/link_second_factor.html"
    response = render(request, page, {"form": form, "person": link.user})
    # The address is the key: it goes nowhere. (With "no-referrer" browsers send "Origin: null", which Django refuses.)
    response["Referrer-Policy"] = "strict-origin"
    return response


def _limited(request: HttpRequest, done: str, within: str, advice: str, *, wait_s: int) -> HttpResponse:
    words = f"Too many one-time links were {done} {within}. {advice}"
    response = render(request, "429.html", {"title": "Too many one-time links", "words": words}, status=429)
    response["Retry-After"] = str(wait_s)
    return response


def _back_in(request: HttpRequest, link: OneTimeLink) -> HttpResponse:
    """To the sign-in page, past whatever lockout there was and whatever sign-in was half done."""
    guesses.forget(request, link.user)
    clear_login(request)
    done = "Your new password is set." if link.kind == OneTimeLink.Kind.PASSWORD else "Your second factor is off."
    messages.success(request, f"{done} Now sign in.")
    response = redirect("account_login")
    guesses.know(response, link.user)
    return response
