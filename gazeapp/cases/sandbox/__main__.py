"""`python -m gazeapp.cases.sandbox`: imports the readers once, then forks one confined child a file.

The parent of those children never reads a file itself. Requests ({"path", "work"}) come as JSON lines on stdin, answers
go the same way to stdout; the child leaves `result.json` and its pixels in `work`.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

from gazeapp.cases.sandbox import limits
from gazeapp.cases.sandbox.examine import examine
from gazeapp.cases.sandbox.lines import requests
from gazeapp.cases.sandbox.refused import Refused


def _child(path: str, work: str) -> None:
    """Examines one file and leaves without returning. Nothing it says reaches a log: its output is closed."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.chdir(work)
    limits.confine()
    try:
        answer = {"ok": True, **examine(Path(path), Path(work))}
    except Refused as refused:
        answer = {"ok": False, "kind": refused.kind, "data": refused.data}
    except (MemoryError, RecursionError):
        answer = {"ok": False, "kind": "film-too-complex", "data": {}}
    except (
        BaseException
    ) as fault:  # foreign bytes raise anything; the name of the class is ours to tell, its text is not
        answer = {"ok": False, "kind": "film-unreadable", "data": {"fault": type(fault).__name__}}
    try:
        Path(work, "result.json").write_text(json.dumps(answer), encoding="utf-8")
    except OSError:
        os._exit(limits.EXIT_DISK_FULL)
    os._exit(0)


def _run(path: str, work: str) -> dict[str, Any]:
    """Forks, waits under the wall limit, and tells how the child ended."""
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        try:
            _child(path, work)
        finally:
            os._exit(70)
    handle = os.pidfd_open(pid)
    try:
        timed_out = not select.select([handle], [], [], limits.WALL_SECONDS)[0]
        if timed_out:
            os.kill(pid, signal.SIGKILL)
        _, status, usage = os.wait4(pid, 0)
    finally:
        os.close(handle)
    return {
        "exit": os.waitstatus_to_exitcode(status),
        "timed_out": timed_out,
        "starved": timed_out and usage.ru_utime + usage.ru_stime < limits.STARVED * limits.WALL_SECONDS,
        "seconds": time.monotonic() - started,
        "peak_kb": usage.ru_maxrss,
    }


def serve() -> None:
    """One request a line until the asker is gone."""
    gc.collect()
    gc.freeze()
    print(json.dumps({"ready": True}), flush=True)
    for request in requests():
        print(json.dumps(_run(request["path"], request["work"])), flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the asker decides when we end
    sys.setrecursionlimit(1000)
    serve()
