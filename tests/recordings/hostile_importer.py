"""An importer that misbehaves as its file says; for tests of what happens around it."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

from gazeapp.core.sandbox.server import serve
from gazeapp.recordings.importers.opening import LIMITS


def hostile(path: Path, work: Path) -> dict[str, Any]:
    crash = path.read_text()
    if crash == "memory":
        return {"hoard": len(b"x" * (3 * 1024**3))}
    if crash == "signal":
        os.kill(os.getpid(), signal.SIGSEGV)
    while crash == "hang":
        pass
    if crash == "babble":
        (work / "result.json").write_text("[" * 8_000_000)
        os._exit(0)
    (work / "gaze.bin").write_bytes(b"")
    eye = {"samples": 10_000_000_000, "lost": 0.0, "at": 0}
    trial = {"name": "x", "messages": [], "duration_s": 1.0, "eyes": {"left": eye}, "fixations": {}}
    return {
        "format": "EyeLink ASC",
        "frame": "screen px",
        "device": "",
        "rate_hz": 1,
        "screen_px": [800, 600],
        "accuracy_deg": {},
        "notes": [],
        "trials": [trial],
    }


if __name__ == "__main__":
    serve(hostile, replace(LIMITS, wall_seconds=1, starved=0.02))
