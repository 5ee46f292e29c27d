"""Jobs that only pass time, for tests and for operators who want to see the machinery move."""

from __future__ import annotations

import shutil
import sys
import time
from typing import Any

from django.conf import settings

from gazeapp.core.lease import Lease
from worker.child import run_child

DIAGNOSTIC_CHILD = settings.BASE_DIR / "worker" / "diagnostic_child.py"


def sleep(lease: Lease) -> None:
    """Inputs: ``seconds``; ``fail``: how many first attempts end in an error."""
    seconds = min(float(lease.inputs.get("seconds", 0)), 600.0)
    if lease.job.attempt <= int(lease.inputs.get("fail", 0)):
        raise RuntimeError("asked to fail")
    began = time.monotonic()
    while (gone := time.monotonic() - began) < seconds:
        lease.stage("sleeping", gone / seconds)
        time.sleep(min(0.1, seconds - gone))
    lease.finish(events=[(lease.job.subject, "slept", {"job": str(lease.job.id), "attempt": lease.job.attempt})])


def count(lease: Lease) -> None:
    """A child that counts and keeps each step, as a training keeps its checkpoints. Inputs: ``steps``, ``seconds`` of
    each. Says at which step this attempt began."""
    folder = settings.STATE_DIR / "diagnostic" / str(lease.job.pk)
    folder.mkdir(parents=True, exist_ok=True)
    steps, seconds = int(lease.inputs.get("steps", 10)), float(lease.inputs.get("seconds", 0.1))
    first = 0

    def on_line(line: dict[str, Any]) -> None:
        nonlocal first
        first = first or line["step"]
        lease.reset_strikes()
        lease.stage("counting", line["step"] / line["of"])

    ended = run_child(
        lease,
        [sys.executable, str(DIAGNOSTIC_CHILD), str(folder), str(steps), str(seconds)],
        log=folder / "log.txt",
        progress=folder / "progress.jsonl",
        on_line=on_line,
    )
    if ended.code:
        raise RuntimeError(f"the child ended with {ended.code}")
    lease.finish(events=[(lease.job.subject, "counted", {"job": str(lease.job.id), "first": first, "steps": steps})])
    shutil.rmtree(folder, ignore_errors=True)
