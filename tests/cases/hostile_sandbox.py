"""A sandbox whose reader misbehaves as the patient id of its film says; for tests of what happens around it."""

from __future__ import annotations

import ctypes
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from gazeapp.cases.sandbox import limits
from gazeapp.core.sandbox.server import serve


def hostile(path: Path, work: Path) -> dict[str, Any]:
    content = path.read_bytes()
    if b"memory" in content:
        return {"hoard": len(b"x" * (3 * 1024**3))}
    if b"signal" in content:
        ctypes.string_at(0)
    while b"hang" in content:
        pass
    if b"starve" in content:
        time.sleep(60)
    (work / "result.json").write_text("[" * 2_000_000)
    os._exit(0)


if __name__ == "__main__":
    # A loop gets that much of a core even beside many others.
    serve(hostile, replace(limits.FILM, wall_seconds=1, starved=0.02))
