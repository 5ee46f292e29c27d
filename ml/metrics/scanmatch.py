"""ScanMatch: similarity of two scanpaths as strings of grid cells.

After Cristino, Mathot, Theeuwes and Gilchrist, "ScanMatch: a novel method for comparing fixation sequences", Behavior
Research Methods 42 (2010), written from the description: the film is a grid of ``columns`` x ``rows`` cells; with
duration, a fixation repeats its letter once every ``bin_s``; two letters score ``threshold`` minus the distance of
their cells (in cells); Needleman-Wunsch with gap 0; the score is divided by threshold times the longer string, so
that equal paths score 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.metrics.base import Metric
from ml.metrics.batches import in_blocks
from ml.metrics.grid import cells
from ml.metrics.paths import Floats, Path

Ints = NDArray[np.int_]
NEVER = -1e9  # gain of a letter against padding


@dataclass(frozen=True, slots=True)
class ScanMatch(Metric[Ints]):
    """Never negative (gaps are free)."""

    columns: int = 16
    rows: int = 12
    threshold: float = 3.5  # cells
    bin_s: float = 0.05  # 0: every fixation is one letter, whatever its duration

    def prepare(self, path: Path) -> Ints:
        """(n, 3) -> the string: numbers of cells, row * columns + column."""
        string = cells(path, self.columns, self.rows)
        if self.bin_s <= 0:
            return string
        return np.repeat(string, np.maximum(1, np.rint(path[:, 2] / self.bin_s)).astype(int))

    def compare(self, predicted: Sequence[Ints], truth: Sequence[Ints]) -> Floats:
        number = np.arange(self.columns * self.rows)
        x, y = number % self.columns, number // self.columns
        gains = np.full((len(number) + 1,) * 2, NEVER)  # the last letter is padding
        gains[:-1, :-1] = self.threshold - np.hypot(x[:, None] - x, y[:, None] - y)

        def run(a: Ints, lengths_a: Ints, b: Ints, lengths_b: Ints) -> Floats:
            return align(gains, a, b) / (self.threshold * np.maximum(lengths_a, lengths_b))

        return in_blocks(predicted, truth, run, fill=len(number))


def align(gains: Floats, first: Ints, second: Ints) -> Floats:
    """(P,) best total gains of monotone matchings of strings (P, L) and (P, M) with free gaps (Needleman-Wunsch, gap
    0); ``gains`` (letters, letters). Never negative.

    The textbook's table one anti-diagonal after the other, since a cell needs the two before it only; cell (i, j) is at
    [i] of its layer, pairs lie side by side in memory. Row and column 0 stay 0.
    """
    flat, width = gains.ravel(), gains.shape[1]
    a, b = np.ascontiguousarray(first.T) * width, np.ascontiguousarray(second.T)
    high, wide = len(a), len(b)
    older, old, new = np.zeros((3, high + 1, len(first)))
    for layer in range(2, high + wide + 1):
        low, top = max(1, layer - wide), min(high, layer - 1) + 1  # rows of this anti-diagonal
        far = slice(layer - low - 1, None if layer == top else layer - top - 1, -1)  # letters layer - row - 1
        here = flat.take(a[low - 1 : top - 1] + b[far])
        here += older[low - 1 : top - 1]
        np.maximum(here, old[low - 1 : top - 1], out=here)
        np.maximum(here, old[low:top], out=new[low:top])
        older, old, new = old, new, older
    return np.asarray(old[high].copy())
