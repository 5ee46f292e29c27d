"""Which of django-allauth's pages have an address here, and that none of them leads to one that is missing."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterator
from types import SimpleNamespace

import allauth.urls
import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, clear_url_caches, path, resolve
from django.urls.exceptions import Resolver404

from gazeapp.accounts import sign_in_urls
from gazeapp.accounts.models import User
from tests.accounts.signing_in import add_second_factor, is_in, sign_in
from tests.conftest import PASSWORD

ON, MAIL, OFF = "on", "with mail", "off"
DECIDED = {
    "account_login": ON,
    "account_logout": ON,
    "account_inactive": ON,
    "account_reauthenticate": ON,
    "account_change_password": ON,
    "mfa_index": ON,
    "mfa_authenticate": ON,
    "mfa_reauthenticate": ON,
    "mfa_activate_totp": ON,
    "mfa_deactivate_totp": ON,
    "mfa_view_recovery_codes": ON,
    "mfa_generate_recovery_codes": ON,
    "mfa_download_recovery_codes": ON,
    "account_reset_password": MAIL,
    "account_reset_password_done": MAIL,
    "account_reset_password_from_key": MAIL,
    "account_reset_password_from_key_done": MAIL,
    "account_signup": OFF,  # an admin makes people
    "account_set_password": OFF,  # by a one-time link instead
    "account_email": OFF,  # an admin keeps addresses
    "account_email_verification_sent": OFF,
    "account_confirm_email": OFF,
    "account_confirm_login_code": OFF,  # nobody signs in by a code in a mail
}


def walk(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, prefix + str(pattern.pattern))
        else:
            yield str(pattern.name), prefix + str(pattern.pattern).lstrip("^").rstrip("$")


ALL = dict(walk(allauth.urls.urlpatterns))


def address(name: str) -> str:
    return "/accounts/" + re.sub(r"\(\?P<\w+>[^)]*\)", "1", ALL[name])


def test_every_page_of_allauth_was_decided_about() -> None:
    assert set(ALL) == set(DECIDED)


@pytest.mark.parametrize("mail", [False, True])
def test_only_those_pages_are_there_that_somebody_needs(mail: bool) -> None:
    there = {pattern.name for pattern in sign_in_urls.pages(mail=mail)}
    assert there == {name for name, when in DECIDED.items() if when == ON or (mail and when == MAIL)}


def test_each_has_the_address_that_allauth_gives_it() -> None:
    for pattern in sign_in_urls.pages(mail=True):
        assert str(pattern.pattern).lstrip("^").rstrip("$") == ALL[str(pattern.name)]


@pytest.mark.parametrize("name", [name for name, when in DECIDED.items() if when != ON])
def test_without_mail_the_others_are_not_found(name: str, cast: SimpleNamespace, client: Client) -> None:
    with pytest.raises(Resolver404):
        resolve(address(name))
    for _ in range(2):
        assert client.get(address(name)).status_code == client.post(address(name), {}).status_code == 404
        client.force_login(cast.admin, backend="gazeapp.accounts.backends.PeopleBackend")


def test_nobody_can_sign_up(client: Client, db: None) -> None:
    client.post("/accounts/signup/", {"username": "new", "password1": PASSWORD, "password2": PASSWORD})
    assert not User.objects.exists()


def test_a_wish_for_a_reset_gets_no_link_into_any_log(
    cast: SimpleNamespace, client: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    User.objects.filter(pk=cast.resident.pk).update(email="resident@example.org")
    assert client.post("/accounts/password/reset/", {"email": "resident@example.org"}).status_code == 404
    said = "".join(capfd.readouterr())
    assert "reset/key" not in said
    assert "resident@example.org" not in said


def test_the_sign_in_page_says_who_makes_a_way_back_in(client: Client, db: None) -> None:
    page = client.get("/accounts/login/").content.decode()
    assert "Ask an administrator for a one-time link" in " ".join(page.split())
    assert "password/reset" not in page


@pytest.mark.parametrize("with_factor", [False, True])
def test_no_page_about_signing_in_leads_to_one_that_is_missing(
    with_factor: bool, cast: SimpleNamespace, client: Client
) -> None:
    pages = [client.get("/accounts/login/"), client.get("/accounts/inactive/")]
    if with_factor:
        codes = add_second_factor(cast.admin)
        sign_in(client, "admin", PASSWORD)
        pages.append(client.get("/accounts/2fa/authenticate/"))
        client.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    else:
        sign_in(client, "admin", PASSWORD)
    assert is_in(client)
    signed_in = [name for name, when in DECIDED.items() if when == ON and name not in {"account_login"}]
    pages += [client.get(address(name)) for name in signed_in]
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    pages += [client.get(address(name)) for name in signed_in]
    assert {page.status_code for page in pages} <= {200, 302, 404}
    for page in pages:
        found = re.findall(r'(?:href|action)="(/[^"?#]*)', page.content.decode() if page.status_code == 200 else "")
        for link in {*found, *([page["Location"].partition("?")[0]] if page.status_code == 302 else [])}:
            if not link.startswith("/static/"):
                resolve(link)


@pytest.fixture
def with_mail(settings: pytest.FixtureRequest) -> Iterator[None]:
    """The addresses as they are where mail is configured."""
    module = types.ModuleType("tests.accounts.urls_with_mail")
    from webapp.urls import urlpatterns

    own = [pattern for pattern in urlpatterns if str(pattern.pattern) != "accounts/"]
    module.urlpatterns = [*own, path("accounts/", ([*sign_in_urls.pages(mail=True)], None, None))]  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
    settings.ROOT_URLCONF = module.__name__
    clear_url_caches()
    yield
    del sys.modules[module.__name__]
    clear_url_caches()


def test_with_mail_a_reset_is_offered_and_sent_to_the_person_only(
    with_mail: None, cast: SimpleNamespace, client: Client, mailoutbox: list[object]
) -> None:
    assert "/accounts/password/reset/" in client.get("/accounts/login/").content.decode()
    User.objects.filter(pk=cast.resident.pk).update(email="resident@example.org")
    pages = [client.post("/accounts/password/reset/", {"email": f"{n}@example.org"}) for n in ("stranger", "resident")]
    assert [(page.status_code, page["Location"]) for page in pages] == [(302, "/accounts/password/reset/done/")] * 2
    assert [message.to for message in mailoutbox] == [["resident@example.org"]]  # type: ignore[attr-defined]


def test_a_reset_by_mail_ends_what_the_old_password_opened(
    with_mail: None, cast: SimpleNamespace, client: Client, mailoutbox: list[object]
) -> None:
    from knox.models import AuthToken

    from gazeapp.accounts.services import make_token

    make_token(user=cast.resident)
    User.objects.filter(pk=cast.resident.pk).update(email="resident@example.org")
    other = Client()
    sign_in(other, "resident", PASSWORD)
    client.post("/accounts/password/reset/", {"email": "resident@example.org"})
    link = re.search(r"/accounts/password/reset/key/\S+", mailoutbox[0].body)  # type: ignore[attr-defined]
    assert link
    page = client.get(link[0], follow=True)
    new = "quite another pass phrase"
    client.post(page.request["PATH_INFO"], {"password1": new, "password2": new})
    assert not is_in(other)
    assert not AuthToken.objects.filter(user=cast.resident).exists()
    assert sign_in(Client(), "resident", new) == 302
