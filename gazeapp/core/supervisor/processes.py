"""A child process that is started again when it dies, a little later each time."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 15.0
STEADY_S = 30.0  # one that ran this long starts again without delay
LOG_BYTES = 10 * 1024 * 1024
LOG_LOOK_S = 5.0  # how often a running process's log is looked at
NO_ROOM_BYTES = 1024 * 1024  # with less free than this, a full disk is what ended a process
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """In the child, before exec: ask the kernel for a SIGTERM should the supervisor be killed (Linux only)."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One supervised process. Its own process group keeps a terminal's Ctrl-C away: the supervisor stops it in turn."""

    name: str
    command: list[str]
    logs: Path
    environment: dict[str, str] = field(default_factory=dict)
    stdin: str | None = None
    say: Callable[[str], None] = print
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_after: float = 0.0
    delay: float = FIRST_DELAY_S
    stopping: bool = False
    looked_at_log: float = 0.0

    def start(self) -> None:
        with self._log() as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE if self.stdin is not None else subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment},
                process_group=0,
                preexec_fn=die_with_parent,
            )
        self.started_at = time.monotonic()
        if self.stdin is not None and self.process.stdin is not None:
            self.process.stdin.write(self.stdin.encode())
            self.process.stdin.close()

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def watch(self) -> bool:
        """Start it again if it died. Returns True when it was started."""
        now = time.monotonic()
        if now - self.looked_at_log > LOG_LOOK_S:
            self.looked_at_log = now
            self._keep_log_short()
        if self.stopping or self.alive():
            return False
        if self.process is not None:
            code = self.process.returncode
            self.process = None
            if now - self.started_at > STEADY_S:
                self.delay = FIRST_DELAY_S
            self.start_after = now + self.delay
            why = " The disk is full: make room." if self._no_room() else ""
            self.say(
                f"{self.name} ended (code {code}); starting it again in {self.delay:.1f} s.{why} Log: {self.log_path}"
            )
            self.delay = min(self.delay * 2, LONGEST_DELAY_S)
        if now < self.start_after:
            return False
        self.start()
        return True

    def signal(self, number: int, *, group: bool = False) -> None:
        if self.process is None or (not group and self.process.poll() is not None):
            return
        try:
            if group:
                os.killpg(self.process.pid, number)
            else:
                self.process.send_signal(number)
        except ProcessLookupError:
            pass

    def restart(self) -> None:
        """Kill it with everything it started; `watch` brings it back."""
        self.signal(signal.SIGKILL, group=True)

    @property
    def log_path(self) -> Path:
        return self.logs / f"{self.name}.log"

    def _log(self) -> IO[bytes]:
        self.logs.mkdir(parents=True, exist_ok=True)
        self._keep_log_short()
        return self.log_path.open("ab")

    def _keep_log_short(self) -> None:
        """Move what a long log holds to `.log.1`. The process writes on at the end of the same file, which is then its
        beginning; what it writes between the last byte copied and the cut is lost, a few lines at most."""
        with contextlib.suppress(OSError):  # no log yet; or no room for the copy: then it grows on
            if self.log_path.stat().st_size <= LOG_BYTES:
                return
            with self.log_path.open("r+b") as log, self.log_path.with_suffix(".log.1").open("wb") as kept:
                shutil.copyfileobj(log, kept)
                log.truncate(0)

    def _no_room(self) -> bool:
        try:
            return shutil.disk_usage(self.logs).free < NO_ROOM_BYTES
        except OSError:
            return False


def stop(children: list[Child], seconds: float) -> list[str]:
    """Ask these to stop, then insist. Returns the names of those that had to be killed.

    On SIGTERM a worker lets its job end for half of that time, and then gives it back; SIGKILL ends what is left.
    """
    for child in children:
        child.stopping = True
        child.signal(signal.SIGTERM)
    began = time.monotonic()
    while any(child.alive() for child in children) and time.monotonic() - began < seconds:
        time.sleep(0.05)
    killed = [child.name for child in children if child.alive()]
    for child in children:
        child.signal(signal.SIGKILL, group=True)  # and whatever a child of its own left behind
        if child.process is not None:
            child.process.wait()
    return killed
