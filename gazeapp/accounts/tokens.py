"""API tokens that open only what their scope says. Every view of the API asks here who calls."""

from __future__ import annotations

from typing import Any

from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox.auth import TokenAuthentication
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
