"""In what order regions were first visited, and whether that order is more than chance.

Kendall's tau-b of the first visits to the regions that both readings visited. Place alone makes some order: so the same
fixations are put into random orders, and the percentile says how many of those agree less. Without it "order" would
only be place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ml.gaze.shapes import distances

Floats = NDArray[np.float64]
SHUFFLES, SEED = 999, 0
FEWEST_COMMON = 4  # regions; under that, an order is too little to say anything


@dataclass(frozen=True, slots=True)
class OrderAgreement:
    """``tau`` is NaN and ``percentile`` None where fewer than four regions were visited by both."""

    common: tuple[str, ...]  # regions that both visited
    tau: float  # Kendall's tau-b of their first visits, -1..1
    percentile: float | None  # share of shuffles of the own fixations that agree less, 0..100
    shuffles: int


def first_visits(path: ArrayLike, regions: Mapping[str, ArrayLike], *, aspect: float) -> list[str]:
    """Names of the regions (polygons, film fractions) in the order of their first fixation; unvisited ones are left
    out.

    ``path`` is (n, 2 or more): x, y in film fractions.
    """
    columns = list(_inside(path, regions, aspect).T)
    seen = [(int(np.argmax(column)), name) for name, column in zip(regions, columns, strict=True) if column.any()]
    return [name for _, name in sorted(seen, key=lambda pair: pair[0])]


def order_agreement(
    own: ArrayLike,
    other: ArrayLike,
    regions: Mapping[str, ArrayLike],
    *,
    aspect: float,
    seed: int = SEED,
) -> OrderAgreement:
    """How alike the orders of two readings are, against ``SHUFFLES`` random orders of the own fixations."""
    mine, theirs = (_inside(path, regions, aspect) for path in (own, other))
    both: NDArray[np.bool_] = np.asarray(mine.any(axis=0) & theirs.any(axis=0))
    common = tuple(name for name, there in zip(regions, both, strict=True) if there)
    if len(common) < FEWEST_COMMON:
        return OrderAgreement(common, float("nan"), None, 0)
    mine, theirs = mine[:, both], theirs[:, both]
    wanted = _first(np.arange(len(theirs))[None], theirs)[0]
    observed = tau_b(_first(np.arange(len(mine))[None], mine), wanted)[0]
    random = np.random.default_rng(seed)
    ranks = np.stack([random.permutation(len(mine)) for _ in range(SHUFFLES)])
    drawn = tau_b(_first(ranks, mine), wanted)
    return OrderAgreement(common, float(observed), 100.0 * float((drawn < observed - 1e-9).mean()), SHUFFLES)


def tau_b(first: Floats, wanted: Floats) -> Floats:
    """(s,) Kendall's tau-b of each row of ``first`` (s, k) with ``wanted`` (k,); NaN where either is all ties."""
    one = np.sign(first[:, :, None] - first[:, None, :])
    two = np.sign(wanted[:, None] - wanted)
    untied = np.sqrt((one**2).sum(axis=(1, 2)) * (two**2).sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(untied > 0, (one * two).sum(axis=(1, 2)) / untied, np.nan)


def _inside(path: ArrayLike, regions: Mapping[str, ArrayLike], aspect: float) -> NDArray[np.bool_]:
    """(n, k) whether each fixation lies in each region."""
    at = np.asarray(path, np.float64)
    at = at.reshape(len(at), -1)[:, :2] if at.size else np.zeros((0, 2))
    columns = [distances(at, polygon, aspect=aspect) <= 0.0 for polygon in regions.values()]
    return np.stack(columns, axis=1) if columns else np.zeros((len(at), 0), bool)


def _first(ranks: NDArray[np.int_], inside: NDArray[np.bool_]) -> Floats:
    """(s, k) the smallest rank (s, n) among the fixations inside each region (n, k)."""
    wide = np.where(inside[None], ranks[:, :, None].astype(np.float64), np.inf)
    return np.asarray(wide.min(axis=1))
