"""MultiMatch of a thousand pairs: ours and the PyPI package `multimatch-gaze`, side by side, one thread each."""

from __future__ import annotations

import time
from collections.abc import Callable

import multimatch_gaze
import numpy as np

from ml.metrics.multimatch import similarities
from tests.bench.row import Row
from tests.ml.golden import random_path, record

PAIRS, SCREEN = 1000, (128.0, 128.0)
OURS, PACKAGE = 9, 1  # rounds


def measure() -> list[Row]:
    rng = np.random.default_rng(0)
    first, second = ([random_path(rng, int(n)) * [*SCREEN, 1] for n in rng.integers(35, 46, PAIRS)] for _ in range(2))
    records = [(record(a), record(b)) for a, b in zip(first, second, strict=True)]
    ours = rounds(OURS, lambda: similarities(first, second, SCREEN))
    package = rounds(PACKAGE, lambda: [multimatch_gaze.docomparison(a, b, list(SCREEN)) for a, b in records])
    ratio = min(package) / float(np.median(ours))
    what = f"MultiMatch, {PAIRS} pairs of 35 to 45 fixations"
    return [
        Row(f"{what}: ours", ours, "s", bar=min(package) / 30, note=f"{ratio:.0f} times as fast as the package"),
        Row(f"{what}: multimatch-gaze 0.1.3", package, "s"),
    ]


def rounds(count: int, run: Callable[[], object]) -> list[float]:
    """Seconds of each round."""
    found = []
    for _ in range(count):
        began = time.perf_counter()
        run()
        found.append(time.perf_counter() - began)
    return found
