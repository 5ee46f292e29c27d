"""A case's place on the ladder: attempts and comparisons as one, bands, and where prediction and observation part."""

from __future__ import annotations

from math import isnan, nan, sqrt

import numpy as np
from numpy.typing import ArrayLike

BANDS = 5
PARTED = 1.0  # standard deviations


def combined(
    elo: float | None, elo_se: float | None, pairs: float | None, pairs_se: float | None
) -> tuple[float, float]:
    """Mean of the two in log-odds, each weighted by 1 / se^2, and its standard error 1 / sqrt(sum of the weights).

    A NaN or None in either makes it missing, and the other stands alone; both missing give NaN. A case without attempts
    has no Elo: pass NaN, not the 0 that it begins with, which would count as something seen. That a log-odds of a
    comparison is worth one of an attempt is an assumption.
    """
    total = weighted = 0.0
    for value, se in ((elo, elo_se), (pairs, pairs_se)):
        if value is not None and se is not None and not (isnan(value) or isnan(se)):
            total += 1 / se**2
            weighted += value / se**2
    return (weighted / total, 1 / sqrt(total)) if total else (nan, nan)


def bands(places: ArrayLike) -> list[float]:
    """The four cut points of the five bands: quintiles, linear between places. NaN is left out; NaN without a place."""
    known = np.asarray(places, np.float64).ravel()
    known = known[~np.isnan(known)]
    if not len(known):
        return [nan] * (BANDS - 1)
    return [float(cut) for cut in np.quantile(known, np.arange(1, BANDS) / BANDS)]


def parted(observed_z: float, predicted_z: float) -> bool:
    """Whether observed and predicted difficulty, both in standard deviations, lie more than one apart; no if NaN."""
    return abs(observed_z - predicted_z) > PARTED
