"""A token of a narrow scope opens what its scope names, and nothing else of the API, whoever it belongs to."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from rest_framework.test import APIClient

from gazeapp.accounts.models import TokenNote
from gazeapp.accounts.services import make_token
from gazeapp.core.registry import TOKEN_SCOPES
from tests.accounts.test_tokens import with_token
from tests.exports.data import body_of
from tests.exports.small import small_release
from tests.permissions.routes import http_routes

pytestmark = pytest.mark.django_db
METHODS = ("get", "head", "options", "post", "put", "patch", "delete")


@pytest.fixture
def narrow(cast: SimpleNamespace) -> APIClient:
    """Of an admin, who may do everything."""
    return with_token(make_token(user=cast.admin, scope="releases")[1])


def addresses() -> list[tuple[str, str]]:
    """(name, an address) of every route of the API."""
    found = []
    for route in http_routes():
        if route.pattern.startswith("api/"):
            filled = re.sub(r"<uuid:\w+>", "00000000-0000-4000-8000-000000000000", route.pattern)
            filled = re.sub(r"<int:\w+>", "1", filled)
            filled = re.sub(r"\(\?P<\w+>[^)]*\)", "0" * 64, filled)
            found.append((route.name, "/" + re.sub(r"<[^>]*>", "x", filled).replace("^", "").replace("$", "")))
    return found


def test_every_route_and_method_but_those_of_the_scope_is_refused(narrow: APIClient) -> None:
    opened, unreached = set(), []
    for name, url in addresses():
        for method in METHODS:
            answer = getattr(narrow, method)(url, headers={"Tus-Resumable": "1.0.0"})
            if answer.status_code == 404 and answer.get("Content-Type") != "application/problem+json":
                unreached.append(url)
            said = answer.content and answer.get("Content-Type") == "application/problem+json"
            kind = answer.json()["type"] if said else ""
            if answer.status_code != 403 or kind != ("" if method == "head" else "/problems/token-scope"):
                opened.add((name, method.upper()))
    wanted = {(name, method) for name, methods in TOKEN_SCOPES["releases"].items() for method in methods}
    assert opened == wanted and unreached == []
    assert len(addresses()) > 80


def test_the_scope_names_addresses_that_exist() -> None:
    assert set(TOKEN_SCOPES["releases"]) <= {name for name, _ in addresses()}
    assert set(TOKEN_SCOPES) == set(TokenNote.Scope.values) - {"all"}


def test_a_refusal_says_which_token_is_needed(narrow: APIClient) -> None:
    answer = narrow.get("/api/v1/cases/")
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/token-scope")
    assert "without that limit" in answer.json()["detail"]


def test_with_it_a_release_can_be_agreed_to_and_downloaded(cast: SimpleNamespace) -> None:
    client = with_token(make_token(user=cast.researcher, scope="releases", name="cluster")[1])
    release = small_release()
    assert client.get("/api/v1/me/").json()["username"] == "researcher"
    assert client.get("/api/v1/data/counts/").status_code == 200
    assert client.get("/api/v1/releases/").status_code == 200
    url = f"/api/v1/releases/{release.pk}/"
    assert client.post(f"{url}terms/", {"version": 1}, format="json").status_code == 200
    assert body_of(client.get(f"{url}archive/")) == body_of(client.get(f"{url}files/cases.csv")) == b"case\r\n"


def test_a_token_gives_no_more_than_its_person_has(cast: SimpleNamespace) -> None:
    client = with_token(make_token(user=cast.resident, scope="releases")[1])
    assert client.get("/api/v1/me/").status_code == 200
    assert client.get("/api/v1/releases/").status_code == 403


def test_tokens_are_made_and_listed_with_name_and_scope(cast: SimpleNamespace) -> None:
    everything = with_token(make_token(user=cast.researcher)[1])
    made = everything.post(
        "/api/v1/tokens/", {"name": "My laptop", "scope": "releases", "days": 7}, format="json"
    ).json()
    assert (made["name"], made["scope"]) == ("My laptop", "releases")
    listed = {row["key"]: (row["name"], row["scope"]) for row in everything.get("/api/v1/tokens/").json()}
    assert listed[made["key"]] == ("My laptop", "releases")
    assert set(listed.values()) == {("My laptop", "releases"), ("", "all")}
    assert with_token(made["token"]).get("/api/v1/tokens/").status_code == 403
    answer = everything.post("/api/v1/tokens/", {"scope": "everything"}, format="json")
    assert (answer.status_code, "scope" in answer.json()["errors"]) == (400, True)


def test_a_token_from_before_there_were_scopes_reaches_all(cast: SimpleNamespace) -> None:
    token, secret = make_token(user=cast.researcher, scope="releases")
    TokenNote.objects.filter(token=token).delete()
    assert with_token(secret).get("/api/v1/cases/").status_code == 200
    (row,) = with_token(secret).get("/api/v1/tokens/").json()
    assert (row["name"], row["scope"]) == ("", "all")
