"""Bootstrap intervals over cases (percentile method, seeded)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Z95 = 1.96  # standard errors to either side of a two-sided 95 % interval of a normal estimate
DRAWS, SEED = 2000, 0  # of a bootstrap, where nothing else is said
SLOPE_DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with the bounds of its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        bounds = f"{self.low:.3f}, {self.high:.3f}" if np.isfinite(self.low) else "unbounded"
        return f"{self.value:.3f} [{bounds}]"


def resamples(cases: int, *, draws: int = DRAWS, seed: int = SEED) -> NDArray[np.float64]:
    """(draws, cases) how often each case was drawn, for statistics that several rows of one table share."""
    index = np.random.default_rng(seed).integers(cases, size=(draws, cases)) + cases * np.arange(draws)[:, None]
    return np.bincount(index.ravel(), minlength=draws * cases).reshape(draws, cases).astype(np.float64)


def interval(value: float, drawn: NDArray[np.float64]) -> Estimate:
    """``value`` with the middle 95 % of what the resamples gave.

    A resample without a number (NaN) might be anything, so it widens the interval at both ends; with more than 2.5 % of
    them there is no bound, which is NaN.
    """
    known = np.isfinite(drawn)
    low = np.percentile(np.where(known, drawn, -np.inf), 2.5, method="linear" if known.all() else "lower")
    high = np.percentile(np.where(known, drawn, np.inf), 97.5, method="linear" if known.all() else "higher")
    bounded = np.isfinite(low) and np.isfinite(high)
    return Estimate(float(value), float(low) if bounded else np.nan, float(high) if bounded else np.nan)


def bootstrap_mean(values: NDArray[np.float64]) -> Estimate:
    """Mean of one value a case, NaN left out; without bounds (NaN) for a single case, NaN for none."""
    values = np.asarray(values, np.float64)
    values = values[~np.isnan(values)]
    if len(values) < 2:
        return Estimate(float(values[0]) if len(values) else float("nan"), float("nan"), float("nan"))
    index = np.random.default_rng(SEED).integers(len(values), size=(DRAWS, len(values)))
    low, high = np.percentile(values[index].mean(axis=1), [2.5, 97.5])
    return Estimate(float(values.mean()), float(low), float(high))


def bootstrap_slope(x: NDArray[np.float64], y: NDArray[np.float64]) -> Estimate:
    """Least-squares slope of y on x, both (cases, points) with the case's own mean taken out; cases are resampled."""
    x = x - x.mean(axis=1, keepdims=True)
    y = y - y.mean(axis=1, keepdims=True)
    xy, xx = (x * y).sum(axis=1), (x * x).sum(axis=1)
    index = np.random.default_rng(SEED).integers(len(x), size=(SLOPE_DRAWS, len(x)))
    low, high = np.percentile(xy[index].sum(axis=1) / xx[index].sum(axis=1), [2.5, 97.5])
    return Estimate(float(xy.sum() / xx.sum()), float(low), float(high))
