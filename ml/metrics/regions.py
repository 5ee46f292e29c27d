"""Which regions of the film a scanpath visits, in what order, and how often it comes back.

Regions are boxes where the recipe names them, else the cells of a coarse grid. A visit is a run of fixations in one
region; fixations outside every box are no visit and end none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ml.metrics.base import PairMetric
from ml.metrics.dwell import Box
from ml.metrics.grid import cells
from ml.metrics.paths import Path

Ints = NDArray[np.int_]


@dataclass(frozen=True, slots=True)
class _Regions(PairMetric[Ints]):
    columns: int = 4
    rows: int = 4
    boxes: tuple[Box, ...] = ()  # x0, y0, x1, y1 in film fractions; where they overlap, the first counts

    def prepare(self, path: Path) -> Ints:
        return visits(path, self.columns, self.rows, self.boxes)


@dataclass(frozen=True, slots=True)
class RegionOrder(_Regions):
    """String order: Kendall's tau of the first visits to the regions that either path visits, -1..1.

    Tau-a: pairs in the same order less pairs in the opposite one, over all pairs. Regions a path never visits are tied
    last, so what is left out costs agreement. 1 where both paths visit one and the same region only.
    """

    def pair(self, predicted: Ints, truth: Ints) -> float:
        regions = np.union1d(predicted, truth)
        if len(regions) < 2:
            return 1.0 if len(predicted) and len(truth) else 0.0
        ranks = [_first_visits(path, regions) for path in (predicted, truth)]
        signs = [np.sign(rank[:, None] - rank) for rank in ranks]
        return float((signs[0] * signs[1]).sum() / (len(regions) * (len(regions) - 1)))


@dataclass(frozen=True, slots=True)
class Coverage(_Regions):
    """Share of the regions the truth visits that the prediction visits too, 0..1."""

    def pair(self, predicted: Ints, truth: Ints) -> float:
        wanted = np.unique(truth)
        return float(np.isin(wanted, predicted).mean()) if len(wanted) else 1.0


@dataclass(frozen=True, slots=True)
class RedundancyError(_Regions):
    """Difference of the two paths' redundancy, 0..1: the wrong amount of coming back, too much or too little."""

    higher_is_better: ClassVar[bool] = False

    def pair(self, predicted: Ints, truth: Ints) -> float:
        return abs(redundancy(predicted) - redundancy(truth))


def visits(path: Path, columns: int, rows: int, boxes: tuple[Box, ...] = ()) -> Ints:
    """(v,) region of each visit, in order."""
    region = cells(path, columns, rows)
    if boxes:
        x, y = path[:, :1], path[:, 1:2]
        x0, y0, x1, y1 = np.array(boxes).T
        inside = (x >= x0) & (x < x1) & (y >= y0) & (y < y1)
        region = np.where(inside.any(axis=1), inside.argmax(axis=1), -1)
        region = region[region >= 0]
    return region[np.concatenate([[True], np.diff(region) != 0])] if len(region) else region


def redundancy(visited: Ints) -> float:
    """Share of visits that come back to a region seen before; 0 for none."""
    return 1.0 - len(np.unique(visited)) / len(visited) if len(visited) else 0.0


def _first_visits(path: Ints, regions: Ints) -> Ints:
    """(r,) number of the first visit to each region; after all others where there is none."""
    seen = path[:, None] == regions
    return np.where(seen.any(axis=0), seen.argmax(axis=0), len(path)) if len(path) else np.zeros(len(regions), np.int_)
