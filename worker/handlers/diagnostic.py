"""A job that only passes time, for tests and for operators who want to see the machinery move."""

from __future__ import annotations

import time

from gazeapp.core.lease import Lease


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
