"""The last check before a reading leaves: inside the film, no fixation too short, and a count of what was changed."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from ml.medgaze.geometry import FilmTransform


class PredictionNotFinite(ArithmeticError):
    """The model gave NaN or infinity: its weights or its input are broken."""


def guard(
    path: NDArray[np.float64], film: FilmTransform, shortest_s: float, counts: Counter[str]
) -> NDArray[np.float64]:
    """path (n, 3) x, y in film fractions and s -> the same, kept on the outermost pixel centres and lengthened to
    ``shortest_s``; adds to ``counts`` the fixations it ``clamped`` and ``lengthened``.
    """
    if not np.isfinite(path).all():
        raise PredictionNotFinite("the predicted scanpath is not finite")
    margin = 0.5 / np.array([film.film_width, film.film_height])
    inside = np.clip(path[:, :2], margin, 1 - margin)
    outside = (path[:, :2] < 0) | (path[:, :2] > 1)
    short = path[:, 2] < shortest_s
    counts["clamped"] += int(outside.any(1).sum())
    counts["lengthened"] += int(short.sum())
    return np.concatenate([inside, np.maximum(path[:, 2:], shortest_s)], 1)
