"""The asker's side: hands one file to a helper and takes back what its child said, or why there is nothing.

What a child says is foreign too: the caller checks every field before it believes it.
"""

from __future__ import annotations

import errno
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from gazeapp.core.sandbox import limits
from gazeapp.core.sandbox.helper import HelperLost, HelperProcess
from gazeapp.core.sandbox.limits import EXIT_DISK_FULL, Limits
from gazeapp.core.sandbox.refusal import TOO_COMPLEX, UNREADABLE

log = logging.getLogger(__name__)
SPARE_S = 5  # beyond the child's wall limit


@dataclass(frozen=True)
class Opened:
    """What the child answered, and what that took."""

    answer: dict[str, Any]
    seconds: float
    peak_kb: int


class NotOpened(Exception):
    """The file's own fault: refused by its reader, or too much for its limits. `kind` and `data` as in `Refused`."""

    def __init__(self, kind: str, data: dict[str, Any] | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.data = data or {}


def look_at_kernel() -> None:
    """For a worker that opens foreign files, before it starts: says what this machine's kernel does not offer to
    confine their reader. Raises ImproperlyConfigured where `SANDBOX_REQUIRED` demands all of it."""
    if lacking := " or ".join(limits.missing()):
        if settings.SANDBOX_REQUIRED:
            raise ImproperlyConfigured(
                f"The kernel has no {lacking}: with MEDGAZE_SANDBOX_REQUIRED no foreign file is opened without."
            )
        log.warning("Foreign files are opened without %s: the kernel does not have it. See docs/ingest.md.", lacking)


def open_file(helper: HelperProcess, path: Path, work: Path, bounds: Limits) -> Opened:
    """Raises NotOpened for whatever is wrong with the file, OSError for a full disk or a machine too busy to look:
    neither is the file's fault, so the job comes back."""
    request = {"path": str(path.resolve()), "work": str(work.resolve())}
    try:
        ended = helper.ask(request, bounds.wall_seconds + SPARE_S)
    except HelperLost as lost:
        raise NotOpened(TOO_COMPLEX if lost.timed_out else UNREADABLE) from None
    if ended.get("exit") == EXIT_DISK_FULL:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if ended.get("starved"):
        raise TimeoutError("the machine is too busy to open a file")
    if ended.get("timed_out") or ended.get("exit") != 0:
        raise NotOpened(TOO_COMPLEX)
    result = work / "result.json"
    try:
        if result.stat().st_size > bounds.result_bytes:
            raise ValueError("too long")
        answer = json.loads(result.read_bytes())
        seconds, peak_kb = float(ended["seconds"]), int(ended["peak_kb"])
        if answer["ok"]:
            return Opened(dict(answer), seconds, peak_kb)
        kind, data = str(answer["kind"]), dict(answer["data"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        log.warning("a sandboxed child's answer is not believed (%s)", type(fault).__name__)
        raise NotOpened(UNREADABLE) from None
    log.info("sandboxed child: %s after %.2f s, %d MB", kind, seconds, peak_kb // 1024)
    raise NotOpened(kind, data)
