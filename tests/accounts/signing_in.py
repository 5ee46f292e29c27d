"""Signing in over HTTP, as a person would, the codes of an authenticator app, and one-time links."""

from __future__ import annotations

import re
import time
from types import SimpleNamespace

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.http import HttpResponse
from django.test import Client

from gazeapp.accounts.models import OneTimeLink, User
from gazeapp.accounts.services import make_link
from tests.conftest import PASSWORD

HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"
NEW = "quite another pass phrase"
PASSWORD_LINK, FACTOR_LINK = OneTimeLink.Kind.PASSWORD, OneTimeLink.Kind.SECOND_FACTOR
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


def admin_client() -> Client:
    """An admin who signed in and showed the password again, over HTTP."""
    client = Client()
    assert sign_in(client, "admin", PASSWORD, "192.0.2.200") == 302
    client.post("/accounts/reauthenticate/", {"password": PASSWORD}, REMOTE_ADDR="192.0.2.200")
    return client


def ask_for_link(client: Client, user: User, kind: str = PASSWORD_LINK) -> str:
    """The path of a link that the admin makes on the page."""
    answer = client.post(f"/people/{user.pk}/link/", {"kind": kind})
    assert (answer.status_code, answer["Location"]) == (302, f"/people/{user.pk}/link/")
    found = re.search(r">http://testserver(/people/link/[\w-]+/)<", client.get(answer["Location"]).content.decode())
    assert found
    return found[1]


def link_for(cast: SimpleNamespace, kind: str = PASSWORD_LINK, user: User | None = None) -> str:
    return f"/people/link/{make_link(user=user or cast.resident, kind=kind, by=cast.admin)}/"


def set_password(client: Client, link: str, password: str = NEW, again: str | None = None) -> HttpResponse:
    return client.post(link, {"password1": password, "password2": again or password}, REMOTE_ADDR=HERE)
