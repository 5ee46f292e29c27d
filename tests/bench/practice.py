"""Practice over real processes: batches, the way from a commit to its feedback, and the next case in a large stack."""

from __future__ import annotations

import tests.environment  # noqa: F401  (before Django's settings are read)

# isort: split
import os
import time
from typing import Any

import httpx
import numpy as np

from tests.bench.row import Row
from tests.live.stack import Stack

READINGS, SECONDS, RATE_HZ = 12, 60, 60
CASES, ATTEMPTS, PEOPLE, ASKED = 10_000, 100_000, 100, 20


def measure() -> list[Row]:
    stack = Stack(LOG_LEVEL="WARNING")
    try:
        return [*readings(stack), *large(stack)]
    finally:
        stack.stop()


def signed_in(stack: Stack, name: str, *roles: str) -> httpx.Client:
    person = stack.ask("person", username=name, roles=list(roles))
    client = httpx.Client(base_url=f"{stack.url.rstrip('/')}/api/v1/", timeout=60)
    client.headers["Authorization"] = f"Bearer {person['token']}"
    return client


def readings(stack: Stack) -> list[Row]:
    """A reader who looks at a new place twice a second, sixty seconds a film."""
    teacher, name = f"t{os.getpid()}", f"r{os.getpid()}"
    signed_in(stack, teacher, "faculty")
    client = signed_in(stack, name, "resident")
    stack.ask("practice_set", author=teacher, readers=[name], cases=READINGS + 1)
    batches, feedbacks = [], []
    for number in range(READINGS + 1):
        attempt = done(client.post("practice/next/"))
        taken = done(client.post(f"practice/attempts/{attempt['id']}/take/"))
        parts = gaze(number)
        sent = [timed(client, taken["recording"], seq, part) for seq, part in enumerate(parts)]
        body = {
            "writer": taken["recording"]["writer"],
            "marks": [{"x": 0.3, "y": 0.6, "confidence": 4, "label": "nodule"}],
            "answer": "abnormal",
            "parts": len(parts),
        }
        began = time.perf_counter()
        done(client.post(f"practice/attempts/{attempt['id']}/commit/", json=body))
        found = done(client.get(f"practice/attempts/{attempt['id']}/feedback/"))
        if number:  # the first warms every process
            feedbacks.append(time.perf_counter() - began)
            batches += sent
        assert found["similarity"] and found["order"]["percentile"] is not None
    return [
        Row("a second of gaze, sent to acknowledged", [1000 * s for s in batches], "ms"),
        Row("commit to complete feedback, 60 s at 60 Hz", feedbacks, "s", bar=1.0, of="p95"),
    ]


def gaze(seed: int) -> list[list[list[float]]]:
    """A second's samples a batch."""
    rng = np.random.default_rng(seed)
    places = rng.random((2 * SECONDS, 2))
    rows = [
        [round(i / RATE_HZ, 4), *np.round(places[2 * i // RATE_HZ] + rng.normal(0, 0.002, 2), 5).clip(0, 1).tolist()]
        for i in range(SECONDS * RATE_HZ)
    ]
    return [rows[start : start + RATE_HZ] for start in range(0, len(rows), RATE_HZ)]


def timed(client: httpx.Client, recording: dict[str, Any], seq: int, samples: list[list[float]]) -> float:
    began = time.perf_counter()
    body = {"writer": recording["writer"], "samples": samples}
    done(client.post(f"recordings/{recording['id']}/parts/{seq}/", json=body))
    return time.perf_counter() - began


def large(stack: Stack) -> list[Row]:
    """Each asks for the next case once, as of a thousand that they have read and nine thousand that they have not."""
    teacher = f"c{os.getpid()}"
    faculty = signed_in(stack, teacher, "faculty")
    stack.ask("crowd", author=teacher, cases=CASES, attempts=ATTEMPTS, people=PEOPLE)
    found, pages, ladders = [], [], []
    for number in range(ASKED):
        token = stack.ask("token", username=f"crowd{number}")
        with httpx.Client(base_url=f"{stack.url.rstrip('/')}/api/v1/", timeout=60) as client:
            client.headers["Authorization"] = f"Bearer {token}"
            done(client.get("me/"))  # the connection and the token's first check are not what is asked
            began = time.perf_counter()
            done(client.post("practice/next/"))
            found.append(1000 * (time.perf_counter() - began))
        cookie = stack.ask("session", username=f"crowd{number}")
        began = time.perf_counter()
        page = httpx.get(f"{stack.url.rstrip('/')}/practice/", cookies={"sessionid": cookie}, timeout=60)
        assert page.status_code == 200
        pages.append(1000 * (time.perf_counter() - began))
        began = time.perf_counter()
        assert len(done(faculty.get("ladder/", params={"band": 1 + number % 5}))["rows"]) == 100
        ladders.append(1000 * (time.perf_counter() - began))
    note = f"{CASES:,} cases, {ATTEMPTS:,} attempts"
    return [
        Row("next case in a large stack", found, "ms", bar=200.0, of="p95", note=note),
        Row("page of practice in a large stack", pages, "ms", note=note),
        Row("a band of the ladder in a large stack", ladders, "ms", bar=200.0, of="p95", note=note),
    ]


def done(answer: httpx.Response) -> Any:
    assert answer.status_code < 300, answer.text
    return answer.json()
