"""How far two sources lie apart: Cliff's delta, Fisher's exact test and a sign-flip test."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from ml.metrics.intervals import DRAWS, SEED, Estimate, interval, resamples

Floats = NDArray[np.float64]
EXACT = 16  # differences up to which every pattern of signs is tried: 2^16
FLIPS = 20_000  # seeded patterns beyond


def cliffs_delta(a: ArrayLike, b: ArrayLike) -> float:
    """P(a > b) - P(a < b) over all pairs of a value of ``a`` and one of ``b`` (N. Cliff, 1993), in -1..1.

    NaN values are left out; NaN if nothing is left of either.
    """
    a, b = _known(a), _known(b)
    if not (len(a) and len(b)):
        return float("nan")
    return float(np.sign(a[:, None] - b[None, :]).mean())


def cliffs_delta_interval(
    a: ArrayLike, b: ArrayLike, *, paired: bool, draws: int = DRAWS, seed: int = SEED
) -> Estimate:
    """Cliff's delta with a 95 % bootstrap interval over cases.

    ``a`` (n,) and ``b`` (m,) have one value a case, or (n, k) and (m, l) several answers a case with NaN for those that
    are missing; the answers of a case are drawn together. ``paired``: row i is the same case in both (n = m) and is
    drawn for both at once. No bounds (NaN) where either has answers for fewer than two cases.
    """
    rows_a, rows_b = _rows(a), _rows(b)
    if paired and len(rows_a) != len(rows_b):
        raise ValueError(f"Paired cases are as many in both, not {len(rows_a)} and {len(rows_b)}.")
    value = cliffs_delta(rows_a, rows_b)
    if min((~np.isnan(rows)).any(axis=1).sum() for rows in (rows_a, rows_b)) < 2:
        return Estimate(value, np.nan, np.nan)
    values = np.unique(np.concatenate([_known(rows_a), _known(rows_b)]))
    order = np.sign(values[:, None] - values[None, :])
    weights_a = resamples(len(rows_a), draws=draws, seed=seed)
    weights_b = weights_a if paired else resamples(len(rows_b), draws=draws, seed=seed + 1)
    drawn_a, drawn_b = weights_a @ _counts(rows_a, values), weights_b @ _counts(rows_b, values)  # (draws, values)
    pairs = drawn_a.sum(axis=1) * drawn_b.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return interval(value, ((drawn_a @ order) * drawn_b).sum(axis=1) / pairs)


def fisher(yes_a: int, n_a: int, yes_b: int, n_b: int) -> float:
    """Two-sided p of Fisher's exact test, ``yes_a`` of ``n_a`` against ``yes_b`` of ``n_b``; NaN if either is empty."""
    if not (n_a and n_b):
        return float("nan")
    if not (0 <= yes_a <= n_a and 0 <= yes_b <= n_b):
        raise ValueError(f"{yes_a} of {n_a} and {yes_b} of {n_b} are no counts.")
    return float(scipy.stats.fisher_exact([[yes_a, n_a - yes_a], [yes_b, n_b - yes_b]]).pvalue)


def sign_flip(differences: ArrayLike, *, seed: int = SEED) -> tuple[float, bool]:
    """Two-sided p that paired differences (n,) are centred at 0, and whether it is exact.

    The share of sign patterns whose sum lies at least as far from 0 as the one seen: all 2^n of them for up to 16
    differences, else 20,000 seeded ones with the seen one counted among them, so that p is never 0 (Phipson and Smyth,
    2010). NaN differences are left out; p is NaN if none is left.
    """
    known = _known(differences)
    exact = len(known) <= EXACT
    if not len(known):
        return float("nan"), exact
    if exact:
        signs = 1.0 - 2.0 * ((np.arange(2 ** len(known))[:, None] >> np.arange(len(known))) & 1)
    else:
        signs = 1.0 - 2.0 * np.random.default_rng(seed).integers(2, size=(FLIPS, len(known)), dtype=np.int8)
    tolerance = 1e-9 * np.abs(known).sum()  # sums of the same numbers in another order may differ in the last digit
    far = int((np.abs(signs @ known) >= abs(known.sum()) - tolerance).sum())
    return (far / len(signs) if exact else (far + 1) / (FLIPS + 1)), exact


def _known(values: ArrayLike) -> Floats:
    flat = np.asarray(values, np.float64).ravel()
    return flat[~np.isnan(flat)]


def _rows(values: ArrayLike) -> Floats:
    table = np.asarray(values, np.float64)
    return table[:, None] if table.ndim == 1 else table


def _counts(rows: Floats, values: Floats) -> Floats:
    """(cases, values): how often each value was answered for each case."""
    counts: Floats = (rows[:, :, None] == values).sum(axis=1).astype(np.float64)
    return counts
