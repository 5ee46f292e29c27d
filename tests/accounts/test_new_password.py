"""What a new password ends, by whatever way it came: other sessions, API tokens, links; and what it leaves."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.test import Client
from knox.models import AuthToken

from gazeapp.accounts.models import OneTimeLink, User
from gazeapp.accounts.services import make_token
from tests.accounts.signing_in import NEW, PASSWORD_LINK, admin_client, is_in, link_for, set_password, sign_in
from tests.conftest import PASSWORD

Way = Callable[[SimpleNamespace, pytest.MonkeyPatch], object]


def on_its_persons_own_page(cast: SimpleNamespace, patch: pytest.MonkeyPatch) -> None:
    client = Client()
    sign_in(client, "resident", PASSWORD)
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert is_in(client)


def on_the_record_pages(cast: SimpleNamespace, patch: pytest.MonkeyPatch) -> None:
    form = {"usable_password": "true", "password1": NEW, "password2": NEW, "set-password": "1"}
    admin_client().post(f"/admin/accounts/user/{cast.resident.pk}/password/", form)


def by_the_command(cast: SimpleNamespace, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("getpass.getpass", lambda prompt: NEW)
    call_command("changepassword", "resident")


def by_a_link(cast: SimpleNamespace, patch: pytest.MonkeyPatch) -> None:
    set_password(Client(), link_for(cast))


WAYS = [on_its_persons_own_page, on_the_record_pages, by_the_command, by_a_link]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_new_password_ends_other_sessions_and_tokens_of_that_person_only(
    way: Way, cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    browsers = {name: Client() for name in ("resident", "faculty")}
    for name, browser in browsers.items():
        make_token(user=getattr(cast, name))
        sign_in(browser, name, PASSWORD)
    way(cast, monkeypatch)
    assert User.objects.get(username="resident").check_password(NEW)
    assert [is_in(browser) for browser in browsers.values()] == [False, True]
    assert [token.user for token in AuthToken.objects.all()] == [cast.faculty]


def test_a_password_that_is_taken_away_ends_the_same(cast: SimpleNamespace) -> None:
    make_token(user=cast.resident)
    link_for(cast, PASSWORD_LINK)
    admin_client().post(
        f"/admin/accounts/user/{cast.resident.pk}/password/", {"usable_password": "false", "unset-password": "1"}
    )
    assert not User.objects.get(username="resident").has_usable_password()
    assert not AuthToken.objects.exists() and not OneTimeLink.objects.exists()


def test_a_token_made_after_it_outlives_the_next_change_of_something_else(cast: SimpleNamespace) -> None:
    for change in (lambda: cast.resident.set_password(NEW), cast.resident.set_unusable_password):
        change()
        cast.resident.save()
        make_token(user=cast.resident)
        cast.resident.first_name = "Robin"
        cast.resident.save()
        assert AuthToken.objects.filter(user=cast.resident).count() == 1


def test_a_password_that_is_only_hashed_anew_ends_no_token(cast: SimpleNamespace, settings: SimpleNamespace) -> None:
    make_token(user=cast.resident)
    before = User.objects.get(pk=cast.resident.pk).password
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", *settings.PASSWORD_HASHERS]
    assert sign_in(Client(), "resident", PASSWORD) == 302
    assert User.objects.get(pk=cast.resident.pk).password != before
    assert AuthToken.objects.exists()


def test_the_page_says_what_ends(cast: SimpleNamespace) -> None:
    client = Client()
    sign_in(client, "resident", PASSWORD)
    assert "Your sessions in other browsers and your API tokens end" in client.get("/accounts/password/change/").text
