"""Become another program that dies with the process which started this one: `exec_child.py PARENT NICE COMMAND …`.

It sets what the program keeps, and then turns into it: its niceness, a kernel's promise to kill it when its parent dies
however that dies (Linux), and that it goes first when memory runs out. A program of its own and not a function between
fork and exec, since the worker has threads: a lock that one of them holds at the fork would never be opened again.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
FIRST_TO_GO = "800"  # of 1000; a worker has 0


def main() -> None:
    parent, nice, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the promise was given
        sys.exit(1)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:  # noqa: PTH123
        score.write(FIRST_TO_GO)
    os.nice(max(0, nice - os.nice(0)))  # it counts from where we are
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
