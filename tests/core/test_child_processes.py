"""What the supervisor does for a process beside starting it again: its log stays short, and a full disk is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from gazeapp.core.supervisor import processes
from gazeapp.core.supervisor.processes import Child, stop
from tests.live.stack import eventually

Start = Callable[[str], Child]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def start(tmp_path: Path, said: list[str]) -> Iterator[Start]:
    children: list[Child] = []

    def start(script: str) -> Child:
        child = Child("sh", ["sh", "-c", script], tmp_path / "log", say=said.append)
        children.append(child)
        child.start()
        return child

    yield start
    stop(children, 1.0)


def kept(child: Child) -> str:
    path = child.log_path.with_suffix(".log.1")
    return path.read_text() if path.exists() else ""


def test_the_log_of_a_process_that_runs_is_cut_when_it_has_grown_long(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "LOG_BYTES", 10)
    monkeypatch.setattr(processes, "LOG_LOOK_S", 0.0)
    child = start(f"echo a long line; while [ ! -e {tmp_path}/go ]; do sleep 0.05; done; echo short; sleep 60")
    eventually(lambda: child.log_path.stat().st_size > 10)
    child.watch()
    assert (kept(child), child.log_path.read_text()) == ("a long line\n", "")
    (tmp_path / "go").touch()
    eventually(lambda: child.log_path.stat().st_size > 0)
    child.watch()
    assert (kept(child), child.log_path.read_text()) == ("a long line\n", "short\n")  # it writes on, from the beginning
    assert child.alive()


def test_a_log_is_looked_at_now_and_then_and_not_at_every_turn(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "LOG_BYTES", 10)
    child = start("sleep 60")
    child.watch()
    child.log_path.write_text("a long line\n")
    child.watch()
    assert kept(child) == ""


@pytest.mark.parametrize(("free", "named"), [(0, True), (10**9, False)])
def test_a_process_that_ended_on_a_full_disk_is_said_to_have(
    start: Start, said: list[str], monkeypatch: pytest.MonkeyPatch, free: int, named: bool
) -> None:
    monkeypatch.setattr(processes.shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    child = start("exit 3")
    eventually(lambda: not child.alive())
    child.watch()
    assert said[0].startswith("sh ended (code 3)")
    assert ("The disk is full: make room." in said[0]) is named
