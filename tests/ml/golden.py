"""Random scanpaths and the golden standard of MultiMatch: the PyPI package `multimatch-gaze` 0.1.3 (MIT)."""

from __future__ import annotations

import multimatch_gaze
import numpy as np
from numpy.typing import NDArray

Path = NDArray[np.float64]


def random_path(rng: np.random.Generator, fixations: int) -> Path:
    """(n, 3) film fractions and s."""
    return np.column_stack([rng.random((fixations, 2)), rng.uniform(0.05, 0.6, fixations)])


def record(path: Path) -> np.recarray:
    """As the package wants it."""
    return np.rec.fromarrays(path.T.copy(), names="start_x,start_y,duration")


def package_similarities(a: Path, b: Path, screen: tuple[float, float]) -> Path:
    """(5,) in the order of ``ml.metrics.multimatch.DIMENSIONS``."""
    answer = multimatch_gaze.docomparison(record(a), record(b), list(screen))
    return np.array([float(np.squeeze(value)) for value in answer])
