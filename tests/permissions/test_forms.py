"""Post, redirect, get: no page that is made by sending a form may change something again when it is reloaded."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from knox.models import AuthToken

from gazeapp.accounts.models import User
from tests.conftest import PASSWORD
from tests.permissions.routes import http_routes
from tests.permissions.test_http import address, stripped

ClientFor = Callable[[Any], Client]


def forms() -> list[str]:
    """All addresses but the API and Django's own record pages."""
    return sorted({a for r in http_routes() if not (a := stripped(r.pattern)).startswith(("admin/", "api/"))})


BODIES: list[dict[str, str]] = [
    {},
    {"code": "000000", "password": "wrong", "login": "resident"},
    {"oldpassword": PASSWORD, "password1": "another pass phrase", "password2": "another pass phrase"},
    {"login": "resident", "password": PASSWORD},
]


LOGS = {"core.AuditEvent", "core.EventLog"}  # a failed sign-in is written down, however often it is sent


def records() -> set[tuple[Any, ...]]:
    """Every row of every table, without the logs and the bookkeeping of sessions and sign-ins."""
    models = [m for m in apps.get_models() if m._meta.app_label not in {"sessions", "axes"}]
    kept = [m for m in models if m._meta.label not in LOGS]
    return {(m._meta.label, *map(str, row)) for m in kept for row in m._default_manager.values_list()}


@pytest.mark.parametrize("pattern", forms())
def test_what_a_sent_form_answers_with_a_page_has_changed_nothing(
    pattern: str, world: SimpleNamespace, client_for: ClientFor
) -> None:
    path = address(pattern, world) if pattern.startswith(("people/", "cases/")) else "/" + pattern.replace("<>", "x")
    clients = {actor: client_for(world.actors[actor]) for actor in ("owner", "admin", "anonymous")}
    before = records()
    for actor, body in product(clients, BODIES):
        answer = clients[actor].post(path, body)
        assert answer.status_code < 500
        now = records() if answer.status_code < 400 else before  # what is refused had better change nothing either
        assert answer.status_code >= 300 or now == before, f"{path} as {actor} with {body}"
        before = now


@pytest.fixture
def resident(world: SimpleNamespace) -> User:
    person: User = world.actors["stranger"]  # who has no token yet
    return person


def shown_secret(text: str) -> str | None:
    found = re.search(r'value="([0-9a-f]{64})"', text)
    return found and found[1]


def test_a_new_token_is_shown_once_and_a_reload_makes_no_other(resident: User, client_for: ClientFor) -> None:
    client = client_for(resident)
    answer = client.post("/people/me/tokens/", follow=True)
    assert answer.redirect_chain == [("/people/me/", 302)]
    secret = shown_secret(answer.text)
    assert secret is not None
    assert "no-store" in answer["Cache-Control"]
    assert client.get("/api/v1/me/", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    for _ in range(2):
        assert secret not in client.get("/people/me/").text
    assert AuthToken.objects.filter(user=resident).count() == 1
    assert secret not in str(dict(client.session))


def test_the_secret_goes_to_the_browser_that_made_it_and_to_no_other(resident: User, client_for: ClientFor) -> None:
    mine, other = client_for(resident), client_for(resident)
    mine.post("/people/me/tokens/")
    assert shown_secret(other.get("/people/me/").text) is None
    assert shown_secret(mine.get("/people/me/").text) is not None


def test_one_token_too_many_is_refused_in_words_on_the_profile(resident: User, client_for: ClientFor) -> None:
    client = client_for(resident)
    for _ in range(10):
        client.post("/people/me/tokens/", follow=True)
    answer = client.post("/people/me/tokens/", follow=True)
    assert "You already have 10 tokens." in answer.text
    assert shown_secret(answer.text) is None
    assert AuthToken.objects.filter(user=resident).count() == 10
