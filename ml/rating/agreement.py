"""Agreement of raters: Krippendorff's alpha with an interval over items, raw agreement, and raters with themselves.

Ratings are (raters, items), NaN where a rater gave no answer. Alpha is written from its definition in K. Krippendorff,
*Computing Krippendorff's Alpha-Reliability* (2011), sections C and D.
"""

from __future__ import annotations

from typing import Literal, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ml.metrics.intervals import DRAWS, SEED, Estimate, interval, resamples

Floats = NDArray[np.float64]
Level = Literal["ordinal", "nominal"]


class RepeatAgreement(TypedDict):
    """``n`` pairs of answers, of which ``equal`` are the same; share and alpha are NaN where undefined."""

    n: int
    equal: int
    share: float
    alpha: float


def alpha(ratings: ArrayLike, *, level: Level = "ordinal") -> float:
    """Krippendorff's alpha: 1 for full agreement, 0 for what chance gives, below 0 for less than that.

    NaN where it is undefined: one rater, no item with two answers, or one and the same value throughout.
    """
    return float(_alphas(_coincidences(_checked(ratings)).sum(axis=0)[None], level)[0])


def alpha_interval(ratings: ArrayLike, *, level: Level = "ordinal", draws: int = DRAWS, seed: int = SEED) -> Estimate:
    """Alpha with a 95 % bootstrap interval over the items that have two answers; no bounds (NaN) for fewer than two.

    An item adds the same coincidences in every resample, so a resample is a weighted sum of (values, values) tables.
    """
    tables = _coincidences(_checked(ratings))
    value = float(_alphas(tables.sum(axis=0)[None], level)[0])
    if len(tables) < 2 or np.isnan(value):
        return Estimate(value, np.nan, np.nan)
    size = tables.shape[1]
    drawn = resamples(len(tables), draws=draws, seed=seed) @ tables.reshape(len(tables), -1)
    return interval(value, _alphas(drawn.reshape(-1, size, size), level))


def raw_agreement(ratings: ArrayLike) -> float:
    """Share of equal answers among all pairs of raters that answered the same item; NaN without a pair."""
    counts = _counts(_checked(ratings))
    answers = counts.sum(axis=1)
    pairs = (answers * (answers - 1)).sum()
    return float((counts * (counts - 1)).sum() / pairs) if pairs else float("nan")


def pairable_items(ratings: ArrayLike) -> int:
    """How many items have answers of at least two raters; the others say nothing of agreement."""
    return len(_counts(_checked(ratings)))


def repeat_agreement(first: ArrayLike, second: ArrayLike, *, level: Level = "ordinal") -> RepeatAgreement:
    """How raters agree with themselves: (n,) first answers and (n,) later ones to the same items.

    Pairs with a NaN are left out. Alpha takes the two occasions as two raters.
    """
    both = _checked(np.stack([np.asarray(first, np.float64), np.asarray(second, np.float64)]))
    both = both[:, ~np.isnan(both).any(axis=0)]
    n, equal = both.shape[1], int((both[0] == both[1]).sum())
    return {"n": n, "equal": equal, "share": equal / n if n else float("nan"), "alpha": alpha(both, level=level)}


def _checked(ratings: ArrayLike) -> Floats:
    table = np.asarray(ratings, np.float64)
    if table.ndim != 2:
        raise ValueError(f"Ratings are (raters, items), not {table.shape}.")
    return table


def _counts(table: Floats) -> Floats:
    """(items with two answers or more, values in rising order): how many raters gave each value."""
    known = ~np.isnan(table)
    values = np.unique(table[known])
    columns = table[:, known.sum(axis=0) >= 2]
    counts: Floats = (columns[:, :, None] == values).sum(axis=0).astype(np.float64)
    return counts


def _coincidences(table: Floats) -> Floats:
    """(items with a pair, values, values): what each item adds to the coincidence matrix.

    Ordered pairs of answers of different raters with values c and k, over the item's number of answers less one.
    """
    counts = _counts(table)
    pairs: Floats = counts[:, :, None] * counts[:, None, :]
    diagonal = np.arange(counts.shape[1])
    pairs[:, diagonal, diagonal] -= counts
    pairs /= (counts.sum(axis=1) - 1)[:, None, None]
    return pairs


def _alphas(coincidences: Floats, level: Level) -> Floats:
    """(draws,) alpha of each (values, values) coincidence matrix, values in rising order; NaN where undefined."""
    totals = coincidences.sum(axis=2)  # (draws, values): n_c
    if level == "ordinal":
        # Sum of n_g from c to k, less half of n_c and n_k: the distance of the middles of the two values' ranks.
        middle = totals.cumsum(axis=1) - totals / 2
        squared = (middle[:, :, None] - middle[:, None, :]) ** 2
    elif level == "nominal":
        squared = np.broadcast_to(1.0 - np.eye(coincidences.shape[1]), coincidences.shape)
    else:
        raise ValueError(f"Level is ordinal or nominal, not {level}.")
    observed = (coincidences * squared).sum(axis=(1, 2))
    chance = (totals[:, :, None] * totals[:, None, :] * squared).sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(chance > 0, 1 - (totals.sum(axis=1) - 1) * observed / chance, np.nan)
