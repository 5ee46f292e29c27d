"""MultiMatch: five similarities of two scanpaths aligned on their saccade vectors.

After Jarodzka, Holmqvist and Nystrom, "A vector-based, multidimensional scanpath similarity measure", ETRA 2010, and
Dewhurst et al., Behavior Research Methods 44 (2012), without simplification. Saccades of one path are rows, of the
other columns of a grid; a cell costs the length of the difference of its two saccade vectors; the cheapest way from
the first to the last cell by steps right, down or diagonal (the first cell is free) pairs the saccades. Each similarity
is 1 minus the median of its difference over the pairs on that way. Golden standard: PyPI ``multimatch-gaze`` 0.1.3.

What the numbers cannot see: the last fixation's place and duration never enter, and a median hides an outlier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from ml.metrics.base import Metric
from ml.metrics.batches import in_blocks
from ml.metrics.paths import Floats, Path

Ints = NDArray[np.int_]
DIMENSIONS = ("vector", "direction", "length", "position", "duration")
PUBLISHED_FOUR = DIMENSIONS[:4]


@dataclass(frozen=True, slots=True)
class MultiMatch(Metric[Path]):
    """Mean of the chosen dimensions: four for MedGaze's mMM, ``duration`` for its mD-MM."""

    dimensions: tuple[str, ...] = PUBLISHED_FOUR
    screen: tuple[float, float] = (128.0, 128.0)  # width and height that film fractions are stretched to

    at_least: ClassVar[int] = 3

    def prepare(self, path: Path) -> Path:
        return path * [*self.screen, 1.0]

    def compare(self, predicted: Sequence[Path], truth: Sequence[Path]) -> Floats:
        five = similarities(predicted, truth, self.screen)
        return np.asarray(five[:, [DIMENSIONS.index(name) for name in self.dimensions]].mean(axis=1))


def similarities(first: Sequence[Path], second: Sequence[Path], screen: tuple[float, float]) -> Floats:
    """P pairs of paths (n >= 3, 3) x, y in units of the screen, and s -> (P, 5) in the order of ``DIMENSIONS``.

    Nothing is checked here: for paths from outside use :class:`MultiMatch` or ``score_pairs``.
    """
    if not len(first):
        return np.zeros((0, 5))
    medians = in_blocks(first, second, _block, fill=0.0)
    diagonal = np.sqrt(screen[0] ** 2 + screen[1] ** 2)
    return np.asarray(1.0 - medians / [2 * diagonal, np.pi, diagonal, diagonal, 1.0])


class _Saccades(NamedTuple):
    """Saccade vectors of padded paths, (saccades, P) each: pairs lie side by side in memory."""

    dx: Floats
    dy: Floats
    counts: Ints  # (P,)

    @classmethod
    def of(cls, paths: Floats, fixations: Ints) -> _Saccades:
        dx, dy = (np.ascontiguousarray(np.diff(paths[:, :, axis], axis=1).T) for axis in (0, 1))
        return cls(dx, dy, fixations - 1)


