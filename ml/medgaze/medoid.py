"""Which of several drawn scanpaths stands for them all: the one the others agree with most.

Agreement has two parts, both 0..1. *Order*: paths cut into equal slices of time, slices aligned in sequence as
Needleman-Wunsch does with free gaps, each aligned pair worth its nearness. *Place*: overlap of the two duration maps,
blurred and cut at their mean. A mean path would be one that nobody takes; a medoid is a path that was really drawn.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

SLICES = 40  # at most, of the longest path
SHORTEST_SLICE_S = 0.05
NEARNESS = 0.10  # standard deviation of the nearness of two places, image fractions
CELLS = 32  # cells of the duration map along a side
BLUR = 50 / 6 / 128  # standard deviation of the map's blur, image fractions: the usual 50 px window on 128
WINDOW = 25 / 128  # half width of that window
FAR = 40.0  # units of nearness
FEW = 24  # paths up to which each is compared with each in order; of more, those alone that agree best in place
SHORTLIST = 12


def medoid(paths: Floats, lengths: NDArray[np.int_], order_weight: float) -> int:
    """paths (K, L, 3) x, y in image fractions and s, lengths (K,) -> number of the medoid; ties go to the first.

    Of more than ``FEW`` paths only a shortlist by place can become it, because order takes ten times as long.
    """
    count = len(paths)
    if count < 3:
        return 0
    agreement = np.zeros(count)
    if order_weight < 1:
        agreement += (1 - order_weight) * place_agreement(paths, lengths).sum(1)
    if order_weight > 0:
        listed = np.arange(count)
        if order_weight < 1 and count > FEW:
            listed = np.sort(np.argsort(-agreement.round(9), kind="stable")[:SHORTLIST])
        in_order = np.full(count, -np.inf)
        in_order[listed] = order_weight * order_agreement(paths, lengths, listed).sum(1)
        agreement += in_order
    return int(np.argmax(agreement.round(9)))


def order_agreement(paths: Floats, lengths: NDArray[np.int_], rows: NDArray[np.int_] | None = None) -> Floats:
    """(K, L, 3), (K,) -> (K, K), or of those ``rows`` alone (R, K): summed nearness of the best alignment over the
    longer path's slices."""
    used = np.arange(paths.shape[1]) < lengths[:, None]
    ends = np.cumsum(np.where(used, paths[..., 2], 0.0), 1)
    step = max(SHORTEST_SLICE_S, float(ends[:, -1].max()) / SLICES)
    slices = np.maximum(1, np.round(ends[:, -1] / step).astype(int))
    times = (np.arange(slices.max()) + 0.5) * step
    at = np.minimum((ends[:, None, :] <= times[None, :, None]).sum(-1), lengths[:, None] - 1)
    places = np.take_along_axis(paths[..., :2], at[..., None], 1) / (NEARNESS * math.sqrt(2))
    inside = (np.arange(len(times)) < slices[:, None])[..., None]
    count = len(paths)
    listed = np.arange(count) if rows is None else rows
    # Each pair once: among the listed, the one above the diagonal.
    first, second = (pair.ravel() for pair in np.meshgrid(listed, np.arange(count), indexing="ij"))
    once = (second > first) | ~np.isin(second, listed)
    first, second = first[once], second[once]
    # Beyond a path's end the two sides stand far apart, so that nothing there is near anything.
    one, other = (np.where(inside, places, far).astype(np.float32).T for far in (FAR, -FAR))  # (2, T, K)
    # Each slice's pairs must lie together. As NumPy picks them out they lie apart, which made all sums slow.
    one, other = (np.ascontiguousarray(of[:, :, pairs]) for of, pairs in ((one, first), (other, second)))
    best = _aligned(one, other)
    score = np.eye(count)
    score[first, second] = score[second, first] = best / np.maximum(slices[first], slices[second])
    return score[listed]


def _aligned(one: Singles, other: Singles) -> Singles:
    """(2, T, P) each, slices of P pairs of paths in units where nearness is exp(-d^2) -> (P,): its largest sum over
    alignments. Antidiagonal by antidiagonal, because all cells of one can be taken at once.
    """
    count, pairs = one.shape[1:]
    other = other[:, ::-1]
    before, last, now = np.zeros((3, count + 1, pairs), np.float32)  # rows: slices of the first path used up
    for total in range(2, 2 * count + 1):  # slices used up of both
        low, high = max(1, total - count), min(count, total - 1) + 1
        squared = one[:, low - 1 : high - 1] - other[:, count - total + low : count - total + high]
        squared *= squared
        taken = np.exp(-(squared[0] + squared[1]))
        taken += before[low - 1 : high - 1]
        cells = now[low:high]
        np.maximum(last[low - 1 : high - 1], last[low:high], out=cells)
        np.maximum(cells, taken, out=cells)
        before, last, now = last, now, before
    return np.asarray(last[-1])


def place_agreement(paths: Floats, lengths: NDArray[np.int_]) -> Floats:
    """(K, L, 3), (K,) -> (K, K): intersection over union of the maps' cells that lie above each map's mean."""
    weight = np.where(np.arange(paths.shape[1]) < lengths[:, None], paths[..., 2], 0.0)
    centres = (np.arange(CELLS) + 0.5) / CELLS
    far = np.abs(centres - paths[..., :2, None])  # (K, L, 2, cells)
    bump = np.where(far <= WINDOW, np.exp(-(far**2) / (2 * BLUR**2)), 0.0)
    # Products of small matrices and counted bits: NumPy gives a larger product to threads of its own, which then wait
    # spinning and made all that torch does next three times as slow.
    maps = ((weight[..., None] * bump[:, :, 1]).transpose(0, 2, 1) @ bump[:, :, 0]).reshape(len(paths), -1)
    mean = maps.sum(1) / np.maximum((maps > 0).sum(1), 1)
    above = np.packbits(maps >= np.maximum(mean, 1e-12)[:, None], axis=1).view(np.uint64)
    both = np.bitwise_count(above[:, None] & above[None]).sum(-1, dtype=np.int64)
    size = both.diagonal()
    return np.asarray(both / np.maximum(size[:, None] + size[None] - both, 1))
