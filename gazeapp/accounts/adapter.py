"""What allauth asks of this site: who may come in, and how often one may try."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare

from gazeapp.accounts import guesses
from gazeapp.accounts.models import User

PASSWORD_MARK = "password_given"


class SecondFactorStage(AuthenticateStage):
    """As allauth's; but whoever lost the second factor meanwhile (a one-time link) signs in anew instead of being sent
    in circles between the two pages."""

    def is_resumable(self, request: HttpRequest) -> bool:
        return bool(self.login.user and is_mfa_enabled(self.login.user, [Authenticator.Type.TOTP]))


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False  # an admin makes people; the page is not even on the addresses

    def get_login_stages(self) -> list[str]:
        ours = f"{SecondFactorStage.__module__}.{SecondFactorStage.__name__}"
        return [ours if path == "allauth.mfa.stages.AuthenticateStage" else path for path in super().get_login_stages()]

    def get_client_ip(self, request: HttpRequest) -> str:
        """An IPv4 address as such, also where the server listens on IPv6 (::ffff:a.b.c.d): there all of them lie in one
        network, and would be counted as one."""
        address = ip_address(super().get_client_ip(request))
        return str(getattr(address, "ipv4_mapped", None) or address)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Every password is counted here before it is looked at: sign-in, confirming who one is, changing it. allauth
        gives a right one back (`_rollback_login_failed_rl_usage`)."""
        typed = credentials.get("username") or credentials.get("email") or ""
        self._login_failed_rl_usage = guesses.take(request, typed)

    def validation_error(self, code: str, *args: Any) -> Exception:
        """Too many wrong codes of the second factor are answered as wrong passwords are: 429, and what to do."""
        if code in {"too_many_login_attempts", "rate_limited"}:
            return guesses.too_many(context.request)
        error: Exception = super().validation_error(code, *args)
        return error

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """The password was right. Remember which one it was, since the second factor may take minutes."""
        request.session[PASSWORD_MARK] = user.get_session_auth_hash()
        return super().pre_login(request, user, **kwargs)

    def login(self, request: HttpRequest, user: User) -> None:
        """Nobody comes in by a password that was changed between its page and the second factor's."""
        if not constant_time_compare(request.session.pop(PASSWORD_MARK, ""), user.get_session_auth_hash()):
            clear_login(request)
            raise ImmediateHttpResponse(redirect("account_login"))
        super().login(request, user)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        guesses.know(response, user)
        return response
