"""Does the predicted total fixation duration rank cases as the readers' own total fixation duration does?

The reference is how long the readers looked, not an expert's grading of difficulty. Beside the model stand counts that
need no model, or no more than its number of fixations.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from ml.metrics.cases import EvaluationCase, ModelRun, usable
from ml.metrics.intervals import Estimate, interval, resamples
from ml.metrics.paths import Floats, Path

DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Ranking:
    """Rank correlation of a predictor of difficulty with the observed total fixation duration."""

    predictor: str
    spearman: Estimate
    kendall: Estimate  # tau-b
    cases: int


@dataclass(frozen=True, slots=True)
class Difficulty:
    """``observed_s`` (n,), mean over readers; ``predicted_s`` (n,) of each model, mean over its samples."""

    observed_s: Floats
    predicted_s: dict[str, Floats]
    rankings: tuple[Ranking, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"rankings": self.rankings}


def difficulty(cases: Sequence[EvaluationCase], models: Sequence[ModelRun]) -> Difficulty:
    """Rankings of every model and of the counts beside it."""
    observed = np.array([_total_s(usable(case)) for case in cases])
    predictors = {"report length (words)": np.array([len(re.findall(r"\w+", case.report)) for case in cases], float)}
    findings = [getattr(case, "findings", None) for case in cases]
    if all(count is not None for count in findings):
        predictors["number of findings"] = np.array(findings, np.float64)
    predicted = {}
    for model in models:
        drawn = [p.samples or (p.served,) for p in model.predictions]
        predicted[model.name] = np.array([_total_s(paths) for paths in drawn])
        lengths = np.array([np.mean([len(path) for path in paths]) for paths in drawn])
        predictors[f"{model.name}, total fixation duration"] = predicted[model.name]
        predictors[f"{model.name}, number of fixations"] = lengths
    return Difficulty(observed, predicted, tuple(ranking(name, x, observed) for name, x in predictors.items()))


def _total_s(paths: Sequence[Path]) -> float:
    return float(np.mean([path[:, 2].sum() for path in paths])) if len(paths) else float("nan")


def ranking(name: str, predictor: Floats, observed: Floats) -> Ranking:
    """Both correlations with intervals over cases; NaN where a side is constant."""
    kept = np.isfinite(predictor) & np.isfinite(observed)
    x, y = predictor[kept], observed[kept]
    if len(x) < 3:
        nothing = Estimate(np.nan, np.nan, np.nan)
        return Ranking(name, nothing, nothing, len(x))
    weights = np.concatenate([np.ones((1, len(x))), resamples(len(x), draws=DRAWS)])
    rho, tau = _spearman(x, y, weights), _kendall(x, y, weights)
    return Ranking(name, interval(rho[0], rho[1:]), interval(tau[0], tau[1:]), len(x))


def advantage(predictor: Floats, others: Sequence[Floats], observed: Floats) -> Estimate:
    """By how much Spearman's correlation of ``predictor`` with ``observed`` is above the best of ``others``, each (n,),
    on the same resampled cases; the best is chosen anew in each."""
    weights = np.concatenate([np.ones((1, len(observed))), resamples(len(observed), draws=DRAWS)])
    rho = _spearman(predictor, observed, weights)
    above = rho - np.max([_spearman(other, observed, weights) for other in others], axis=0)
    return interval(above[0], above[1:])


def _spearman(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Of each resample, given how often (draws, n) it holds each case."""
    drawn = np.repeat(np.tile(np.arange(len(x)), len(weights)), weights.astype(int).ravel()).reshape(len(weights), -1)
    a, b = (scipy.stats.rankdata(side[drawn], axis=1) for side in (x, y))
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    return _ratio((a * b).sum(axis=1), (a * a).sum(axis=1), (b * b).sum(axis=1))


def _kendall(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Tau-b of each resample: pairs in the same order less pairs in the opposite, over pairs not tied."""
    a, b = (np.sign(side[:, None] - side) for side in (x, y))
    both, first, second = (np.einsum("di,di->d", weights @ signs, weights) for signs in (a * b, a * a, b * b))
    return _ratio(both, first, second)


def _ratio(both: Floats, first: Floats, second: Floats) -> Floats:
    spread = np.sqrt(first * second)
    return np.divide(both, spread, out=np.full_like(both, np.nan), where=spread > 0)
