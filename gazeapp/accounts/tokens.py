"""API tokens that open only what their scope says. Every view of the API asks here who calls."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox.auth import TokenAuthentication
from knox.settings import knox_settings
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from gazeapp.accounts.selectors import scope_of
from gazeapp.core.problems import Problem
from gazeapp.core.registry import TOKEN_SCOPES


class ScopedTokens(TokenAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Who calls, and the token. Raises Problem (token-scope) where the token does not reach."""
        found: tuple[Any, Any] | None = super().authenticate(request)
        if found is not None:
            refuse_beyond_scope(scope_of(found[1]), request)
        return found


class ScopedTokensScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]
    """In the API's description, as any token."""

    target_class = "gazeapp.accounts.tokens.ScopedTokens"


def refuse_beyond_scope(scope: str, request: Any) -> None:
    """Raises Problem (token-scope) for an address or method that the scope does not name."""
    if scope == "all":
        return
    match = request.resolver_match
    if match is None or request.method not in TOKEN_SCOPES.get(scope, {}).get(match.view_name, ()):
        raise Problem(
            "token-scope",
            "This token is for research releases only.",
            "Make a token without that limit under your name, or sign in.",
            code=403,
        )


def is_somebody(cookies: str, authorization: str) -> bool:
    """Whether these request headers are of a session that is signed in, or hold an API token: asked where a body is
    read before any view looks who sends it."""
    try:
        key = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
        if key is not None and SESSION_KEY in SessionStore(key.value):
            return True
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != knox_settings.AUTH_HEADER_PREFIX.lower() or not token.isascii():
            return False
        TokenAuthentication().authenticate_credentials(token.encode())
    except (CookieError, AuthenticationFailed, DatabaseError):
        return False
    return True
