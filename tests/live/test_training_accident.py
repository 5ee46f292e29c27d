"""The worker of trainings is killed, with the broker's memory, in the middle of a training: its child dies with it, and
another worker goes on to the very version of a training that nothing befell."""

from __future__ import annotations

import os
import signal
import time
from contextlib import closing
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from tests.live.stack import Stack, command_line, descendants, eventually

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]
WORKER = "--queues train"
RUNS = "/api/v1/training/runs/"
STEPS = 300  # a checkpoint every twenty: some seconds stay after the first, in which its worker is killed
PATIENCE_S = 600.0  # the gate judges at the lowest priority: whatever else the machine does comes first


def training_processes(stack: Stack) -> list[int]:
    """Those of `python -m ml train` below the worker."""
    return [pid for pid in descendants(stack.pid_of(WORKER)) if " ml train " in command_line(pid)]


def test_a_killed_training_goes_on_to_the_same_version_which_is_registered_once(
    fresh: Stack,
) -> None:
    stack = fresh  # what it learns from is all that is there
    author, admin = (
        SimpleNamespace(name=role, **stack.ask("person", username=role, roles=[role])) for role in ("faculty", "admin")
    )
    stack.ask("readings_to_learn_from", author=author.name, cases=16)
    with closing(httpx.Client(base_url=stack.url, timeout=60, trust_env=False)) as client:
        client.headers["Authorization"] = f"Bearer {admin.token}"

        def begin(name: str) -> dict[str, Any]:
            wish = {"name": name, "data": {"kind": "consented"}, "steps": STEPS, "seed": 3}
            answer = client.post(RUNS, json=wish)
            assert answer.status_code == 201, answer.text
            return dict(answer.json())

        def now(run: dict[str, Any]) -> dict[str, Any]:
            return dict(client.get(f"{RUNS}{run['id']}/").json())

        began = time.monotonic()
        killed = begin("Killed")
        while not now(killed)["checkpoints"]:  # it is niced, and gives way to everything else here
            assert time.monotonic() - began < PATIENCE_S, now(killed)
            time.sleep(0.2)
        (child,) = training_processes(stack)
        os.kill(stack.child_of(WORKER), signal.SIGKILL)
        stack.redis.flushall()
        eventually(lambda: child not in training_processes(stack), 5)
        outcome = stack.wait_for(killed["job"]["id"], "done", "failed", seconds=PATIENCE_S)
        assert (outcome["state"], outcome["error"]) == ("done", None)
        first = now(killed)
        assert first["resumed"], "it began anew"
        undisturbed = begin("Undisturbed")
        stack.wait_for(undisturbed["job"]["id"], "done", "failed", seconds=PATIENCE_S)
        second = now(undisturbed)
        assert second["resumed"] is None
        assert second["version"]["sha256"] == first["version"]["sha256"]
        names = [row["name"] for row in client.get("/api/v1/models/").json()["models"]]
        assert names.count("Killed") == 1 and "Undisturbed" not in names
        assert first["verdict"]["rows"] and first["held_out"]
