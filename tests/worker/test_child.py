"""A long piece of work as a process of its own, watched by a lease. The processes are real; what they do is small."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from gazeapp.core import lease as leases
from gazeapp.core import services
from gazeapp.core.lease import Lease, LeaseLost
from worker.child import Follower, run_child

Claimed = Callable[..., Lease]

# What every child below begins with: `write_line` appends a line of progress.
TELL = """
import json, os, signal, subprocess, sys, time
from pathlib import Path
progress = Path(sys.argv[1])
def write_line(**line):
    with progress.open("a") as file:
        file.write(json.dumps(line) + "\\n")
write_line(pid=os.getpid())
"""
FOR_EVER = "while True: time.sleep(1)"
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN); write_line(deaf=True)\n" + FOR_EVER


class Run:
    """A child with this script: what was heard of it, and where it wrote."""

    def __init__(self, folder: Path, script: str) -> None:
        self.log, self.progress = folder / "logs" / "log.txt", folder / "progress.jsonl"
        self.command = [sys.executable, "-c", TELL + script, str(self.progress)]
        self.on_line: list[dict[str, Any]] = []

    def __call__(self, lease: Any, on_line: Callable[[dict[str, Any]], None] = lambda line: None, **more: Any) -> Any:
        def hear(line: dict[str, Any]) -> None:
            self.on_line.append(line)
            on_line(line)

        return run_child(lease, self.command, log=self.log, progress=self.progress, on_line=hear, **more)

    @property
    def pid(self) -> int:
        return int(next(line["pid"] for line in self.on_line if "pid" in line))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def soon(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "did not come true"
        time.sleep(0.02)


def cancel(lease: Lease) -> None:
    services.cancel(job=lease.job, by="test")


# --- what it says -----------------------------------------------------------------------------------------------------


def test_a_line_of_progress_is_heard_while_the_child_goes_on(claimed: Claimed, tmp_path: Path) -> None:
    """It waits for a file that whoever hears its line makes."""
    run = Run(
        tmp_path,
        "write_line(step=1)\nwhile not Path(sys.argv[1] + '.heard').exists(): time.sleep(0.02)\nwrite_line(step=2)",
    )

    def answer(line: dict[str, Any]) -> None:
        if line.get("step") == 1:
            Path(f"{run.progress}.heard").touch()

    assert run(claimed(), answer).code == 0
    assert [line["step"] for line in run.on_line if "step" in line] == [1, 2]


def test_the_last_line_is_heard_though_the_child_ends_right_after_it(claimed: Claimed, tmp_path: Path) -> None:
    run = Run(tmp_path, "write_line(step='last'); os._exit(0)")
    run(claimed())
    assert run.on_line[-1] == {"step": "last"}


def test_what_an_earlier_attempt_said_is_not_heard_again(claimed: Claimed, tmp_path: Path) -> None:
    run = Run(tmp_path, "write_line(step=2)")
    run.progress.write_text('{"step": 1}\n')
    run(claimed())
    assert [line["step"] for line in run.on_line if "step" in line] == [2]


def test_half_a_line_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    follow = Follower(path)
    assert follow.lines() == []  # nothing is there yet
    with path.open("a", buffering=1) as file:
        file.write('{"step": 1}\n{"st')
        file.flush()
        assert follow.lines() == [{"step": 1}]
        assert follow.lines() == []
        file.write('ep": 2}\n')
        file.flush()
        assert follow.lines() == [{"step": 2}]


def test_what_is_no_object_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    follow = Follower(path)
    path.write_bytes(b'{"event": "st\n\n[1]\n\xff\xfe\n{"step": 3}\n')
    assert follow.lines() == [{"step": 3}]


def test_a_file_that_is_begun_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    path.write_text('{"step": 1}\n{"step": 2}\n')
    follow = Follower(path)
    path.write_text('{"step": 1}\n')
    assert follow.lines() == [{"step": 1}]


def test_how_it_ended_comes_with_the_last_lines_that_it_wrote_this_time(claimed: Claimed, tmp_path: Path) -> None:
    run = Run(tmp_path, "[print(n) for n in range(100)]\nprint('no room', file=sys.stderr)\nsys.exit(3)")
    run.log.parent.mkdir()
    run.log.write_text("an earlier attempt\n")
    ended = run(claimed())
    assert ended.code == 3
    assert ended.tail.splitlines() == [*map(str, range(81, 100)), "no room"]
    assert run.log.read_text().startswith("an earlier attempt\n0\n1\n")


def test_a_child_that_wrote_nothing_has_no_last_lines_of_an_earlier_attempt(claimed: Claimed, tmp_path: Path) -> None:
    run = Run(tmp_path, "")
    run.log.parent.mkdir()
    run.log.write_text("an earlier attempt\n")
    assert run(claimed()).tail == ""


def test_a_child_that_somebody_kills_ends_with_the_number_of_the_signal(claimed: Claimed, tmp_path: Path) -> None:
    run = Run(tmp_path, FOR_EVER)
    assert run(claimed(), lambda line: os.kill(line["pid"], signal.SIGKILL)).code == -signal.SIGKILL


# --- what it is given -------------------------------------------------------------------------------------------------


def test_it_is_nice_has_one_thread_and_goes_first_when_memory_runs_out(claimed: Claimed, tmp_path: Path) -> None:
    script = """
