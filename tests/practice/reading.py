"""Reading a case over the API, as the page does: take, send batches, commit."""

from __future__ import annotations

from typing import Any

import numpy as np
from rest_framework.test import APIClient

API = "/api/v1/practice"
HIT = {"x": 0.3, "y": 0.6, "confidence": 4, "label": "nodule"}
ELSEWHERE = {"x": 0.9, "y": 0.1, "confidence": 5, "label": ""}


def dwells(*places: tuple[float, float], seconds: float = 0.5, hz: float = 60.0) -> list[list[float]]:
    """Samples that rest at each place in turn."""
    each = round(seconds * hz)
    return [[(i * each + j) / hz, x, y] for i, (x, y) in enumerate(places) for j in range(each)]


def begin(client: APIClient) -> dict[str, Any]:
    """The next case, taken."""
    answer = client.post(f"{API}/next/")
    assert answer.status_code in {200, 201}, answer.json()
    taken: dict[str, Any] = client.post(f"{API}/attempts/{answer.json()['id']}/take/").json()
    return taken


def send(client: APIClient, attempt: dict[str, Any], seq: int, samples: list[list[float]], **more: Any) -> Any:
    recording = attempt["recording"]
    body = {"writer": recording["writer"], "samples": samples, **more}
    return client.post(f"/api/v1/recordings/{recording['id']}/parts/{seq}/", body, format="json")


def record(client: APIClient, attempt: dict[str, Any], samples: list[list[float]]) -> int:
    """Sends all samples, a second's worth a batch; gives the number of batches."""
    times = np.array([row[0] for row in samples])
    seconds = range(int(times.max()) + 1) if len(times) else range(0)
    parts = [[row for row in samples if second <= row[0] < second + 1] for second in seconds]
    for seq, part in enumerate(parts):
        answer = send(client, attempt, seq, part)
        assert answer.status_code == 201, answer.json()
    return len(parts)


def commit(
    client: APIClient, attempt: dict[str, Any], *marks: dict[str, Any], answer: str = "", parts: int = 0, **more: Any
) -> Any:
    body = {"writer": attempt["recording"]["writer"], "marks": list(marks), "answer": answer, "parts": parts, **more}
    return client.post(f"{API}/attempts/{attempt['id']}/commit/", body, format="json")


def read(client: APIClient, *marks: dict[str, Any], answer: str = "", places: Any = ((0.3, 0.6), (0.7, 0.3))) -> Any:
    """A whole reading; gives the attempt as committed."""
    attempt = begin(client)
    parts = record(client, attempt, dwells(*places))
    done = commit(client, attempt, *marks, answer=answer, parts=parts)
    assert done.status_code == 200, done.json()
    return done.json()


def feedback(client: APIClient, attempt: dict[str, Any]) -> Any:
    answer = client.get(f"{API}/attempts/{attempt['id']}/feedback/")
    assert answer.status_code == 200, answer.json()
    return answer.json()