def _block(a: Floats, fixations_a: Ints, b: Floats, fixations_b: Ints) -> Floats:
    """Padded paths (P, L, 3) -> (P, 5) medians of the differences."""
    first, second = _Saccades.of(a, fixations_a), _Saccades.of(b, fixations_b)
    rows, columns, used = _ways(first, second)
    pair = np.arange(len(a))[:, None]
    ax, ay, bx, by = first.dx[rows, pair], first.dy[rows, pair], second.dx[columns, pair], second.dy[columns, pair]
    here, there = a[pair, rows], b[pair, columns]
    angle = np.abs(_turn(ax, ay) - _turn(bx, by))
    terms = np.stack(
        [
            _length(ax - bx, ay - by),
            np.minimum(angle, 2 * np.pi - angle),
            np.abs(_length(ax, ay) - _length(bx, by)),
            _length(here[..., 0] - there[..., 0], here[..., 1] - there[..., 1]),
            np.abs(here[..., 2] - there[..., 2]) / np.where(used, np.maximum(here[..., 2], there[..., 2]), 1.0),
        ],
        axis=1,
    )  # (P, 5, steps)
    terms[~np.broadcast_to(used[:, None], terms.shape)] = np.inf
    terms.sort(axis=2)
    count = used.sum(axis=1)[:, None, None]
    middle = [np.take_along_axis(terms, at, axis=2)[:, :, 0] for at in ((count - 1) // 2, count // 2)]
    return np.asarray((middle[0] + middle[1]) / 2)


def _length(dx: Floats, dy: Floats) -> Floats:
    """Not ``hypot``: the golden standard's rounding decides between ways of equal cost."""
    return np.asarray(np.sqrt(dx * dx + dy * dy))


def _turn(dx: Floats, dy: Floats) -> Floats:
    """Direction in 0..2 pi."""
    angle = np.arctan2(dy, dx)
    return np.where(angle < 0, 2 * np.pi + angle, angle)


def _ways(first: _Saccades, second: _Saccades) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Cells of the cheapest ways from last to first: rows and columns (P, steps), and which of the steps are used."""
    cost = _costs(first, second)
    pairs = np.arange(cost.shape[2])
    row, column = first.counts - 1, second.counts - 1
    steps = cost.shape[0] - 2
    rows, columns = np.zeros((steps, len(pairs)), np.int_), np.zeros((steps, len(pairs)), np.int_)
    used = np.zeros((steps, len(pairs)), bool)
    tied = np.zeros(len(pairs), bool)
    going = np.ones(len(pairs), bool)
    for step in range(steps):
        rows[step], columns[step], used[step] = row, column, going
        going = going & (row + column > 0)
        if not going.any():
            break
        layer = row + column + 2  # of this cell in ``cost``
        above, left = cost[layer - 1, row, pairs], cost[layer - 1, row + 1, pairs]
        slant = cost[layer - 2, row, pairs]
        best = np.minimum(np.minimum(above, left), slant)
        up, back = above == best, left == best
        tied |= going & (up.astype(np.int8) + back + (slant == best) > 1)
        diagonal = ~up & ~back
        row = np.where(going & (up | diagonal), row - 1, row)
        column = np.where(going & ((back & ~up) | diagonal), column - 1, column)
    rows, columns, used = rows.T, columns.T, used.T
    for pair in np.flatnonzero(tied):
        way = _golden_way(first, second, int(pair))
        used[pair] = np.arange(steps) < len(way)
        rows[pair, : len(way)], columns[pair, : len(way)] = np.divmod(way, second.counts[pair])
    return rows, columns, used


def _costs(first: _Saccades, second: _Saccades) -> Floats:
    """Cost of the cheapest way to every cell, (layers, rows + 1, P): cell (i, j) is at [i + j + 2, i + 1].

    One layer is an anti-diagonal of all pairs' grids, whose cells depend on the two layers before it only. Two layers
    and one row of infinity stand before the first; cells beyond a pair's own grid are nonsense that no way back from
    its last cell meets.
    """
    high, wide = len(first.dx), len(second.dx)
    cost = np.empty((high + wide + 1, high + 1, first.dx.shape[1]))
    cost[:2] = np.inf
    for layer in range(high + wide - 1):
        low, top = max(0, layer - wide + 1), min(layer, high - 1) + 1  # rows of this anti-diagonal
        here = cost[layer + 2, low + 1 : top + 1]
        far = slice(layer - low, None if layer < top else layer - top, -1)  # columns layer - row
        np.subtract(first.dx[low:top], second.dx[far], out=here)
        here *= here
        across = first.dy[low:top] - second.dy[far]
        across *= across
        here += across
        np.sqrt(here, out=here)
        if layer == 0:
            here[:] = 0.0
        else:
            before = np.minimum(cost[layer + 1, low:top], cost[layer + 1, low + 1 : top + 1])
            np.minimum(before, cost[layer, low:top], out=before)
            here += before
        cost[layer + 2, low] = np.inf
        if top < high:
            cost[layer + 2, top + 1] = np.inf
    return cost


def _golden_way(first: _Saccades, second: _Saccades, pair: int) -> Ints:
    """The cheapest way where several cost the same: cells (row * columns + column) from last to first.

    ``multimatch-gaze`` takes the one that SciPy's Dijkstra meets first, which follows from the inside of its Fibonacci
    heap and from no rule of its own; so the same heap is asked. Rare: it needs equal sums of rounded numbers.
    """
    high, wide = int(first.counts[pair]), int(second.counts[pair])
    dx = first.dx[:high, pair][:, None] - second.dx[:wide, pair]
    dy = first.dy[:high, pair][:, None] - second.dy[:wide, pair]
    ends, starts = _steps(high, wide)
    graph = scipy.sparse.csr_array((_length(dx, dy).ravel()[ends], ends, starts), shape=(high * wide, high * wide))
    _, before = scipy.sparse.csgraph.dijkstra(graph, directed=True, indices=0, return_predecessors=True)
    way = [high * wide - 1]
    while way[-1]:
        way.append(int(before[way[-1]]))
    return np.array(way, np.int_)


@lru_cache(maxsize=256)
def _steps(high: int, wide: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Cells that each cell leads to (right, down, diagonal), and where each cell's begin: a CSR matrix's columns."""
    cell = np.arange(high * wide, dtype=np.int32)
    right, down = cell % wide < wide - 1, cell // wide < high - 1
    ends = np.stack([cell + 1, cell + wide, cell + wide + 1], axis=1)
    open_ = np.stack([right, down, right & down], axis=1)
    starts = np.concatenate([[0], np.cumsum(open_.sum(axis=1))]).astype(np.int32)
    return ends[open_].astype(np.int32), starts
