"""The cache says when the database took nothing; Django's own answers as if somebody else had been faster."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection

from gazeapp.core import database
from tests.locked import locked


@pytest.mark.django_db
def test_an_entry_is_added_once_and_only_what_is_there_is_touched() -> None:
    assert [cache.add("here", 1), cache.add("here", 2)] == [True, False]
    assert [cache.touch("here"), cache.touch("elsewhere")] == [True, False]
    cache.set("here", 3)
    assert cache.incr("here") == 4


@pytest.mark.parametrize(
    ("call", "values"), [("add", [1]), ("set", [1]), ("touch", []), ("incr", []), ("delete", [])], ids=str
)
def test_a_locked_database_is_no_answer(impatient: None, call: str, values: list[Any]) -> None:
    cache.set("here", 1)
    with locked("cache"):
        with pytest.raises(OperationalError) as raised:
            getattr(cache, call)("here", *values)
        assert database.is_down(raised.value)
    assert cache.get("here") == 1


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_was_not_taken_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        connection.rollback()
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(connection, "commit", full)  # what fills a disk may be noticed only then
    with pytest.raises(OperationalError) as raised:
        cache.add("there", 1)
    assert database.is_down(raised.value)
    monkeypatch.undo()
    assert cache.add("there", 1)
