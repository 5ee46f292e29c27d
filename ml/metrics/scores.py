"""Scores of many predictors by one metric: means, shares of the way to the ceiling, differences, with intervals.

One set of resamples of the cases serves every row, so a share carries the error of its baseline and its ceiling too:
in each resample the best baseline is chosen anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.metrics.base import Metric
from ml.metrics.cases import Pair
from ml.metrics.catalogue import RefusedPair, score_pairs
from ml.metrics.intervals import Estimate, bootstrap_mean, interval, resamples
from ml.metrics.paths import Floats


@dataclass(frozen=True, slots=True)
class Refused:
    """A pair that was left out of a row."""

    row: str
    case: int
    side: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Share:
    """(model - B) / (C - B). A resample in which C is not above B has no share and counts as anything at all, so
    ``low`` and ``high`` are NaN where that happens in more than 2.5 % of them: there is no gap to have a share of."""

    value: float
    low: float
    high: float
    baseline: str  # B: the best trivial row
    gap: Estimate  # C - B, positive where the ceiling is better
    cases: int  # with a score in every row that enters

    @property
    def certain(self) -> bool:
        """Whether the ceiling is above the baseline beyond doubt, so that the share means something."""
        return bool(np.isfinite(self.low))

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]" if self.certain else "no certain gap"


class MetricTable:
    """One metric's score of every row on every case (``by_case``), NaN where none of its pairs could be scored.

    ``values`` are what statistics are made of: the mean of the cases that share a film, whose errors go together.
    """

    def __init__(
        self, metric: Metric[Any], rows: Mapping[str, Sequence[Sequence[Pair]]], films: Sequence[str] | None = None
    ) -> None:
        """``films``: the film of each case; every case its own without."""
        where = [(row, case) for row, cases in rows.items() for case, pairs in enumerate(cases) for _ in pairs]
        pairs = [pair for cases in rows.values() for found in cases for pair in found]
        found = score_pairs(metric, [p for p, _ in pairs], [t for _, t in pairs])
        self.metric = metric
        self.by_case: dict[str, Floats] = {row: np.full(len(cases), np.nan) for row, cases in rows.items()}
        gathered: dict[tuple[str, int], list[float]] = {}
        for place, score in zip(where, found.scores, strict=True):
            if not np.isnan(score):
                gathered.setdefault(place, []).append(float(score))
        for (row, case), scores in gathered.items():
            self.by_case[row][case] = np.mean(scores)
        self.values = {row: by_film(values, films) for row, values in self.by_case.items()}
        self.refused = [_refused(where[entry.index], entry) for entry in found.refused]

    def mean(self, row: str) -> Estimate:
        """Over the cases with a score."""
        return bootstrap_mean(self.values[row])

    def scored(self, row: str) -> int:
        """Cases with a score."""
        return int((~np.isnan(self.values[row])).sum())

    def share(self, row: str, baselines: Sequence[str], ceiling: str) -> Share | None:
        """None where no case has a ceiling (one reader a case)."""
        if ceiling not in self.values:
            return None
        names = [name for name in baselines if name in self.values and self.scored(name)]
        stack = np.stack([self.values[name] for name in (row, ceiling, *names)]) * self._sign
        stack = stack[:, ~np.isnan(stack).any(axis=0)]
        if not names or not stack.shape[1]:
            return None
        weights = resamples(stack.shape[1])
        drawn = weights @ stack.T / stack.shape[1]  # (draws, rows)
        best = drawn[:, 2:].max(axis=1)
        gaps = drawn[:, 1] - best
        value, top, *rest = stack.mean(axis=1)
        gap = top - max(rest)
        shares = np.where(gaps > 0, (drawn[:, 0] - best) / np.where(gaps > 0, gaps, 1.0), np.nan)
        found = interval((value - max(rest)) / gap if gap > 0 else np.nan, shares)
        return Share(
            found.value,
            found.low,
            found.high,
            baseline=names[int(np.argmax(rest))],
            gap=interval(gap, gaps),
            cases=stack.shape[1],
        )

    def difference(self, first: str, second: str) -> tuple[Estimate, int]:
        """Mean of first - second over the cases that both have a score for, and their number."""
        gaps = self.values[first] - self.values[second]
        return bootstrap_mean(gaps), int((~np.isnan(gaps)).sum())

    @property
    def _sign(self) -> float:
        return 1.0 if self.metric.higher_is_better else -1.0


def by_film(values: Floats, films: Sequence[str] | None) -> Floats:
    """(cases,) -> (films,) means over the cases with a score, films in the order of their first case."""
    if films is None:
        return values
    number = {film: i for i, film in enumerate(dict.fromkeys(films))}
    place, known = np.array([number[film] for film in films], np.int_), ~np.isnan(values)
    count = np.bincount(place[known], minlength=len(number))
    total = np.bincount(place[known], values[known], minlength=len(number))
    return np.asarray(np.divide(total, count, out=np.full(len(number), np.nan), where=count > 0))


def _refused(place: tuple[str, int], entry: RefusedPair) -> Refused:
    return Refused(place[0], place[1], entry.side, entry.reason.value, entry.message)
