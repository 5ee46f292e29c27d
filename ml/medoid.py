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


def medoid(paths: Floats, lengths: NDArray[np.int_], order_weight: float) -> int:
    """paths (K, L, 3) x, y in image fractions and s, lengths (K,) -> number of the medoid; ties go to the first."""
    count = len(paths)
    if count < 3:
        return 0
    agreement = np.zeros((count, count))
    if order_weight > 0:
        agreement += order_weight * order_agreement(paths, lengths)
    if order_weight < 1:
        agreement += (1 - order_weight) * place_agreement(paths, lengths)
    np.fill_diagonal(agreement, 0)
    return int(np.argmax(agreement.sum(1).round(9)))


def order_agreement(paths: Floats, lengths: NDArray[np.int_]) -> Floats:
    """(K, L, 3), (K,) -> (K, K): summed nearness of the best alignment over the longer path's slices."""
    used = np.arange(paths.shape[1]) < lengths[:, None]
    ends = np.cumsum(np.where(used, paths[..., 2], 0.0), 1)
    step = max(SHORTEST_SLICE_S, float(ends[:, -1].max()) / SLICES)
    slices = np.maximum(1, np.round(ends[:, -1] / step).astype(int))
    times = (np.arange(slices.max()) + 0.5) * step
    at = np.minimum((ends[:, None, :] <= times[None, :, None]).sum(-1), lengths[:, None] - 1)
    places = np.take_along_axis(paths[..., :2], at[..., None], 1) / (NEARNESS * math.sqrt(2))
    inside = (np.arange(len(times)) < slices[:, None])[..., None]
    first, second = np.triu_indices(len(paths), 1)
    # Beyond a path's end the two sides stand far apart, so that nothing there is near anything.
    one, other = (np.where(inside, places, far).astype(np.float32).T for far in (FAR, -FAR))  # (2, T, K)
    # Each slice's pairs must lie together. As NumPy picks them out they lie apart, which made all sums slow.
    one, other = (np.ascontiguousarray(of[:, :, pairs]) for of, pairs in ((one, first), (other, second)))
    best = _aligned(one, other)
    score = np.eye(len(paths))
    score[first, second] = score[second, first] = best / np.maximum(slices[first], slices[second])
    return score


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
    maps = np.einsum("kl,kly,klx->kyx", weight, bump[:, :, 1], bump[:, :, 0], optimize=True).reshape(len(paths), -1)
    mean = maps.sum(1) / np.maximum((maps > 0).sum(1), 1)
    above = (maps >= np.maximum(mean, 1e-12)[:, None]).astype(np.float64)
    both = above @ above.T
    size = above.sum(1)
    return np.asarray(both / np.maximum(size[:, None] + size[None] - both, 1))
