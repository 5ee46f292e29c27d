"""A release of 100,000 fixations: how long its job takes, how much memory its worker, and how long the bytes; over real
processes."""

from __future__ import annotations

import tests.environment  # noqa: F401  (before Django's settings are read)

# isort: split
import os
import re
import time
from pathlib import Path

import httpx

from tests.bench.practice import done, signed_in
from tests.bench.row import Row
from tests.live.stack import Stack

CASES, READERS, EACH = 250, 8, 50  # 100,000 fixations
TIMES = 3
MEGA = 1 << 20


def measure() -> list[Row]:
    stack = Stack(LOG_LEVEL="WARNING")
    try:
        return releases(stack)
    finally:
        stack.stop()


def releases(stack: Stack) -> list[Row]:
    author, admin = f"g{os.getpid()}", f"h{os.getpid()}"
    signed_in(stack, author, "faculty")
    decides = signed_in(stack, admin, "admin")
    stack.ask("gaze", author=author, cases=CASES, readers=READERS, fixations=EACH)
    counts, made, taken, grown = [], [], [], []
    for _ in range(TIMES):
        began = time.perf_counter()
        told = done(decides.get("data/counts/"))
        counts.append(1000 * (time.perf_counter() - began))
        assert told["readings"] == CASES * READERS
        pids = pool(stack)
        before = {pid: memory(pid, "VmRSS") for pid in pids}
        for pid in pids:
            Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak from here on
        body = {"name": "Gaze", "why": "To measure.", "query": {}}
        request = done(decides.post("data/requests/", json=body))
        began = time.perf_counter()
        request = done(decides.post(f"data/requests/{request['id']}/approve/", json={}))
        assert stack.wait_for(request["job"]["id"], "done", "failed", seconds=300)["state"] == "done"
        made.append(time.perf_counter() - began)
        grown.append(max((memory(pid, "VmHWM") - before[pid]) / MEGA for pid in pids))
        taken.append(download(decides, request["release"]["id"]))
    note = f"{CASES * READERS * EACH:,} fixations, {CASES * READERS:,} readings"
    return [
        Row("the live counts of a query", counts, "ms", note=note),
        Row("a release, from approval to ready", made, "s", note=note),
        Row("what making it adds to a worker's memory, at most", grown, "MB", note=note),
        Row("its archive, downloaded", taken, "s", note=note),
    ]


def pool(stack: Stack) -> list[int]:
    """The io worker's children, one of which will make it."""
    from tests.live.stack import children, is_pool_child

    worker = stack.pid_of("--queues io")
    return [pid for pid in children(worker) if is_pool_child(pid, worker)]


def memory(pid: int, name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) << 10


def download(client: httpx.Client, release: str) -> float:
    done(client.post(f"releases/{release}/terms/", json={"version": 1}))
    began = time.perf_counter()
    answer = client.get(f"releases/{release}/archive/")
    assert answer.status_code == 200 and len(answer.content) == int(answer.headers["Content-Length"])
    return time.perf_counter() - began
