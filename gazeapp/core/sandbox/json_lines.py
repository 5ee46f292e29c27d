"""JSON lines between a helper process and its asker."""

from __future__ import annotations

import json
import os
import select
from collections.abc import Iterator
from typing import Any

LOOK_ROUND_S = 5.0


def requests() -> Iterator[dict[str, Any]]:
    """Each line of standard input, until the asker is gone. The pipe alone would not tell: forks hold it open."""
    asker = os.getppid()
    pending = b""
    while True:
        if not select.select([0], [], [], LOOK_ROUND_S)[0]:
            if os.getppid() != asker:
                return
            continue
        got = os.read(0, 65536)
        if not got:
            return
        pending += got
        while b"\n" in pending:
            line, pending = pending.split(b"\n", 1)
            yield json.loads(line)
