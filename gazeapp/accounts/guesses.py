"""How often a password may be guessed: by the person who is meant, at one address, and from everywhere together.

Counted in the cache, which is a table of the database, by allauth's own limiter: it writes a guess down under a lock
before the password is looked at, so that many at once cannot all pass. Codes of the second factor are counted by
allauth itself, by person (`ACCOUNT_RATE_LIMITS["login_failed"]`). A name that nobody has counts just the same.

A browser that the person signed in with before is counted by itself, so that nobody who guesses from elsewhere, even
from behind the same address, can keep the person out.
"""

from __future__ import annotations

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from gazeapp.accounts import selectors
from gazeapp.accounts.models import User
from gazeapp.accounts.names import fold

APP = "allauth.account"  # whose settings hold the limits
WAIT_S = 15 * 60  # as the page says (templates/429.html)
COOKIE, COOKIE_DAYS = "known_browser", 90


def take(request: HttpRequest, typed: str) -> ratelimit.RateLimitUsage:
    """Count one guess, before the password is looked at. Give it back with ``rollback`` when it was right.

    Raises:
        ImmediateHttpResponse: the answer 429, when there were too many.
    """
    user = selectors.person_called(typed)
    who = _person(user) if user else f"nobody {salted_hmac('guesses', fold(typed)).hexdigest()}"
    if user and (browser := _known(request, user)):
        counters = [("password_here", f"{who} {browser}")]
    else:
        counters = [("password_here", _here(request, who)), ("password_anywhere", who)]
    taken = ratelimit.RateLimitUsage([])
    for action, key in counters:
        usage = ratelimit.consume(request, app=APP, action=action, key=key)
        if usage is None:
            taken.rollback()
            raise too_many(request)
        taken.usage += usage.usage
    return taken


def too_many(request: HttpRequest) -> ImmediateHttpResponse:
    """The exception that answers 429 in words."""
    response = ratelimit.respond_429(request)
    response["Retry-After"] = str(WAIT_S)
    return ImmediateHttpResponse(response)


def forget(request: HttpRequest, user: User) -> None:
    """Start this person's counters again: they came back in by a link that an admin handed over."""
    for action, key in (
        ("password_here", _here(request, _person(user))),
        ("password_anywhere", _person(user)),
        ("login_failed", f"mfa-auth-user-{user.pk}"),  # allauth.mfa.base.internal.flows.check_rate_limit
    ):
        ratelimit.clear(request, app=APP, action=action, key=key)


def know(response: HttpResponse, user: User) -> None:
    """Mark this browser as one that the person came in with."""
    response.set_signed_cookie(
        COOKIE,
        str(user.pk),
        salt=COOKIE,
        max_age=COOKIE_DAYS * 86_400,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known(request: HttpRequest, user: User) -> str:
    """The mark of a browser that this person came in with; it cannot be made up, and another person's says nothing."""
    marked = request.get_signed_cookie(COOKIE, default="", salt=COOKIE, max_age=COOKIE_DAYS * 86_400)
    return request.COOKIES[COOKIE] if marked == str(user.pk) else ""


def _person(user: User) -> str:
    return f"person {user.pk}"


def _here(request: HttpRequest, who: str) -> str:
    return f"{who} at {ratelimit.get_ip(request)}"
