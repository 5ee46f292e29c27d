"""One line of the benchmark's table."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """What was measured, its samples, and the bar that one of its figures should stay under."""

    what: str
    samples: list[float]  # in `unit`
    unit: str = "s"
    bar: float | None = None
    of: str = "median"  # which figure the bar is for: median, p95 or p99
    note: str = ""

    def figure(self, name: str) -> float:
        if name == "median":
            return statistics.median(self.samples)
        share = {"p95": 0.95, "p99": 0.99}[name]
        ordered = sorted(self.samples)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def to_dict(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "unit": self.unit,
            **{name: round(self.figure(name), 4) for name in ("median", "p95", "p99")},
            "n": len(self.samples),
            "bar": self.bar,
            "of": self.of,
            "met": None if self.bar is None else self.figure(self.of) <= self.bar,
            "note": self.note,
        }

    def line(self) -> str:
        figures = " ".join(f"{self.figure(name):.3g} {self.unit}".rjust(9) for name in ("median", "p95", "p99"))
        bar = ""
        if self.bar is not None:
            bar = f"{self.of} <= {self.bar:g} {self.unit}: {'met' if self.figure(self.of) <= self.bar else 'NOT MET'}"
        return f"{self.what:<58} {figures} {len(self.samples):>6}  {bar}{' (' + self.note + ')' if self.note else ''}"
