"""The helper's side: it imports a kind's reader once, then forks one sandboxed child a file.

The parent of those children never reads a file itself. Requests ({"path", "work"}) come as JSON lines on stdin, answers
go the same way to stdout; the child leaves `result.json`, and what else its reader writes, in `work`.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gazeapp.core.sandbox.json_lines import requests
from gazeapp.core.sandbox.limits import EXIT_DISK_FULL, Limits, confine
from gazeapp.core.sandbox.refusal import TOO_COMPLEX, UNREADABLE, Refused

Reader = Callable[[Path, Path], dict[str, Any]]


def serve(read: Reader, limits: Limits) -> None:
    """One request a line until the asker is gone. ``read(path, work)`` runs in the child and returns its answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the asker decides when we end
    sys.setrecursionlimit(1000)
    gc.collect()
    gc.freeze()
    print(json.dumps({"ready": True}), flush=True)
    for request in requests():
        print(json.dumps(_run(read, limits, request["path"], request["work"])), flush=True)


def _run(read: Reader, limits: Limits, path: str, work: str) -> dict[str, Any]:
    """Forks, waits under the wall limit, and tells how the child ended."""
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        try:
            _child(read, limits, path, work)
        finally:
            os._exit(70)
    handle = os.pidfd_open(pid)
    try:
        timed_out = not select.select([handle], [], [], limits.wall_seconds)[0]
        if timed_out:
            os.kill(pid, signal.SIGKILL)
        _, status, usage = os.wait4(pid, 0)
    finally:
        os.close(handle)
    return {
        "exit": os.waitstatus_to_exitcode(status),
        "timed_out": timed_out,
        "starved": timed_out and usage.ru_utime + usage.ru_stime < limits.starved * limits.wall_seconds,
        "seconds": time.monotonic() - started,
        "peak_kb": usage.ru_maxrss,
    }


def _child(read: Reader, limits: Limits, path: str, work: str) -> None:
    """Reads one file and leaves without returning. Nothing it says reaches a log: its output is closed."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.chdir(work)
    confine(limits, Path(path), Path(work))
    try:
        answer = {"ok": True, **read(Path(path), Path(work))}
    except Refused as refused:
        answer = {"ok": False, "kind": refused.kind, "data": refused.data}
    except (MemoryError, RecursionError):
        answer = {"ok": False, "kind": TOO_COMPLEX, "data": {}}
    except (
        BaseException
    ) as fault:  # foreign bytes raise anything; the name of the class is ours to tell, its text is not
        answer = {"ok": False, "kind": UNREADABLE, "data": {"fault": type(fault).__name__}}
    try:
        Path(work, "result.json").write_text(json.dumps(answer), encoding="utf-8")
    except OSError:
        os._exit(EXIT_DISK_FULL)
    os._exit(0)
