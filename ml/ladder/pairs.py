"""Difficulty of cases from comparisons, "which is harder?": Bradley-Terry, fitted by choix.

The model: case i is called harder than case j with p = 1 / (1 + exp(-(s_i - s_j))).
"""

from __future__ import annotations

from collections.abc import Sequence

import choix
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from ml.ladder.elo import PRIOR_SD

Floats = NDArray[np.float64]
Pairs = Sequence[tuple[int, int]]
TOLERANCE = 1e-8  # of choix's search, relative


def strengths(
    n_cases: int, comparisons: Pairs, ties: Pairs = (), *, prior_sd: float = PRIOR_SD, start: ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """Scores (n_cases,) in log-odds, greater is harder, and their standard errors; NaN for a case never compared.

    ``comparisons`` are (harder, easier) and ``ties`` (one, other), by number of case; a tie is half a win each. Scores
    are the likeliest ones where cases lie normally around 0 with ``prior_sd``, so that a case that won every time has a
    score too; they sum to 0. Standard errors are of the normal curve at that point (inverse of the observed
    information, prior included). ``start`` (n_cases,), scores of an earlier fit, makes it faster and leaves the result
    the same to about 1e-6. Raises ValueError for a case out of range or compared with itself.
    """
    everything = np.array([*comparisons, *ties], np.int64).reshape(-1, 2)
    if len(everything) and (everything.min() < 0 or everything.max() >= n_cases):
        raise ValueError(f"Comparisons are of cases 0 to {n_cases - 1}.")
    if (everything[:, 0] == everything[:, 1]).any():
        raise ValueError("A case cannot be compared with itself.")
    scores, errors = np.full(n_cases, np.nan), np.full(n_cases, np.nan)
    compared, pairs = np.unique(everything, return_inverse=True)
    if not len(compared):
        return scores, errors
    pairs = pairs.reshape(-1, 2)
    begin = None if start is None else np.nan_to_num(np.asarray(start, np.float64)[compared])
    fitted = _fit(len(compared), pairs, len(comparisons), prior_sd, begin)
    scores[compared] = fitted
    errors[compared] = _errors(fitted, pairs, prior_sd)
    return scores, errors


def _fit(cases: int, pairs: NDArray[np.int64], won: int, prior_sd: float, start: Floats | None) -> Floats:
    """choix takes whole wins only: where there are ties, each win counts twice and each tie once either way.

    Its penalty is alpha times the sum of squares, a normal prior of variance 1 / (2 alpha), and doubles with the wins.
    """
    wins, ties = pairs[:won].tolist(), pairs[won:].tolist()
    times = 2 if ties else 1
    data = wins * times + ties + [pair[::-1] for pair in ties]
    alpha = times / (2 * prior_sd**2)
    return np.asarray(choix.opt_pairwise(cases, data, alpha=alpha, initial_params=start, tol=TOLERANCE), np.float64)


def _errors(scores: Floats, pairs: NDArray[np.int64], prior_sd: float) -> Floats:
    one, other = pairs.T
    p = expit(scores[one] - scores[other])
    each = p * (1 - p)
    observed = np.eye(len(scores)) / prior_sd**2
    np.add.at(observed, (one, one), each)
    np.add.at(observed, (other, other), each)
    np.add.at(observed, (one, other), -each)
    np.add.at(observed, (other, one), -each)
    return np.sqrt(np.diag(np.linalg.inv(observed)))
