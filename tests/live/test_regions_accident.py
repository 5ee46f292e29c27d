"""A worker that is killed while it finds the regions of a film: they are found once all the same."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from types import SimpleNamespace

import httpx
import pytest

from tests.live.stack import Stack

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]
WORKER = "--queues predict"
SEEDS = (21, 22, 23)  # no other live test draws these films: a film's regions are looked for once, whoever sent it


def test_a_worker_killed_while_it_finds_regions_finds_them_once(
    stack: Stack, newcomer: Callable[..., SimpleNamespace]
) -> None:
    who = newcomer("faculty")
    for seed in SEEDS:
        os.kill(stack.child_of(WORKER), signal.SIGKILL)  # the next loads the model first: it takes seconds
        made = stack.ask("unseen_film", author=who.name, seed=seed)
        if stack.wait_for(made["job"], "running", "done", seconds=60)["state"] == "running":
            break  # else the child had its model before it had its job
    os.kill(stack.child_of(WORKER), signal.SIGKILL)
    outcome = stack.wait_for(made["job"], "done", "failed", seconds=90)
    assert (outcome["state"], outcome["attempt"] >= 2) == ("done", True)
    with httpx.Client(base_url=stack.url, timeout=60, trust_env=False) as client:
        client.headers["Authorization"] = f"Bearer {who.token}"
        jobs = client.get("/api/v1/jobs/?kind=regions").json()["results"]
    assert [job["id"] for job in jobs].count(made["job"]) == 1 and len(jobs) == 1 + SEEDS.index(seed)
    assert stack.ask("regions_found", case=made["case"]) == [0, "This model does not find regions."]
