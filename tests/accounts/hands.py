"""Signing in over HTTP, as a person would, and the codes of an authenticator app."""

from __future__ import annotations

import time

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.http import HttpResponse
from django.test import Client

from gazeapp.accounts.models import User

HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def sign_in(client: Client, name: str, password: str, address: str = HERE) -> int:
    """The status of one try; 302 goes on, to the library or to the second factor."""
    return client.post("/accounts/login/", {"login": name, "password": password}, REMOTE_ADDR=address).status_code


def give_code(client: Client, code: str, address: str = HERE) -> HttpResponse:
    return client.post("/accounts/2fa/authenticate/", {"code": code}, REMOTE_ADDR=address)


def is_in(client: Client) -> bool:
    return client.get("/api/v1/me/").status_code == 200


def add_second_factor(user: User) -> list[str]:
    """An authenticator app with `SECRET`; returns the recovery codes."""
    TOTP.activate(user, SECRET)
    return RecoveryCodes.activate(user).generate_codes()


def right_code(secret: str = SECRET) -> str:
    """The code of this moment, with some seconds left to use it in."""
    if (left := 30 - time.time() % 30) < 6:
        time.sleep(left + 0.1)
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def wrong_codes(count: int) -> list[str]:
    """Codes that are not the one of this moment nor of the next ones."""
    now = int(time.time()) // 30
    soon = {format_hotp_value(hotp_value(SECRET, now + step)) for step in range(-2, 10)}
    return [code for number in range(count + 12) if (code := f"{number:06}") not in soon][:count]
