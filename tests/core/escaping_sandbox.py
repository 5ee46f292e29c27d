"""A sandbox whose reader tries to get out, in the way that the file names; it answers with what came of it."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gazeapp.core.sandbox.limits import Limits
from gazeapp.core.sandbox.server import serve

LIMITS = Limits(address_space=2 * 1024**3, cpu_seconds=5, wall_seconds=10, file_bytes=1024**2)


def _new_thread() -> None:
    import threading

    threading.Thread(target=int).start()


def _peek() -> None:
    if ctypes.CDLL(None, use_errno=True).ptrace(16, os.getppid(), 0, 0):  # PTRACE_ATTACH
        raise OSError(ctypes.get_errno(), "ptrace")


WAYS: dict[str, Callable[[Path, Path], Any]] = {
    "read a file": lambda beside, _: beside.read_bytes(),
    "write a file": lambda beside, _: beside.write_bytes(b"changed"),
    "make a file": lambda beside, _: beside.with_name("new").write_bytes(b"new"),
    "delete a file": lambda beside, _: beside.unlink(),
    "list a folder": lambda beside, _: list(beside.parent.iterdir()),
    "read the root": lambda *_: list(Path("/").iterdir()),
    "read accounts": lambda *_: Path("/etc/passwd").read_bytes(),
    "read our settings": lambda *_: Path(__file__).parents[2].joinpath("webapp", "settings.py").read_bytes(),
    "read our parent's environment": lambda *_: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
    "change a library": lambda *_: os.open(os.__file__, os.O_RDWR),
    "change the film": lambda _, film: film.write_bytes(b"changed"),
    "delete the film": lambda _, film: film.unlink(),
    "fork": lambda *_: os.fork() or os._exit(0),
    "start a thread": lambda *_: _new_thread(),
    "run a program": lambda *_: subprocess.run([sys.executable, "-c", ""], check=True),
    "become a program": lambda *_: os.execv(sys.executable, [sys.executable, "-c", ""]),
    "signal our parent": lambda *_: os.kill(os.getppid(), signal.SIGCONT),
    "look into our parent": lambda *_: _peek(),
    "limit our parent": lambda *_: resource.prlimit(os.getppid(), resource.RLIMIT_CORE, (0, 0)),
    "open a TCP socket": lambda *_: socket.socket(),
    "open a UDP socket": lambda *_: socket.socket(type=socket.SOCK_DGRAM),
    "open a local socket": lambda *_: socket.socket(socket.AF_UNIX),
}
ALLOWED: dict[str, Callable[[Path, Path], Any]] = {
    "read the film": lambda _, film: film.read_bytes(),
    "write an answer": lambda *_: Path("pixels").write_bytes(b"1"),
    "change an answer": lambda *_: (Path("pixels").write_bytes(b"12"), Path("pixels").unlink()),
    "import what was not": lambda *_: __import__("wave"),
}


def escape(film: Path, work: Path) -> dict[str, Any]:
    """``work`` lies beside the file that it is not to touch."""
    way = film.name
    try:
        (WAYS | ALLOWED)[way](work.parent / "beside", film)
    except (OSError, RuntimeError) as refused:
        return {"came": type(refused).__name__}
    return {"came": "out"}


if __name__ == "__main__":
    serve(escape, LIMITS)
