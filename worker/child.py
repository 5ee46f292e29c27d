"""A long piece of work as a process of its own: a training, a comparison. Its worker watches it, passes on what it says
of its progress, and ends it when the job is cancelled, taken over, too long, or its worker stops.

The worker itself needs none of the libraries that the work needs, so a training takes neither its memory nor its
responsiveness, and one that dies of too little memory leaves the worker alive to say so.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from gazeapp.core.lease import Lease

logger = logging.getLogger(__name__)  # `log` is a child's own, below

EXEC_CHILD = Path(__file__).with_name("exec_child.py")
LOOK_EVERY_S = 0.25  # at its progress; the lease asks the database at every second look
TAIL_BYTES, TAIL_LINES = 8192, 20
SECRETS = ("DJANGO_SECRET_KEY", "MEDGAZE_DEIDENTIFY_KEY", "DATABASE_URL", "REDIS_URL", "EMAIL_PASSWORD")


@dataclass(frozen=True)
class Ended:
    """How a child ended by itself."""

    code: int  # as Popen.returncode: negative is the number of the signal that killed it
    tail: str  # the last lines that it wrote to its log


def run_child(
    lease: Lease,
    command: Sequence[str],
    *,
    log: Path,
    progress: Path,
    on_line: Callable[[dict[str, Any]], None],
    nice: int = 19,
    threads: int = 1,
    env: Mapping[str, str] | None = None,
) -> Ended:
    """Run ``command`` in the repository's folder until it ends, and call ``on_line`` for each JSON object that it
    appends as a line to ``progress``; what stood there before is passed over, and half a line is waited for.

    Its output is appended to ``log``. It runs with this niceness and number of threads, in a process group of its own,
    and dies with this process. To be called from the main thread, and outside a transaction, since it takes long.

    Raises:
        LeaseLost: the job was cancelled or taken over, or this worker stops.
        Exception: what ``on_line`` raises, and what reaches this process meanwhile (its time limit).
    Whatever is raised, the child and everything it started are gone by then.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    follow = Follower(progress)
    with log.open("ab") as output:
        began_at = output.tell()
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(EXEC_CHILD), str(os.getpid()), str(nice), *command],
            cwd=settings.BASE_DIR,
            env=_environment(threads, env or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    try:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_EVERY_S)
            over = process.returncode is not None
            for line in follow.lines():
                on_line(line)
            if over:
                break
            lease.check()
    finally:
        _end(process)
    return Ended(process.returncode, last_lines(log, since=began_at))


def _environment(threads: int, more: Mapping[str, str]) -> dict[str, str]:
    """Ours without what only we need to know, and so many threads for every library that asks."""
    kept = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in SECRETS}
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return {**kept, **dict.fromkeys(names, str(threads)), "PYTHONUNBUFFERED": "1", **more}


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to stop, insist soon after, and leave nothing of its group. A worker that stops has little time itself."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(min(3.0, settings.STOP_SECONDS / 4))
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Follower:
    """Reads what is appended to a file from now on, one JSON object a line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._at = path.stat().st_size if path.exists() else 0
        self._half = b""

    def lines(self) -> list[dict[str, Any]]:
        """The objects whose lines are complete since the last call. What is no object is passed over: half a line of a
        child that was killed, for instance."""
        try:
            with self.path.open("rb") as file:
                if file.seek(0, os.SEEK_END) < self._at:  # begun anew
                    self._at, self._half = 0, b""
                file.seek(self._at)
                new = file.read()
        except FileNotFoundError:
            return []
        self._at += len(new)
        *complete, self._half = (self._half + new).split(b"\n")
        return [line for line in map(_object, complete) if line is not None]


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        if line.strip():
            logger.warning("a line of progress is not understood (%d bytes)", len(line))
        return None
    return value if isinstance(value, dict) else None


def last_lines(path: Path, *, since: int = 0) -> str:
    """The last lines of a log, of what was written after its byte ``since``."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(since, size - TAIL_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-TAIL_LINES:])
