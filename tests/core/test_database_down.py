"""A database that cannot be used is told apart from a question that makes no sense, and answered with 503."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import ConnectionHandler, DatabaseError, InterfaceError, OperationalError
from rest_framework.test import APIClient

from gazeapp.core import database
from tests.locked import locked

pytestmark = pytest.mark.django_db
CREATE = "CREATE TABLE film (id INTEGER)"
WRITE = "INSERT INTO film VALUES (1)"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A SQLite database of one table."""
    path = tmp_path / "db.sqlite3"
    with closing(sqlite3.connect(path)) as line:
        line.execute(CREATE)
    return path


def error_of(path: Path, question: str, *values: Any, **options: Any) -> DatabaseError | InterfaceError:
    """What Django raises for it."""
    settings = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": {"timeout": 0.05, **options}}
    line = ConnectionHandler({"default": settings})["default"]
    try:
        with pytest.raises((DatabaseError, InterfaceError)) as raised, line.cursor() as cursor:
            cursor.execute(question, values)
        return raised.value
    finally:
        line.close()


def test_a_file_that_somebody_locks_is_down(file: Path) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert database.is_down(error_of(file, WRITE))


def test_a_file_that_cannot_be_opened_is_down(tmp_path: Path) -> None:
    assert database.is_down(error_of(tmp_path, WRITE))  # a folder
    assert database.is_down(error_of(tmp_path / "no" / "db.sqlite3", WRITE))


def test_a_file_that_is_damaged_is_down(file: Path) -> None:
    file.write_bytes(b"not a database " * 1000)
    assert database.is_down(error_of(file, WRITE))


def test_a_file_that_may_not_grow_is_down(file: Path) -> None:
    full = error_of(file, "INSERT INTO film SELECT zeroblob(100000)", init_command="PRAGMA max_page_count=2")
    assert "full" in str(full) and database.is_down(full) and database.is_full(full)
    locked_down = error_of(file, WRITE, init_command="PRAGMA query_only=1")
    assert database.is_down(locked_down) and not database.is_full(locked_down)


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("SELECT * FROM nothing", []),
        ("SELECT 'x' LIKE %s", ["a" * 60_000]),
        ("SELECT " + "1+" * 2000 + "1", []),
        ("no sense", []),
        ("SELECT %s", [object()]),
    ],
    ids=["no table", "long pattern", "deep", "no SQL", "no value"],
)
def test_a_question_that_makes_no_sense_is_not(file: Path, question: str, values: list[Any]) -> None:
    assert not database.is_down(error_of(file, question, *values))


def caused(error: Exception, state: str | None) -> Exception:
    """As psycopg's error with this SQLSTATE becomes Django's."""
    error.__cause__ = type("Driver", (Exception,), {"sqlstate": state})()
    return error


@pytest.mark.parametrize("state", [None, "08006", "53300", "55P03", "57P01", "57P03", "40P01"])
def test_a_server_that_is_gone_full_or_stopping_is_down(state: str | None) -> None:
    assert database.is_down(caused(OperationalError("gone"), state))
    assert database.is_down(InterfaceError("connection already closed"))


def test_a_question_too_complex_for_the_server_or_against_its_rules_is_not() -> None:
    assert not database.is_down(caused(OperationalError("stack depth limit exceeded"), "54001"))
    assert not database.is_down(caused(DatabaseError("value too long"), "22001"))
    assert not database.is_down(ValueError("no error of a database"))
    assert not database.is_down(None)


def test_a_disk_without_room_is_full_whoever_wrote_to_it() -> None:
    assert database.is_full(caused(OperationalError("could not extend file"), "53100"))
    for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        assert database.is_full(OSError(code, "no room")) and not database.is_down(OSError(code, "no room"))
    after = KeyError("what it led to")
    after.__context__ = OSError(errno.ENOSPC, "no room")
    assert database.is_full(after)
    assert not database.is_full(caused(OperationalError("too many connections"), "53300"))
    assert not database.is_full(OSError(errno.EACCES, "not yours"))


def test_what_a_dead_database_led_to_is_down_too() -> None:
    for link in ("__cause__", "__context__"):
        after = KeyError("session")
        setattr(after, link, caused(OperationalError("gone"), None))
        assert database.is_down(after)


def test_a_write_that_finds_the_database_locked_is_told_when_to_come_back(
    impatient: None, cast: SimpleNamespace, client_for: Callable[[Any], APIClient], caplog: pytest.LogCaptureFixture
) -> None:
    client = client_for(cast.resident)
    client.raise_request_exception = False
    with locked("knox_authtoken"):
        answer = client.post("/api/v1/tokens/", {}, format="json")
        page = client.post("/people/me/tokens/")
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert answer.json()["type"] == "/problems/database-down" and answer["Retry-After"] == "10"
    assert page.status_code == 503 and page["Retry-After"] == "10"
    assert "cannot reach its records" in page.content.decode()
    assert "database down (OperationalError): POST api-tokens" in caplog.text
    assert client.post("/api/v1/tokens/", {}, format="json").status_code == 201


@pytest.mark.parametrize("address", ["/api/v1/me/", "/cases/", "/no/such/page/", "/admin/"])
def test_a_database_that_is_gone_before_any_view_runs_is_said_too(
    cast: SimpleNamespace, client_for: Callable[[Any], APIClient], monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    def gone(*args: Any) -> None:
        raise caused(OperationalError("the connection was refused"), None)

    client = client_for(cast.admin)
    client.raise_request_exception = False
    monkeypatch.setattr(SessionStore, "load", gone)  # of "/no/such/page/" only the page that says so looks up a person
    answer = client.get(address)
    assert answer.status_code == 503 and answer["Retry-After"] == "10"
    assert "cannot reach its records" in answer.content.decode()
