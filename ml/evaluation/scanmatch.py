"""ScanMatch: similarity of two scanpaths as strings of grid cells.

After Cristino, Mathot, Theeuwes and Gilchrist, "ScanMatch: a novel method for comparing fixation sequences", Behavior
Research Methods 42 (2010), written from the description: the film is a grid of ``columns`` x ``rows`` cells; with
duration, a fixation repeats its letter once every ``bin_s``; two letters score ``threshold`` minus the distance of
their cells (in cells); Needleman-Wunsch with gap 0; the score is divided by threshold times the longer string, so
that equal paths score 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ScanMatch:
    """Parameters, recorded with every result."""

    columns: int = 16
    rows: int = 12
    threshold: float = 3.5  # cells
    bin_s: float = 0.05  # 0: every fixation is one letter, whatever its duration

    def letters(self, path: Floats) -> Floats:
        """(n, 3) x, y in film fractions and s -> (letters, 2) cell column and row."""
        cells = np.stack([path[:, 0] * self.columns, path[:, 1] * self.rows], axis=1)
        cells = np.clip(np.floor(cells), 0, [self.columns - 1, self.rows - 1])
        if self.bin_s <= 0:
            return cells
        repeats = np.maximum(1, np.rint(path[:, 2] / self.bin_s)).astype(int)
        return np.repeat(cells, repeats, axis=0)

    def __call__(self, a: Floats, b: Floats) -> float:
        """Score of two paths (n, 3) and (m, 3); 0 where either is empty. Never negative (gaps are free)."""
        if not len(a) or not len(b):
            return 0.0
        first, second = self.letters(a), self.letters(b)
        distance = np.hypot(first[:, None, 0] - second[None, :, 0], first[:, None, 1] - second[None, :, 1])
        best = align(self.threshold - distance)
        return best / (self.threshold * max(len(first), len(second)))


def align(gains: Floats) -> float:
    """Best total gain of a monotone matching of rows to columns with free gaps (Needleman-Wunsch, gap 0).

    With free gaps a row of the table is the running maximum of what may come from above or diagonally.
    """
    table = np.zeros(gains.shape[1] + 1)
    for row in gains:
        step = np.maximum(table[1:], table[:-1] + row)
        table[1:] = np.maximum.accumulate(step)
    return float(max(table[-1], 0.0))
