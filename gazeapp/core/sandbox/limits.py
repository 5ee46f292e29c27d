"""What a child that reads foreign bytes may use."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
from dataclasses import dataclass
from pathlib import Path

from gazeapp.core.sandbox import landlock, syscalls

EXIT_DISK_FULL = 75  # how a child says that there was no room for its answer

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_NO_NEW_PRIVS = 38


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one kind of file."""

    address_space: int  # bytes
    cpu_seconds: int
    wall_seconds: float
    file_bytes: int  # of any one file it writes
    result_bytes: int = 1024**2  # of the JSON it answers with
    starved: float = 0.25  # of a core: whoever got less until the wall limit was kept waiting by a busy machine


def missing() -> list[str]:
    """What this machine's kernel does not offer of what `confine` uses, in words."""
    lacks = {"Landlock (files)": not landlock.version(), "seccomp (processes, signals)": not syscalls.available()}
    return [words for words, lacking in lacks.items() if lacking]


def confine(limits: Limits, film: Path, work: Path) -> None:
    """Limits the caller's memory and time; leaves it one file and the libraries to read and ``work`` to write in; and
    no further process, signal or network. What the kernel does not offer is left out (`missing`).

    Raises:
        OSError: it offers something and then refuses it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)  # refused in some containers; the rest still holds
    if landlock.version():
        landlock.restrict(film, work)
    resource.setrlimit(resource.RLIMIT_AS, (limits.address_space, limits.address_space))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file_bytes, limits.file_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))  # no further processes or threads
    os.umask(0o077)
    if syscalls.available():
        syscalls.refuse()
