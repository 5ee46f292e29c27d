"""Scanpaths that no reader made, to show that raters attend and that a score is more than place.

Each is made of another path, (n, 3): x, y in film fractions, duration in seconds, so that its number of fixations and
its durations give nothing away. Seeded: the same path and seed give the same control.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
CENTRE_SD = 0.15  # film fractions, as the trivial baseline of `ml.evaluation` has it


PLACE_SD, DURATION_SD = 0.02, 0.25  # of a displaced path: film fractions, and of the logarithm of durations


def displaced(path: ArrayLike, seed: int) -> Floats:
    """The same path with every place and duration a little changed, so that two items of a study that are made of one
    reading do not hold the same numbers."""
    fixations = np.asarray(path, np.float64).reshape(-1, 3)
    random = np.random.default_rng([seed, 1])
    places = np.clip(fixations[:, :2] + random.normal(0.0, PLACE_SD, (len(fixations), 2)), 0.0, 1.0)
    durations = fixations[:, 2] * np.exp(random.normal(0.0, DURATION_SD, len(fixations)))
    return np.column_stack([places, durations])


def shuffled(path: ArrayLike, seed: int) -> Floats:
    """The same fixations in another order; of fewer than two there is none."""
    fixations = np.asarray(path, np.float64).reshape(-1, 3)
    if len(fixations) < 2:
        return fixations.copy()
    random = np.random.default_rng(seed)
    order = random.permutation(len(fixations))
    if np.array_equal(order, np.arange(len(fixations))):
        order = np.roll(order, 1)
    return fixations[order]


def centre(path: ArrayLike, seed: int) -> Floats:
    """The same durations, at places drawn around the film's middle."""
    fixations = np.asarray(path, np.float64).reshape(-1, 3)
    places = np.random.default_rng(seed).normal(0.5, CENTRE_SD, (len(fixations), 2))
    return np.concatenate([np.clip(places, 0.0, 1.0), fixations[:, 2:]], axis=1)
