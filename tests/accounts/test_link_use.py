"""What a one-time link does for the person who has it: a new password, or the second factor off."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from knox.models import AuthToken

from gazeapp.accounts.models import OneTimeLink
from gazeapp.accounts.services import make_token, remove_second_factor_by_link
from gazeapp.core.problems import Problem
from tests.accounts.signing_in import (
    ELSEWHERE,
    FACTOR_LINK,
    HERE,
    NEW,
    add_second_factor,
    admin_client,
    ask_for_link,
    give_code,
    is_in,
    link_for,
    right_code,
    set_password,
    sign_in,
    wrong_codes,
)
from tests.conftest import PASSWORD


@pytest.mark.parametrize(
    ("password", "again"), [("short", None), ("password1234", None), ("resident12345", None), (NEW, "x")]
)
def test_a_password_that_will_not_do_leaves_the_link_as_it_was(
    password: str, again: str | None, cast: SimpleNamespace
) -> None:
    link = link_for(cast)
    assert set_password(Client(), link, password, again).status_code == 200
    assert sign_in(Client(), "resident", PASSWORD) == 302
    assert set_password(Client(), link).status_code == 302


def test_a_new_password_ends_sessions_and_tokens_of_that_person_only(cast: SimpleNamespace) -> None:
    browsers = {name: Client() for name in ("resident", "faculty")}
    for name, browser in browsers.items():
        make_token(user=getattr(cast, name))
        sign_in(browser, name, PASSWORD)
    set_password(Client(), link_for(cast))
    assert [is_in(browser) for browser in browsers.values()] == [False, True]
    assert [token.user for token in AuthToken.objects.all()] == [cast.faculty]


def test_somebody_who_got_as_far_as_the_second_factor_with_the_old_password_is_out(cast: SimpleNamespace) -> None:
    add_second_factor(cast.resident)
    thief = Client()
    sign_in(thief, "resident", PASSWORD)
    set_password(Client(), link_for(cast))
    give_code(thief, right_code())
    assert not is_in(thief)


def test_a_sign_in_that_was_half_done_with_the_old_password_starts_anew(cast: SimpleNamespace) -> None:
    add_second_factor(cast.resident)
    client = Client()
    sign_in(client, "resident", PASSWORD)
    answer = set_password(client, link_for(cast))
    page = client.get(answer["Location"])
    assert page.status_code == 200
    assert b"Your new password is set. Now sign in." in page.content


def test_a_new_password_leaves_the_second_factor_on(cast: SimpleNamespace) -> None:
    add_second_factor(cast.resident)
    client = Client()
    set_password(client, link_for(cast))
    sign_in(client, "resident", NEW)
    assert not is_in(client)
    give_code(client, right_code())
    assert is_in(client)


def test_whoever_lost_both_uses_one_link_after_the_other(cast: SimpleNamespace) -> None:
    add_second_factor(cast.resident)
    password, factor = link_for(cast), link_for(cast, FACTOR_LINK)
    assert set_password(Client(), password).status_code == 302
    assert Client().post(factor, {"password": NEW}).status_code == 302
    assert not Authenticator.objects.filter(user=cast.resident).exists()


def test_a_link_lets_in_whom_others_have_locked_out(cast: SimpleNamespace) -> None:
    """While they go on guessing, from here too, the person's browser is one that is known now."""
    for number in range(10):
        for _ in range(5):
            sign_in(Client(), "resident", "wrong", f"203.0.113.{number}")
    assert sign_in(Client(), "resident", PASSWORD) == 429
    client = Client()
    set_password(client, link_for(cast))
    assert sign_in(Client(), "resident", NEW, ELSEWHERE) == 302
    for number in range(10):
        for _ in range(5):
            sign_in(Client(), "resident", "wrong", f"203.0.113.{number + 20}")
    assert sign_in(Client(), "resident", NEW, ELSEWHERE) == 429
    assert sign_in(client, "resident", NEW) == 302


def test_the_page_keeps_its_address_to_itself(cast: SimpleNamespace) -> None:
    page = Client().get(link_for(cast))
    assert page["Referrer-Policy"] == "strict-origin"
    assert "no-store" in page["Cache-Control"]
    assert 'href="http' not in page.content.decode()


