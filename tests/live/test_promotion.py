"""A promotion while two workers work: what was asked before it keeps its version, what is asked after it has the new
one, and nothing is dropped."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from gazeapp.core.supervisor.processes import die_with_parent
from ml.medgaze.model_info import read_model_info
from tests.live.journey import real_film, tiny_model
from tests.live.stack import ROOT, Stack, eventually

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]
EFFECTIVE_S = 5.0


def keeper(stack: Stack, *words: str) -> str:
    """What `manage.py models …` prints."""
    command = [sys.executable, "manage.py", "models", *words]
    environment = {**stack.environment, "REDIS_URL": stack.redis_url}
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout


@contextmanager
def another_worker(stack: Stack) -> Iterator[None]:
    """A second worker of the queue `predict`."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "worker", "--queues", "predict"],
        cwd=ROOT,
        env={**stack.environment, "REDIS_URL": stack.redis_url, "LOG_LEVEL": "WARNING"},
        preexec_fn=die_with_parent,
    )
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(30)


def held(stack: Stack) -> list[str]:
    """Both workers busy until these jobs are cancelled."""
    jobs = [stack.ask("enqueue", queue="predict", seconds=300) for _ in range(2)]
    for job in jobs:
        stack.wait_for(job, "running", seconds=60)
    return jobs


def test_two_workers_answer_with_the_version_that_each_prediction_names(
    stack: Stack, newcomer: Callable[..., SimpleNamespace], tmp_path: Path
) -> None:
    folder = tiny_model(tmp_path / "better", seed=3)
    old, new = read_model_info(stack.environment["MEDGAZE_MODEL"]).sha256, read_model_info(folder).sha256
    keeper(stack, "register", str(folder))
    with (
        another_worker(stack),
        closing(httpx.Client(base_url=stack.url, timeout=60, trust_env=False)) as client,
    ):
        client.headers["Authorization"] = f"Bearer {newcomer('resident').token}"
        holds = held(stack)
        with real_film().open("rb") as file:
            sent = client.post("/api/v1/cases/", data={"report": "Clear lungs."}, files={"file": file})
        assert sent.status_code == 202, sent.text
        case = f"/api/v1/cases/{sent.json()['id']}/"
        eventually(lambda: client.get(case).json()["state"] == "ready", 60)

        def ask(seed: int) -> Any:
            return client.post(case + "predictions/", json={"seed": seed}).json()

        before = [ask(seed) for seed in range(4)]
        keeper(stack, "promote", new[:12], "--reason", "Better.")
        promoted = time.monotonic()
        try:
            after = [ask(seed) for seed in range(4)]
            assert time.monotonic() - promoted < EFFECTIVE_S
            assert {asked["model"]["sha256"] for asked in before} == {old}
            assert {asked["model"]["sha256"] for asked in after} == {new}
            assert {asked["state"] for asked in before + after} == {"queued"}
            for hold in holds:
                stack.ask("cancel", id=hold)

            def done(asked: dict[str, Any]) -> dict[str, Any]:
                stack.wait_for(asked["job"]["id"], "done", "failed", seconds=90)
                return dict(client.get(f"/api/v1/predictions/{asked['id']}/").json())

            finished = [done(asked) for asked in before + after]
            assert {found["state"] for found in finished} == {"done"}
            assert [found["reading"]["model_sha256"] for found in finished] == [old] * 4 + [new] * 4
        finally:
            keeper(stack, "roll-back", "--reason", "The other tests are about the first one.")
        assert ask(0)["id"] == before[0]["id"]
