"""An ordinary mistake at a start is one line that says what to do; what is no mistake of theirs keeps its traceback."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError

from tests.environment import free_port
from webapp import start

ROOT = Path(__file__).resolve().parents[1]
UP = ("manage.py", "up", "--port", "1")


def started(*command: str, **environment: str) -> tuple[int, list[str]]:
    """Exit code, and the lines of what went wrong."""
    ended = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return ended.returncode, ended.stderr.strip().splitlines()


@pytest.mark.parametrize(
    ("command", "environment", "words"),
    [
        (UP, {"DATABASE_URL": "foo"}, "DATABASE_URL must be sqlite:// or"),
        (("manage.py", "migrate"), {"DATABASE_URL": "postgresql://a@b:port/c"}, "DATABASE_URL must be sqlite:// or"),
        (UP, {"REDIS_URL": "foo"}, "REDIS_URL must be redis://"),
        (UP, {"REDIS_URL": "redis://host:port"}, "REDIS_URL must be redis://"),
        (UP, {"MEDGAZE_STATE_DIR": str(ROOT / "manage.py" / "var")}, "cannot be written (Not a directory). Make it"),
        (UP, {"MEDGAZE_STATE_DIR": str(ROOT / "manage.py"), "MEDGAZE_DEMO": "1"}, "set MEDGAZE_STATE_DIR to another"),
        (("-m", "worker", "--beat"), {"DJANGO_SECRET_KEY_FILE": "/none"}, "DJANGO_SECRET_KEY_FILE cannot be read"),
    ],
)
def test_a_setting_that_cannot_be_is_said_in_one_line(
    command: tuple[str, ...], environment: dict[str, str], words: str
) -> None:
    code, lines = started(*command, **environment)
    assert (code, len(lines)) == (1, 1), lines
    assert words in lines[0]


def test_a_database_that_refuses_is_said_in_one_line() -> None:
    pytest.importorskip("psycopg")
    refused = f"postgresql://room:secret@127.0.0.1:{free_port()}/room"
    code, lines = started("manage.py", "migrate", "--noinput", DATABASE_URL=refused)
    assert (code, len(lines)) == (1, 1), lines
    assert lines[0].startswith("The database cannot be used: ") and "DATABASE_URL" in lines[0]
    assert "secret" not in lines[0]


def test_each_kind_of_mistake_has_its_words_and_no_other_error_has() -> None:
    assert start.in_words(ImproperlyConfigured("Set NAME.")) == "Set NAME."
    gone = OperationalError("connection refused\nIs the server running?")
    assert start.in_words(gone) == (
        "The database cannot be used: connection refused. Start it, or correct DATABASE_URL or MEDGAZE_STATE_DIR."
    )
    full = start.in_words(OSError(errno.ENOSPC, "No space left on device"))
    assert full is not None and "Make room" in full
    assert start.in_words(RuntimeError("a fault of ours")) is None
    assert start.in_words(OSError(errno.ENOENT, "no such file")) is None


def test_what_is_no_mistake_keeps_its_traceback() -> None:
    def breaks() -> None:
        raise RuntimeError("a fault of ours")

    with pytest.raises(RuntimeError, match="a fault of ours"):
        start.run(breaks)
