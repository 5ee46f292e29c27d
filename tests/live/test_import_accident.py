"""A worker that is killed while it looks into an eye tracker's file: the file is recognised once all the same."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from tests.live.stack import Stack, eventually

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]
ROWS = 500_000  # long enough to be killed in the middle


def test_a_worker_killed_while_it_reads_a_file_recognises_it_once(
    stack: Stack, newcomer: Callable[..., SimpleNamespace]
) -> None:
    who = newcomer("resident")
    file = b"time_ms,x_film,y_film\n" + b"".join(b"%d,.5,.5\n" % row for row in range(ROWS))
    with httpx.Client(base_url=stack.url, timeout=60, trust_env=False) as client:
        client.headers["Authorization"] = f"Bearer {who.token}"
        sent = client.post("/api/v1/recordings/imports/", files={"file": ("gaze", file)})
        assert sent.status_code == 202, sent.text
        url = f"/api/v1/recordings/imports/{sent.json()['id']}/"

        def now() -> dict[str, Any]:
            found: dict[str, Any] = client.get(url).json()
            return found

        job = now()["job"]["id"]
        stack.wait_for(job, "running", seconds=30)
        worker = stack.pid_of("--queues io")
        os.kill(worker, signal.SIGKILL)
        outcome = stack.wait_for(job, "done", "failed", seconds=90)
        assert (outcome["state"], outcome["attempt"] >= 2) == ("done", True)
        eventually(lambda: stack.replaced("--queues io", worker), 45)
        assert [trial["eyes"][0]["samples"] for trial in now()["trials"]] == [ROWS]
        told = client.get(f"/api/v1/events/?subject={sent.json()['subject']}&after=0").json()["events"]
        states = [event["data"]["state"] for event in told if event["event"] == "import.state"]
        assert states == ["waiting", "recognised"]
        folder = stack.state / "quarantine" / "imports" / sent.json()["id"]
        assert not (folder / "file").exists()
        assert client.delete(url).status_code == 204
        assert not folder.exists()