def test_the_page_takes_no_form_from_elsewhere(cast: SimpleNamespace) -> None:
    client = Client(enforce_csrf_checks=True)
    assert set_password(client, link_for(cast)).status_code == 403


def test_a_link_takes_the_second_factor_off_for_the_password(cast: SimpleNamespace) -> None:
    add_second_factor(cast.resident)
    client = Client()
    link = ask_for_link(admin_client(), cast.resident, FACTOR_LINK)
    assert client.post(link, {"password": PASSWORD}).status_code == 302
    assert not Authenticator.objects.filter(user=cast.resident).exists()
    sign_in(client, "resident", PASSWORD)
    assert is_in(client)


def test_without_the_password_it_does_nothing(cast: SimpleNamespace) -> None:
    add_second_factor(cast.resident)
    link = link_for(cast, FACTOR_LINK)
    assert b"not your password" in Client().post(link, {"password": "wrong"}).content
    assert set_password(Client(), link).status_code == 200
    assert Authenticator.objects.filter(user=cast.resident).count() == 2
    assert sign_in(Client(), "resident", PASSWORD) == 302


def test_a_link_bears_five_wrong_passwords(cast: SimpleNamespace) -> None:
    add_second_factor(cast.resident)
    link = link_for(cast, FACTOR_LINK)
    answers = [Client().post(link, {"password": f"wrong {n}"}).status_code for n in range(5)]
    assert answers == [200] * 5
    assert Client().get(link).status_code == 404
    assert Client().post(link, {"password": PASSWORD}).status_code == 404
    assert Authenticator.objects.filter(user=cast.resident).exists()
    assert Client().post(link_for(cast, FACTOR_LINK), {"password": PASSWORD}).status_code == 302


def test_a_link_whose_page_is_open_bears_no_more_of_them(cast: SimpleNamespace) -> None:
    """As when several are sent at once, and each has looked at the link before any was counted."""
    add_second_factor(cast.resident)
    link_for(cast, FACTOR_LINK)
    opened = OneTimeLink.objects.select_related("user").get()
    for number in range(5):
        with pytest.raises(Problem, match="not your password"):
            remove_second_factor_by_link(link=opened, password=f"wrong {number}")
    with pytest.raises(Problem, match="no longer works"):
        remove_second_factor_by_link(link=opened, password="wrong 5")
    assert Authenticator.objects.filter(user=cast.resident).exists()


def test_wrong_passwords_there_lock_nobody_out_of_the_sign_in_page(cast: SimpleNamespace) -> None:
    add_second_factor(cast.resident)
    link = link_for(cast, FACTOR_LINK)
    for number in range(5):
        Client().post(link, {"password": f"wrong {number}"}, REMOTE_ADDR=HERE)
    assert sign_in(Client(), "resident", PASSWORD) == 302


def test_it_works_for_a_person_whose_codes_and_passwords_are_used_up(cast: SimpleNamespace) -> None:
    add_second_factor(cast.resident)
    client = Client()
    sign_in(client, "resident", PASSWORD)
    for code in wrong_codes(6):
        give_code(client, code)
    for _ in range(5):
        sign_in(Client(), "resident", "wrong")
    assert client.post(link_for(cast, FACTOR_LINK), {"password": PASSWORD}, REMOTE_ADDR=HERE).status_code == 302
    assert sign_in(Client(), "resident", PASSWORD) == 302
    add_second_factor(cast.resident)
    sign_in(client, "resident", PASSWORD)
    assert give_code(client, right_code()).status_code == 302


@pytest.mark.parametrize("same_browser", [True, False])
def test_a_half_done_sign_in_does_not_go_round_in_circles_afterwards(same_browser: bool, cast: SimpleNamespace) -> None:
    add_second_factor(cast.resident)
    client = Client()
    sign_in(client, "resident", PASSWORD)
    (client if same_browser else Client()).post(link_for(cast, FACTOR_LINK), {"password": PASSWORD})
    assert client.get("/accounts/2fa/authenticate/", follow=True).status_code == 200
    sign_in(client, "resident", PASSWORD)
    assert is_in(client)
