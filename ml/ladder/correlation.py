"""Rank correlation of predicted and observed difficulty, with intervals on Fisher's z."""

from __future__ import annotations

from math import atanh, sqrt, tanh

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from ml.metrics.intervals import Z95, Estimate

FEWEST = 5  # cases under which no correlation is given

NOTHING = Estimate(np.nan, np.nan, np.nan)


def spearman(x: ArrayLike, y: ArrayLike) -> Estimate:
    """Spearman's rho of two (n,) series with its 95 % interval, standard error sqrt((1 + rho^2 / 2) / (n - 3)) on z.

    D. G. Bonett and T. A. Wright, Psychometrika 65 (2000). Cases with a NaN are left out. NaN for fewer than five cases
    or where one of the two does not vary; no bounds at -1 and 1, where z has none.
    """
    known = _known(x, y)
    if known is None:
        return NOTHING
    ranks = scipy.stats.rankdata(known, axis=1)
    rho = float(np.clip(np.corrcoef(ranks)[0, 1], -1, 1))
    return _on_z(rho, sqrt((1 + rho**2 / 2) / (known.shape[1] - 3)))


def kendall(x: ArrayLike, y: ArrayLike) -> Estimate:
    """Kendall's tau-b with its 95 % interval, standard error sqrt(.437 / (n - 4)) on z; otherwise as :func:`spearman`.

    E. C. Fieller, H. O. Hartley and E. S. Pearson, Biometrika 44 (1957).
    """
    known = _known(x, y)
    if known is None:
        return NOTHING
    return _on_z(float(scipy.stats.kendalltau(*known).statistic), sqrt(0.437 / (known.shape[1] - 4)))


def _known(x: ArrayLike, y: ArrayLike) -> NDArray[np.float64] | None:
    """(2, n) the cases that have both, or None where there is no correlation to give."""
    both = np.stack([np.asarray(x, np.float64), np.asarray(y, np.float64)])
    both = both[:, ~np.isnan(both).any(axis=0)]
    return both if both.shape[1] >= FEWEST and (np.ptp(both, axis=1) > 0).all() else None


def _on_z(r: float, se: float) -> Estimate:
    if abs(r) > 1 - 1e-12:
        return Estimate(round(r), np.nan, np.nan)
    return Estimate(r, tanh(atanh(r) - Z95 * se), tanh(atanh(r) + Z95 * se))
