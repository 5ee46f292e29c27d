"""Signing in, being locked out, and demo people outside the demo."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client

from gazeapp.accounts.models import User
from gazeapp.accounts.services import make_person
from gazeapp.core.models import AuditEvent
from tests.conftest import PASSWORD


def sign_in(client: Client, name: str, password: str, address: str = "192.0.2.1") -> int:
    return client.post("/accounts/login/", {"login": name, "password": password}, REMOTE_ADDR=address).status_code


def test_a_person_signs_in_with_name_and_password(cast: SimpleNamespace, client: Client) -> None:
    assert sign_in(client, "resident", PASSWORD) == 302
    assert client.get("/api/v1/me/").json()["roles"] == ["resident"]


def test_nobody_can_sign_up(client: Client, db: None) -> None:
    client.post("/accounts/signup/", {"username": "new", "password1": PASSWORD, "password2": PASSWORD})
    assert not User.objects.exists()


def test_five_failures_lock_that_person_at_that_address(cast: SimpleNamespace, client: Client) -> None:
    answers = [sign_in(client, "resident", "wrong wrong wrong") for _ in range(5)]
    assert answers[-1] == 429
    assert sign_in(client, "resident", PASSWORD) == 429


def test_a_lockout_spares_the_neighbour_behind_the_same_address(cast: SimpleNamespace, client: Client) -> None:
    for _ in range(5):
        sign_in(client, "resident", "wrong wrong wrong")
    assert sign_in(client, "faculty", PASSWORD) == 302


def test_a_lockout_at_one_address_spares_the_same_person_at_another(cast: SimpleNamespace, client: Client) -> None:
    for _ in range(5):
        sign_in(client, "resident", "wrong wrong wrong")
    assert sign_in(client, "resident", PASSWORD, address="192.0.2.2") == 302


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


def test_what_was_typed_as_a_name_is_not_kept_when_sign_in_fails(cast: SimpleNamespace, client: Client) -> None:
    sign_in(client, "my-password-in-the-wrong-field", "x")
    assert not any("my-password" in str(row.__dict__) for row in AuditEvent.objects.all())


def test_only_admins_reach_the_record_pages(cast: SimpleNamespace, client: Client) -> None:
    for name in ("resident", "faculty", "researcher", "outsider"):
        client.force_login(getattr(cast, name), backend="gazeapp.accounts.backends.PeopleBackend")
        assert client.get("/admin/").status_code in {302, 403}
    client.force_login(cast.admin, backend="gazeapp.accounts.backends.PeopleBackend")
    assert client.get("/admin/").status_code == 200


def test_changing_the_case_of_the_name_does_not_escape_the_lockout(cast: SimpleNamespace, client: Client) -> None:
    for name in ("resident", "Resident", "RESIDENT", "resident", "rEsident"):
        sign_in(client, name, "wrong wrong wrong")
    assert sign_in(client, "resident", PASSWORD) == 429


def test_a_person_changes_their_password(cast: SimpleNamespace, client: Client) -> None:
    sign_in(client, "resident", PASSWORD)
    page = client.get("/accounts/password/change/")
    assert b"Ask an admin" in page.content
    new = "quite another pass phrase"
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    client.logout()
    assert sign_in(client, "resident", new) == 302