score = int(Path("/proc/self/oom_score_adj").read_text())
write_line(nice=os.nice(0), threads=os.environ["OMP_NUM_THREADS"], score=score, group=os.getpgrp() == os.getpid())
"""
    run = Run(tmp_path, script)
    run(claimed())
    assert run.on_line[-1] == {"nice": 19, "threads": "1", "score": 800, "group": True}


def test_it_may_be_given_threads_niceness_and_variables(claimed: Claimed, tmp_path: Path) -> None:
    run = Run(tmp_path, "write_line(nice=os.nice(0), threads=os.environ['OMP_NUM_THREADS'], mine=os.environ['MINE'])")
    run(claimed(), nice=5, threads=3, env={"MINE": "1"})
    assert run.on_line[-1] == {"nice": max(5, os.nice(0)), "threads": "3", "mine": "1"}


@pytest.mark.parametrize("name", ["DJANGO_SECRET_KEY", "MEDGAZE_DEIDENTIFY_KEY_FILE", "DATABASE_URL", "REDIS_URL"])
def test_it_is_told_no_secret(name: str, claimed: Claimed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "secret")
    run = Run(tmp_path, f"write_line(told={name!r} in os.environ)")
    run(claimed())
    assert run.on_line[-1] == {"told": False}


# --- how it is ended --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", [FOR_EVER, STUBBORN], ids=["willing", "stubborn"])
def test_a_cancel_ends_it_within_seconds(
    script: str, claimed: Claimed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "STOP_SECONDS", 2)
    lease, run = claimed(), Run(tmp_path, script)
    told_at = 0.0

    def cancel_it(line: dict[str, Any]) -> None:
        nonlocal told_at
        if "deaf" in line or script == FOR_EVER:
            cancel(lease)
            told_at = time.monotonic()

    with pytest.raises(LeaseLost):
        run(lease, cancel_it)
    assert time.monotonic() - told_at < 3
    assert not alive(run.pid)


def test_a_willing_child_has_time_to_end_in_order(claimed: Claimed, tmp_path: Path) -> None:
    kept = (
        "def kept(*_):\n    time.sleep(0.5); write_line(kept=True); sys.exit()\nsignal.signal(signal.SIGTERM, kept)\n"
    )
    lease, run = claimed(), Run(tmp_path, f"{kept}write_line(ready=True)\n{FOR_EVER}")
    with pytest.raises(LeaseLost):
        run(lease, lambda line: cancel(lease) if "ready" in line else None)
    assert json.loads(run.progress.read_text().splitlines()[-1]) == {"kept": True}


def test_what_it_started_itself_is_asked_to_end_too(claimed: Claimed, tmp_path: Path) -> None:
    program = (
        "other = subprocess.Popen(['sleep', '600'])\n"
        "def end(*_):\n    write_line(other=other.wait()); sys.exit()\nsignal.signal(signal.SIGTERM, end)\n"
    )
    lease, run = claimed(), Run(tmp_path, f"{program}write_line(ready=True)\n{FOR_EVER}")
    with pytest.raises(LeaseLost):
        run(lease, lambda line: cancel(lease) if "ready" in line else None)
    assert json.loads(run.progress.read_text().splitlines()[-1]) == {"other": -signal.SIGTERM}


def test_what_it_started_itself_is_ended_with_it(claimed: Claimed, tmp_path: Path) -> None:
    run = Run(tmp_path, "other = subprocess.Popen(['sleep', '600']); write_line(other=other.pid)")
    assert run(claimed()).code == 0
    soon(lambda: not alive(run.on_line[-1]["other"]))


def test_a_worker_that_stops_ends_it(claimed: Claimed, tmp_path: Path) -> None:
    lease, run = claimed(), Run(tmp_path, FOR_EVER)
    with pytest.raises(LeaseLost):
        run(lease, lambda line: leases.give_back_all())
    assert not alive(run.pid)


def test_whoever_cannot_go_on_with_what_was_heard_ends_it(claimed: Claimed, tmp_path: Path) -> None:
    def stumble(line: dict[str, Any]) -> None:
        raise ValueError("no such run")

    run = Run(tmp_path, FOR_EVER)
    with pytest.raises(ValueError, match="no such run"):
        run(claimed(), stumble)
    assert not alive(run.pid)


WORKER = """
import sys
from pathlib import Path
import django
django.setup()
from worker.child import run_child
class Held:
    def check(self): pass
command = [sys.executable, "-c", *sys.argv[1:]]
run_child(Held(), command, log=Path(sys.argv[2] + ".log"), progress=Path(sys.argv[2]), on_line=lambda line: None)
"""


def test_it_dies_with_a_worker_that_is_killed(tmp_path: Path) -> None:
    """Even one that ignores every signal it can ignore."""
    run = Run(tmp_path, STUBBORN)
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, run.command[2], str(run.progress)], cwd=settings.BASE_DIR, process_group=0
    )
    try:
        soon(lambda: run.progress.exists() and "deaf" in run.progress.read_text(), 60)
        child = int(json.loads(run.progress.read_text().splitlines()[0])["pid"])
        assert alive(child)
        worker.kill()
        soon(lambda: not alive(child))
    finally:
        worker.kill()
        worker.wait()
