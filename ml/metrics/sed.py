"""String edit distance (SED) of two scanpaths as strings of grid cells (Brandt and Stark, J Cogn Neurosci 9, 1997).

Levenshtein's count of insertions, deletions and substitutions, one letter a fixation, whatever its duration. Lower is
better; it grows with the paths' lengths, so ``normalised`` divides by the longer string.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ml.metrics.base import Metric
from ml.metrics.batches import in_blocks
from ml.metrics.grid import cells
from ml.metrics.paths import Floats, Path

Ints = NDArray[np.int_]


@dataclass(frozen=True, slots=True)
class StringEdit(Metric[Ints]):
    """Edits from one string to the other."""

    columns: int = 5
    rows: int = 5
    normalised: bool = False  # True: divided by the longer string, 0..1

    higher_is_better: ClassVar[bool] = False

    def prepare(self, path: Path) -> Ints:
        return cells(path, self.columns, self.rows)

    def compare(self, predicted: Sequence[Ints], truth: Sequence[Ints]) -> Floats:
        edits = in_blocks(predicted, truth, edit_distances, fill=-1)
        if not self.normalised:
            return edits
        return edits / np.array([max(len(a), len(b)) for a, b in zip(predicted, truth, strict=True)], np.float64)


def edit_distances(first: Ints, lengths: Ints, second: Ints, others: Ints) -> Floats:
    """(P,) Levenshtein distances of padded strings (P, L) and (P, M) of the given lengths.

    An insertion moves along a row at cost 1, so a row is the running minimum of what comes from above or diagonally,
    less its column, plus its column.
    """
    pairs = np.arange(len(first))
    columns = np.arange(second.shape[1] + 1)
    row = np.tile(columns, (len(first), 1))
    out = np.zeros(len(first))
    for number, letters in enumerate(first.T, start=1):
        best = np.minimum(row[:, 1:] + 1, row[:, :-1] + (letters[:, None] != second))
        row = np.concatenate([np.full((len(first), 1), number), best], axis=1) - columns
        row = np.minimum.accumulate(row, axis=1) + columns
        out = np.where(lengths == number, row[pairs, others], out)
    return out
