"""Films and cases of before the time when a verdict named the pixels are carried over, and no verdict is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cases.old_rows import OLD
from tests.live.stack import ROOT, Stack


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """What the old rows became, in a database of their own."""
    environment = {**os.environ, "MEDGAZE_STATE_DIR": str(tmp_path_factory.mktemp("old"))}
    if url := os.environ.get("DATABASE_URL", ""):
        environment["DATABASE_URL"] = Stack._own_database(url)
    ended = subprocess.run(
        [sys.executable, "-m", "tests.cases.old_rows"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    yield json.loads(ended.stdout.splitlines()[-1])


def test_each_case_keeps_how_its_film_was_shown(after: Any) -> None:
    assert after["received"] == {name: value for name, value in OLD.items() if name not in {"rows", "columns"}}
    assert after["thumbnail"] == "a small picture"
    assert after["lost"] == "0" * 64, "a thumbnail that was missing stays missing, and harms nothing"


def test_what_people_said_of_a_film_is_remembered_after_the_film_is_gone(after: Any) -> None:
    assert after["said"]["rejected"] == ["rejected", "", True]
    assert after["said"]["released"] == ["released", "", True]
    assert after["cases"]["released"] == [["ready", False, None]]
    assert "plain" not in after["said"] and after["cases"]["plain"] == [["ready", False, None]] * 2


def test_a_film_that_waits_waits_in_every_case(after: Any) -> None:
    assert after["said"]["waits"] == ["waiting", "film-words", False]
    assert after["cases"]["waits"] == [["quarantined", True, "/problems/film-words"]] * 2
    assert after["said"]["hidden"] == ["hidden", "film-hidden", False]
    assert after["cases"]["hidden"] == [["confirming", True, "/problems/film-words"]]


def test_a_film_that_waits_is_known_by_its_look_as_long_as_it_is_stored(after: Any) -> None:
    assert after["looks"] == ["waits, stored"]
    assert after["film looks"] == ["waits, stored"]
    assert {"waits", "waits, damaged", "rejected"} < set(after["no look"])
    assert after["said"]["waits, damaged"] == ["waiting", "film-words", False]


@pytest.mark.parametrize(("name", "known"), [("hidden, deleted", False), ("rejected, sent again", True)])
def test_a_film_whose_verdict_was_got_round_waits_again(name: str, known: bool, after: Any) -> None:
    assert after["said"][name] == ["hidden", "film-hidden", known]
    assert after["cases"][name] == [["quarantined", True, "/problems/film-hidden"]]
