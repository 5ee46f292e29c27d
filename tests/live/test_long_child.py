"""Long work as a process of its own, in the third worker: it dies with its worker, goes on where it was, and keeps
nobody waiting. What works here counts, as a training would learn."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from tests.live.stack import Stack, alive, children, command_line, descendants, eventually

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]
WORKER = "--queues train"


def counting(stack: Stack) -> int:
    """The process that counts; LookupError while there is none."""
    for pid in descendants(stack.pid_of(WORKER)):
        if "diagnostic_child.py" in command_line(pid) and "exec_child.py" not in command_line(pid):
            return pid
    raise LookupError("nobody counts")


def begun(stack: Stack, steps: int, seconds: float) -> tuple[str, int]:
    """A job that has counted a little, and the process that counts."""
    job = stack.ask("count", steps=steps, seconds=seconds)
    eventually(lambda: (stack.ask("counted", id=job)["progress"] or 0) > 0, 60)
    return job, counting(stack)


@pytest.mark.parametrize("who", ["child", "main"])
def test_a_child_dies_with_its_killed_worker_and_goes_on_where_it_was(stack: Stack, who: str) -> None:
    """The pool process that runs the job, or the main process above it, which takes that along."""
    job, child = begun(stack, steps=60, seconds=0.25)
    victim = stack.pid_of(WORKER) if who == "main" else stack.child_of(WORKER)
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: not alive(child), 5)
    outcome = stack.wait_for(job, "done", "failed", seconds=90)
    assert (outcome["state"], outcome["attempt"] >= 2) == ("done", True)
    after = stack.ask("counted", id=job)
    (said,) = after["said"]
    assert said["steps"] == 60
    assert said["first"] > 1  # the steps before it were kept
    assert after["strikes"] == 0  # a step that was kept forgave them
    eventually(lambda: not (stack.state / "diagnostic" / job).exists())


def test_a_cancel_stops_the_child_and_the_worker_is_free_again(stack: Stack) -> None:
    job, child = begun(stack, steps=600, seconds=0.2)
    stack.ask("cancel", id=job)
    eventually(lambda: not alive(child), 10)
    stack.wait_for(stack.ask("enqueue", queue="train", seconds=0.1), "done", seconds=15)
    assert stack.ask("counted", id=job)["said"] == []


def test_predictions_do_not_wait_for_it_and_an_admin_sees_what_it_does(
    stack: Stack, newcomer: Callable[..., SimpleNamespace]
) -> None:
    who = newcomer("admin")
    job, child = begun(stack, steps=600, seconds=0.2)
    try:
        began = time.monotonic()
        stack.wait_for(stack.ask("enqueue", queue="predict", seconds=0.1), "done", seconds=20)
        print(f"a job of queue predict took {time.monotonic() - began:.1f} s")
        assert stack.ask("job", id=job)["state"] == "running"
        assert os.getpriority(os.PRIO_PROCESS, child) == 19
        row: dict[str, Any] = {}

        def shown() -> bool:
            seen = httpx.get(
                f"{stack.url}/api/v1/overview/", headers={"Authorization": f"Bearer {who.token}"}, trust_env=False
            ).json()
            assert {row["queue"]: row["workers"] > 0 for row in seen["queues"]} == dict.fromkeys(
                ("predict", "train", "io"), True
            )
            row.update(next(row for row in seen["workers"] if row["name"] == "train"))
            return row["job"] is not None

        eventually(shown, 15)
        assert (row["job"]["id"], row["job"]["words"]) == (job, "counts")
        assert 0 < row["job"]["progress"] < 1
        assert row["pid"] in children(stack.pid_of(WORKER))
    finally:
        stack.ask("cancel", id=job)
