"""Where guesses are counted, a database that takes no count is said to be away: nobody is told of too many tries."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.accounts.signing_in import (
    FACTOR_LINK,
    HERE,
    NEW,
    add_second_factor,
    link_for,
    right_code,
    set_password,
    sign_in,
)
from tests.conftest import PASSWORD
from tests.locked import locked

Knock = Callable[[], HttpResponse]


def at_sign_in(cast: SimpleNamespace, client: Client) -> Knock:
    return lambda: client.post("/accounts/login/", {"login": "resident", "password": PASSWORD}, REMOTE_ADDR=HERE)


def at_a_code(cast: SimpleNamespace, client: Client) -> Knock:
    add_second_factor(cast.resident)
    assert sign_in(client, "resident", PASSWORD) == 302
    code = right_code()
    return lambda: client.post("/accounts/2fa/authenticate/", {"code": code}, REMOTE_ADDR=HERE)


def at_confirming_who_one_is(cast: SimpleNamespace, client: Client) -> Knock:
    assert sign_in(client, "resident", PASSWORD) == 302
    return lambda: client.post("/accounts/reauthenticate/", {"password": PASSWORD}, REMOTE_ADDR=HERE)


def at_a_change_of_password(cast: SimpleNamespace, client: Client) -> Knock:
    assert sign_in(client, "resident", PASSWORD) == 302
    change = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    return lambda: client.post("/accounts/password/change/", change, REMOTE_ADDR=HERE)


def at_a_link(cast: SimpleNamespace, client: Client) -> Knock:
    link = link_for(cast)
    return lambda: client.get(link, REMOTE_ADDR=HERE)


def at_a_new_password_by_link(cast: SimpleNamespace, client: Client) -> Knock:
    link = link_for(cast)
    return lambda: set_password(client, link)


def at_a_second_factor_by_link(cast: SimpleNamespace, client: Client) -> Knock:
    add_second_factor(cast.resident)
    link = link_for(cast, FACTOR_LINK)
    return lambda: client.post(link, {"password": PASSWORD}, REMOTE_ADDR=HERE)


def at_making_a_link(cast: SimpleNamespace, client: Client) -> Knock:
    assert sign_in(client, "admin", PASSWORD) == 302
    client.post("/accounts/reauthenticate/", {"password": PASSWORD}, REMOTE_ADDR=HERE)
    return lambda: client.post(f"/people/{cast.resident.pk}/link/", {"kind": "password"}, REMOTE_ADDR=HERE)


DOORS = [
    at_sign_in,
    at_a_code,
    at_confirming_who_one_is,
    at_a_change_of_password,
    at_a_link,
    at_a_new_password_by_link,
    at_a_second_factor_by_link,
    at_making_a_link,
]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_a_locked_database_is_said_and_does_not_count(
    impatient: None, cast: SimpleNamespace, door: Callable[[SimpleNamespace, Client], Knock]
) -> None:
    client = Client(raise_request_exception=False)
    knock = door(cast, client)
    for _ in range(6):  # more than may be guessed
        with locked("cache"):
            answer = knock()
        assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "10")
        assert "cannot reach its records" in answer.content.decode()
    assert knock().status_code in {200, 302}
