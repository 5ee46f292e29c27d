"""Difficulty of cases from comparisons, "which is harder?": Bradley-Terry.

The model: case i is called harder than case j with p = 1 / (1 + exp(-(s_i - s_j))). The fit is the one that choix's
`opt_pairwise` gives (a test holds it against that); choix goes through the comparisons in Python several times, which
took seconds for 500 cases, while whoever commits a reading waits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy
from numpy.typing import NDArray

from ml.ladder.elo import PRIOR_SD

Floats = NDArray[np.float64]
Pairs = Sequence[tuple[int, int]]
STEPS, TOLERANCE = 100, 1e-10  # of the search, which ends when no score moves by more


def strengths(
    n_cases: int, comparisons: Pairs, ties: Pairs = (), *, prior_sd: float = PRIOR_SD
) -> tuple[Floats, Floats]:
    """Scores (n_cases,) in log-odds, greater is harder, and their standard errors; NaN for a case never compared.

    ``comparisons`` are (harder, easier) and ``ties`` (one, other), by number of case; a tie is half a win each. Scores
    are the likeliest ones where cases lie normally around 0 with ``prior_sd``, so that a case that won every time has a
    score too; they sum to 0. Standard errors are of the normal curve at that point (inverse of the observed
    information, prior included). Raises ValueError for a case out of range or compared with itself.
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
    fitted = _fit(len(compared), pairs, len(comparisons), prior_sd)
    scores[compared] = fitted
    errors[compared] = _errors(fitted, pairs, prior_sd)
    return scores, errors


def _fit(cases: int, pairs: NDArray[np.int64], won: int, prior_sd: float) -> Floats:
    """The scores where the posterior is highest, by Newton's method; halved steps keep it going up. It is strictly
    concave, so there is one such place. A tie is half a win each."""
    everything = np.concatenate([pairs, pairs[won:, ::-1]])
    harder, easier = everything.T
    weight = np.where(np.arange(len(everything)) < won, 1.0, 0.5)

    def height(scores: Floats) -> float:
        return float(
            weight @ scipy.special.log_expit(scores[harder] - scores[easier]) - (scores @ scores) / (2 * prior_sd**2)
        )

    scores = np.zeros(cases)
    for _ in range(STEPS):
        surprise = weight * scipy.special.expit(scores[easier] - scores[harder])
        slope = np.bincount(harder, surprise, cases) - np.bincount(easier, surprise, cases) - scores / prior_sd**2
        step, _ = scipy.sparse.linalg.cg(_information(scores, pairs, prior_sd), slope, rtol=TOLERANCE)
        while height(scores + step) < height(scores) - TOLERANCE and np.abs(step).max() > TOLERANCE:
            step /= 2
        scores += step
        if np.abs(step).max() < TOLERANCE:
            break
    return scores


def _errors(scores: Floats, pairs: NDArray[np.int64], prior_sd: float) -> Floats:
    return np.asarray(np.sqrt(np.diag(np.linalg.inv(_information(scores, pairs, prior_sd).toarray()))), np.float64)


def _information(scores: Floats, pairs: NDArray[np.int64], prior_sd: float) -> scipy.sparse.csr_array:
    """(cases, cases) observed information, prior included; sparse, since few of all pairs are ever compared."""
    one, other = pairs.T
    p = scipy.special.expit(scores[one] - scores[other])
    each, every = p * (1 - p), np.arange(len(scores))
    values = np.concatenate([each, each, -each, -each, np.full(len(scores), prior_sd**-2)])
    rows, columns = np.concatenate([one, other, one, other, every]), np.concatenate([one, other, other, one, every])
    return scipy.sparse.csr_array((values, (rows, columns)), shape=(len(scores), len(scores)))
