"""The film as a grid of cells. x runs right, y down; a fixation on the film's far edge lies in the last cell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.metrics.paths import Path


def cells(path: Path, columns: int, rows: int) -> NDArray[np.int_]:
    """(n, 3) x, y in film fractions -> (n,) row * columns + column."""
    column = np.clip(np.floor(path[:, 0] * columns), 0, columns - 1).astype(np.int_)
    row = np.clip(np.floor(path[:, 1] * rows), 0, rows - 1).astype(np.int_)
    return np.asarray(row * columns + column)
