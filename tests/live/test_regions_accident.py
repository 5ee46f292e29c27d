"""A worker that is killed while it finds the regions of a film: they are found once all the same."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from types import SimpleNamespace

import httpx
import pytest

from tests.live.house import House, eventually
from tests.live.journey import real_film

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]
WORKER = "--queues predict"
LOSSY = "RG1_J2KI.dcm"  # no other live test sends these pixels: a film's regions are looked for once, whoever sent it


def test_a_worker_killed_while_it_finds_regions_finds_them_once(
    house: House, newcomer: Callable[..., SimpleNamespace]
) -> None:
    who = newcomer("resident")
    with httpx.Client(base_url=house.url, timeout=60, trust_env=False) as client:
        client.headers["Authorization"] = f"Bearer {who.token}"
        warm = house.child_of(WORKER)
        os.kill(warm, signal.SIGKILL)  # the next child loads the model first, so its first job lasts for seconds
        with real_film(LOSSY).open("rb") as file:
            sent = client.post("/api/v1/cases/", data={"report": "Masses in both lungs."}, files={"file": file})
        assert sent.status_code == 202, sent.text

        def jobs() -> list[str]:
            return [job["id"] for job in client.get("/api/v1/jobs/?kind=regions").json()["results"]]

        eventually(lambda: bool(jobs()), 60)
        (job,) = jobs()
        if house.wait_for(job, "running", "done", seconds=60)["state"] == "done":
            pytest.skip("The regions were found before anybody could kill the worker.")
        os.kill(house.child_of(WORKER), signal.SIGKILL)
        outcome = house.wait_for(job, "done", "failed", seconds=90)
        assert (outcome["state"], outcome["attempt"] >= 2) == ("done", True)
        assert jobs() == [job]
        assert house.ask("regions_found", case=sent.json()["id"]) == [0, "This model does not find regions."]
