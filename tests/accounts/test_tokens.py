"""API tokens: shown once, one's own only, gone when deleted or when the person is deactivated."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient


@pytest.fixture
def token(cast: SimpleNamespace, client_for: Callable[..., APIClient]) -> dict[str, str]:
    return client_for(cast.researcher).post("/api/v1/tokens/", {"days": 7}, format="json").json()


def with_token(secret: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def test_a_token_lets_a_script_act_as_its_person(token: dict[str, str]) -> None:
    assert with_token(token["token"]).get("/api/v1/me/").json()["username"] == "researcher"


def test_the_secret_is_not_stored_and_not_listed(
    token: dict[str, str], cast: SimpleNamespace, client_for: Callable[..., APIClient]
) -> None:
    assert token["token"] not in str(AuthToken.objects.values())
    assert "token" not in client_for(cast.researcher).get("/api/v1/tokens/").json()[0]


def test_a_deleted_token_no_longer_works(
    token: dict[str, str], cast: SimpleNamespace, client_for: Callable[..., APIClient]
) -> None:
    assert client_for(cast.researcher).delete(f"/api/v1/tokens/{token['key']}/").status_code == 204
    assert with_token(token["token"]).get("/api/v1/me/").status_code == 401


def test_somebody_elses_token_is_not_found(
    token: dict[str, str], cast: SimpleNamespace, client_for: Callable[..., APIClient]
) -> None:
    assert client_for(cast.admin).delete(f"/api/v1/tokens/{token['key']}/").status_code == 404


def test_deactivating_a_person_ends_their_tokens(token: dict[str, str], cast: SimpleNamespace) -> None:
    cast.researcher.is_active = False
    cast.researcher.save()
    assert with_token(token["token"]).get("/api/v1/me/").status_code == 401


def test_the_eleventh_token_is_refused_with_what_to_do(
    cast: SimpleNamespace, client_for: Callable[..., APIClient]
) -> None:
    client = client_for(cast.researcher)
    for _ in range(10):
        assert client.post("/api/v1/tokens/").status_code == 201
    answer = client.post("/api/v1/tokens/")
    assert (answer.status_code, answer.json()["detail"]) == (409, "Delete one first.")


def test_tokens_that_ended_do_not_count_towards_the_ten(
    cast: SimpleNamespace, client_for: Callable[..., APIClient]
) -> None:
    client = client_for(cast.researcher)
    for _ in range(10):
        client.post("/api/v1/tokens/")
    AuthToken.objects.filter(user=cast.researcher).update(expiry=timezone.now() - timezone.timedelta(seconds=1))
    assert client.post("/api/v1/tokens/").status_code == 201
    assert len(client.get("/api/v1/tokens/").json()) == 1


@pytest.mark.parametrize("record", ["knox/authtoken", "mfa/authenticator"])
def test_an_admin_makes_no_token_or_second_factor_in_anybodys_name(
    record: str, cast: SimpleNamespace, client: Client
) -> None:
    client.force_login(cast.admin, backend="gazeapp.accounts.backends.PeopleBackend")
    assert client.get("/admin/").status_code == 200
    for page in ("", "add/"):
        assert client.get(f"/admin/{record}/{page}").status_code == 404
