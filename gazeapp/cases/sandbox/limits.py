"""What a child that reads foreign bytes may use."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource

ADDRESS_SPACE = 2 * 1024**3  # bytes
CPU_SECONDS = 20
WALL_SECONDS = 30
STARVED = 0.25  # of a core: whoever got less until the wall limit was kept waiting by a busy machine
FILE_BYTES = 300 * 1024**2  # of any one file it writes
MAX_PIXELS = 64_000_000  # 128 MB as 16-bit; the largest flat panels have 20 million
MIN_SIDE = 64  # px
EXIT_DISK_FULL = 75  # how a child says that there was no room for its answer
RESULT_BYTES = 1024**2  # of the JSON it answers with

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_NO_NEW_PRIVS = 38


def confine() -> None:
    """Limits memory, time, files and processes of the caller, and cuts its network where the kernel lets it."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)  # refused in some containers; the rest still holds
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))  # no further processes or threads
    os.umask(0o077)
