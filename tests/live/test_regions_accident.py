"""A worker that is killed while it finds the regions of a film: they are found once all the same."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from types import SimpleNamespace

import httpx
import pytest

from tests.live.house import House

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]
WORKER = "--queues predict"
SEED = 21  # no other live test draws this film: a film's regions are looked for once, whoever sent it


def test_a_worker_killed_while_it_finds_regions_finds_them_once(
    house: House, newcomer: Callable[..., SimpleNamespace]
) -> None:
    who = newcomer("faculty")
    os.kill(house.child_of(WORKER), signal.SIGKILL)  # the next child loads the model first: its first job takes seconds
    made = house.ask("unseen_film", author=who.name, seed=SEED)
    house.wait_for(made["job"], "running", seconds=60)
    os.kill(house.child_of(WORKER), signal.SIGKILL)
    outcome = house.wait_for(made["job"], "done", "failed", seconds=90)
    assert (outcome["state"], outcome["attempt"] >= 2) == ("done", True)
    with httpx.Client(base_url=house.url, timeout=60, trust_env=False) as client:
        client.headers["Authorization"] = f"Bearer {who.token}"
        jobs = client.get("/api/v1/jobs/?kind=regions").json()["results"]
    assert [job["id"] for job in jobs] == [made["job"]]
    assert house.ask("regions_found", case=made["case"]) == [0, "This model does not find regions."]
