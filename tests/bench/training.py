"""A training of the bundled model beside everything else: how long it takes, what it does to predictions, and how soon
a promoted version predicts."""

from __future__ import annotations

import tests.environment  # noqa: F401  (before Django's settings are read)

# isort: split
import itertools
import os
import time
from datetime import datetime
from typing import Any

import httpx

from tests.bench.row import Row
from tests.live.stack import Stack, eventually

READINGS = 100
PREDICTIONS = 60
PASSWORD = "a long pass phrase of nobody"
RUN_S = 300.0  # the bar of a whole run, which is also how long it is waited for twice over


def measure() -> list[Row]:
    stack = Stack(LOG_LEVEL="WARNING")
    try:
        name = f"b{os.getpid()}"
        person = stack.ask("person", username=name, roles=["faculty", "admin"])
        stack.ask("readings_to_learn_from", author=name, cases=READINGS)
        with httpx.Client(base_url=f"{stack.url}/api/v1/", timeout=60) as client:
            client.headers["Authorization"] = f"Bearer {person['token']}"
            return Bench(stack, client, name).rows()
    finally:
        stack.stop()


class Bench:
    def __init__(self, stack: Stack, client: httpx.Client, name: str) -> None:
        self.stack, self.client, self.name = stack, client, name
        self.case = client.get("cases/").json()["results"][0]["id"]
        self.seeds = itertools.count(1)

    def rows(self) -> list[Row]:
        self.predicted(5)  # warms the worker
        before = self.predicted(PREDICTIONS)
        run = self.send("training/runs/", name="Bench", data={"kind": "consented", "release": None, "sources": None})
        eventually(lambda: self.run(run)["stage"] == "training" and bool(self.run(run)["step"]), RUN_S)
        beside = self.predicted(PREDICTIONS)
        assert self.run(run)["stage"] == "training", "it was over before the predictions were"
        eventually(lambda: self.run(run)["state"] in {"done", "failed"}, 2 * RUN_S)
        done = self.run(run)
        assert done["state"] == "done", done["error"]
        after = self.predicted(PREDICTIONS)
        alone = Row("", before + after, "s").figure("p95")
        took = self.seconds(done)
        return [
            Row(f"fine-tuning of `demo` from {READINGS} readings, with the gate", [took], "s", bar=RUN_S),
            Row("asked for a prediction to the stored reading, alone", [1000 * s for s in before + after], "ms"),
            Row("the same beside a training", [1000 * s for s in beside], "ms", bar=1200 * alone, of="p95"),
            Row("promoted to the first stored reading by it", [self.promoted(done["version"]["sha256"])], "s", bar=5.0),
        ]

    def predicted(self, count: int) -> list[float]:
        """Seconds from asking for a reading to its being stored, for so many that nobody asked for before."""
        return [self.one(next(self.seeds))[0] for _ in range(count)]

    def one(self, seed: int) -> tuple[float, str]:
        began = time.perf_counter()
        made = self.send(f"cases/{self.case}/predictions/", samples=1, seed=seed)
        while made["reading"] is None:
            assert made["state"] not in {"failed", "cancelled"}, made
            time.sleep(0.01)
            made = self.client.get(f"predictions/{made['id']}/").json()
        return time.perf_counter() - began, str(made["model"]["sha256"])

    def promoted(self, sha256: str) -> float:
        """Seconds from the click to a reading by that version."""
        self.stack.ask("set_password", username=self.name, password=PASSWORD)
        began = time.perf_counter()
        self.send(f"models/{sha256}/promote/", password=PASSWORD, reason="To see how soon it predicts.")
        _, by = self.one(next(self.seeds))
        assert by == sha256
        return time.perf_counter() - began

    def run(self, run: dict[str, Any]) -> dict[str, Any]:
        time.sleep(0.5)  # asked seldom: it is the cores that are measured
        found: dict[str, Any] = self.client.get(f"training/runs/{run['id']}/").json()
        return found

    def send(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self.client.post(path, json=body)
        assert answer.is_success, answer.text
        sent: dict[str, Any] = answer.json()
        return sent

    def seconds(self, run: dict[str, Any]) -> float:
        start, end = (datetime.fromisoformat(run[name]) for name in ("started_at", "finished_at"))
        return (end - start).total_seconds()
