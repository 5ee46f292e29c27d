"""Signing in, and demo people outside the demo."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client

from gazeapp.accounts.services import make_person
from tests.accounts.signing_in import sign_in
from tests.conftest import PASSWORD


def test_a_person_signs_in_with_name_and_password(cast: SimpleNamespace, client: Client) -> None:
    assert sign_in(client, "resident", PASSWORD) == 302
    assert client.get("/api/v1/me/").json()["roles"] == ["resident"]


def test_a_demo_person_is_refused_outside_demo_mode(db: None, client: Client, settings: pytest.FixtureRequest) -> None:
    make_person(username="demo", password=PASSWORD, roles=["resident"], by="test", demo=True)
    settings.DEMO = False
    assert sign_in(client, "demo", PASSWORD) != 302
    settings.DEMO = True
    assert sign_in(client, "demo", PASSWORD) == 302


def test_a_demo_persons_open_session_ends_with_demo_mode(
    db: None, client: Client, settings: pytest.FixtureRequest
) -> None:
    make_person(username="demo", password=PASSWORD, roles=["resident"], by="test", demo=True)
    settings.DEMO = True
    sign_in(client, "demo", PASSWORD)
    settings.DEMO = False
    assert client.get("/api/v1/me/").status_code == 401


def test_only_admins_reach_the_record_pages(cast: SimpleNamespace, client: Client) -> None:
    for name in ("resident", "faculty", "researcher", "outsider"):
        client.force_login(getattr(cast, name), backend="gazeapp.accounts.backends.PeopleBackend")
        assert client.get("/admin/").status_code in {302, 403}
    client.force_login(cast.admin, backend="gazeapp.accounts.backends.PeopleBackend")
    assert client.get("/admin/").status_code == 200


def test_a_person_changes_their_password(cast: SimpleNamespace, client: Client) -> None:
    sign_in(client, "resident", PASSWORD)
    page = client.get("/accounts/password/change/")
    assert b"Ask an admin" in page.content
    new = "quite another pass phrase"
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    client.logout()
    assert sign_in(client, "resident", new) == 302
