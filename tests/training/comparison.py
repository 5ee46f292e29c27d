"""What `python -m ml gate` writes."""

from __future__ import annotations

from typing import Any


def comparison(candidate: str, champion: str, *, passed: bool = True, **more: Any) -> dict[str, Any]:
    interval = {"value": 0.4, "low": 0.38, "high": 0.42}
    row = {
        "metric": "ScanMatch", "unit": "", "higher_is_better": True, "champion": interval, "candidate": interval,
        "difference": {"value": 0.0, "low": -0.01, "high": 0.01}, "baseline": {"name": "centre", "value": 0.2},
        "rule": "At most .02 below the champion.", "kind": "non-inferior", "margin": 0.02, "passed": passed,
    }  # fmt: skip
    return {
        "version": 1, "rules": {"version": 1, "sha256": "a" * 64},
        "set": {"name": "frozen", "sha256": "b" * 64, "cases": 40, "readings": 80, "simulated": True},
        "left_out": [{"metric": "nll", "reason": "One of them has none."}],
        "champion": champion, "candidate": candidate, "rows": [row], "passed": passed, "seconds": 12.0, **more,
    }  # fmt: skip
