"""A helper process that stays warm between jobs: JSON lines in, JSON lines out.

The sandbox and the text detector are such helpers. They start with an almost empty environment, so no secret of ours
is in their memory; one that is late or gone is killed and a fresh one takes its place.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from typing import Any

from django.conf import settings

ANSWER_BYTES = 1024 * 1024


class HelperLost(Exception):
    """The helper died or did not answer in time. `timed_out` tells which."""

    def __init__(self, *, timed_out: bool) -> None:
        super().__init__("no answer in time" if timed_out else "gone")
        self.timed_out = timed_out


class HelperProcess:
    """One helper, used by one caller at a time; started at first use and again after it was lost."""

    def __init__(self, module: str, *, start_seconds: float = 60, answers: int = 500) -> None:
        self.module = module
        self.answers = answers  # after so many a fresh one takes its place, in case memory crept up
        self._answered = 0
        self.start_seconds = start_seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0  # the process that started it: a fork must not talk through its parent's pipes
        self._ready = False
        self._pending = b""
        atexit.register(self.stop)

    def start(self) -> None:
        """Begins to start it, without waiting: the first question waits for what is left."""
        with self._lock:
            self._start()

    def ask(self, request: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        """One question, one answer. Raises HelperLost; the next question then meets a fresh helper."""
        with self._lock:
            self._start()
            try:
                if not self._ready:
                    self._read(self.start_seconds)
                    self._ready = True
                assert self._process is not None and self._process.stdin is not None
                self._process.stdin.write(json.dumps(request).encode() + b"\n")
                self._process.stdin.flush()
                answer = self._read(timeout_s)
            except (OSError, ValueError):
                self._kill()
                raise HelperLost(timed_out=False) from None
            except HelperLost:
                self._kill()
                raise
            self._answered += 1
            if self._answered >= self.answers:
                self._kill()
                self._start()
            return answer

    def stop(self) -> None:
        with self._lock:
            self._kill()

    def _start(self) -> None:
        if self._owner != os.getpid():
            self._process, self._ready, self._pending = None, False, b""
        if self._process is not None and self._process.poll() is None:
            return
        self._kill()
        self._owner, self._answered = os.getpid(), 0
        self._process = subprocess.Popen(
            [sys.executable, "-E", "-s", "-m", self.module],
            cwd=settings.BASE_DIR,
            env={
                "PATH": "/usr/bin:/bin",
                "LANG": "C.UTF-8",
                "OPENBLAS_NUM_THREADS": "1",
                "OMP_NUM_THREADS": "1",
                "MKL_NUM_THREADS": "1",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a traceback could quote foreign bytes
        )

    def _read(self, timeout_s: float) -> dict[str, Any]:
        assert self._process is not None and self._process.stdout is not None
        end = time.monotonic() + timeout_s
        while b"\n" not in self._pending:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._process.stdout], [], [], left)[0]:
                raise HelperLost(timed_out=True)
            got = os.read(self._process.stdout.fileno(), 65536)
            if not got or len(self._pending) + len(got) > ANSWER_BYTES:
                raise HelperLost(timed_out=False)
            self._pending += got
        line, self._pending = self._pending.split(b"\n", 1)
        answer = json.loads(line)
        if not isinstance(answer, dict):
            raise ValueError("not an object")
        return answer

    def _kill(self) -> None:
        process, self._process, self._ready, self._pending = self._process, None, False, b""
        if process is None or self._owner != os.getpid():
            return
        with contextlib.suppress(OSError):
            process.kill()
        with contextlib.suppress(Exception):
            process.wait(timeout=5)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
