"""A worker that is killed while it predicts a workload: it is found once all the same, and told once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from tests.live.stack import Stack

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]
WORKER = "--queues predict"
SEED = 22  # no other live test draws this film: a film's workload is predicted once, whoever approved a key


def test_a_worker_killed_while_it_predicts_a_workload_predicts_it_once(
    stack: Stack, newcomer: Callable[..., SimpleNamespace]
) -> None:
    teacher = newcomer("faculty")
    os.kill(
        stack.child_of(WORKER), signal.SIGKILL
    )  # the next child loads the model first, so its job lasts for seconds
    made = stack.ask("approved_case", author=teacher.name, seed=SEED)
    stack.wait_for(made["job"], "running", seconds=60)
    os.kill(stack.child_of(WORKER), signal.SIGKILL)
    outcome = stack.wait_for(made["job"], "done", "failed", seconds=90)
    assert (outcome["state"], outcome["attempt"] >= 2, outcome["strikes"] <= 1) == ("done", True, True)
    assert stack.ask("workload_found", case=made["case"]) == [20, 20, 1, 2]  # told when approved, and when found
