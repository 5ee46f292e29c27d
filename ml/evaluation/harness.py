"""Scores models beside everything that could make their figures look better than they are.

Beside every model: its own reading of another case, a human of another case, the centre Gaussian, the data set's mean
path and mean map, uniform places, the best constant training path (chosen on training cases, by each metric), the
other readers of the same case, and the same reader again where somebody read twice. Each score also as *share*: of the
way from the best trivial baseline to the other readers.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from ml.evaluation.baselines import TRIVIAL, Trivial
from ml.evaluation.calibration import Calibration, calibration
from ml.evaluation.difficulty import DRAWS as DIFFICULTY_DRAWS
from ml.evaluation.difficulty import Difficulty, difficulty
from ml.metrics.cases import (
    INTER_READER,
    SAME_READER,
    EvaluationCase,
    EvaluationError,
    ModelRun,
    Pair,
    against,
    another,
    film_key,
    reader_pairs,
    repeat_pairs,
    truths,
)
from ml.metrics.catalogue import STANDARD, metric
from ml.metrics.intervals import DRAWS, SEED, Estimate
from ml.metrics.paths import Floats
from ml.metrics.scores import MetricTable, Refused, Share


@dataclass(frozen=True, slots=True)
class Score:
    """Mean over the cases with a score, and how many those are; the reports of one film count as one case."""

    estimate: Estimate
    cases: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean of first - second over the cases both have; ``better`` is empty where the interval holds 0."""

    metric: str
    first: str
    second: str
    estimate: Estimate
    cases: int
    better: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that was measured. ``scores`` and ``shares``: metric, then row."""

    cases: int
    films: int  # what intervals are over: the reports of one film count as one
    readings: int
    models: tuple[str, ...]
    ablations: dict[str, str]  # row: the model it belongs to
    recipes: dict[str, dict[str, Any]]  # of the metrics
    baselines: dict[str, dict[str, Any]]  # row: what it was made with
    bootstrap: dict[str, Any]  # what every interval was drawn with
    scores: dict[str, dict[str, Score]]
    shares: dict[str, dict[str, Share | None]]
    differences: tuple[Difference, ...]
    constants: dict[str, str]  # metric: training case whose reading is the best constant path
    difficulty: Difficulty
    calibration: dict[str, Calibration]
    refused: dict[str, tuple[Refused, ...]]
    about: dict[str, dict[str, Any]]
    keys: tuple[str, ...]  # of the cases
    by_case: dict[str, dict[str, Floats]]  # metric, model: a score a case, NaN where there is none

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: NaN becomes None."""
        plain = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        found: dict[str, Any] = _plain(plain | {"difficulty": self.difficulty.to_dict()})
        return found


def evaluate(
    cases: Sequence[EvaluationCase],
    models: Sequence[ModelRun],
    train: Sequence[EvaluationCase],
    *,
    metrics: Sequence[str] = STANDARD,
    seed: int = 0,
    limit: int = 80,
    compared: Sequence[tuple[str, str]] | None = None,
) -> Evaluation:
    """Score ``models`` on ``cases``; the baselines learn from ``train``.

    ``compared``: pairs of models whose difference is given, first less second; all of them and their ablations without.
    ``limit``: training readings tried as the constant path, and training cases they are tried on. Raises
    :class:`EvaluationError` and :class:`ml.metrics.catalogue.UnknownMetric`.
    """
    _check(cases, models)
    trivial = Trivial(cases, train, seed=seed, limit=limit)
    people, served, films = _human_rows(cases), model_rows(cases, models), [film_key(case) for case in cases]
    scores: dict[str, dict[str, Score]] = {}
    shares: dict[str, dict[str, Share | None]] = {}
    differences: list[Difference] = []
    refused: dict[str, tuple[Refused, ...]] = {}
    by_case: dict[str, dict[str, Floats]] = {}
    for name in metrics:
        table = MetricTable(metric(name), trivial.rows(name) | people | served, films)
        scores[name] = {row: Score(table.mean(row), table.scored(row)) for row in table.values}
        shares[name] = {
            model.name: table.share(model.name, (shuffled(model.ablation_of or model.name), *TRIVIAL), INTER_READER)
            for model in models
        }
        differences += [_difference(name, table, *pair) for pair in compared or _compared(models)]
        refused[name] = tuple(table.refused)
        by_case[name] = {model.name: table.by_case[model.name] for model in models}
    own = [model for model in models if model.ablation_of is None]
    return Evaluation(
        cases=len(cases),
        films=len(set(films)),
        readings=sum(len(truths(case)) for case in cases),
        models=tuple(model.name for model in own),
        ablations={model.name: model.ablation_of for model in models if model.ablation_of is not None},
        recipes={name: metric(name).recipe() for name in metrics},
        baselines=trivial.recipe(),
        bootstrap={"draws": DRAWS, "draws_of_difficulty": DIFFICULTY_DRAWS, "seed": SEED},
        scores=scores,
        shares=shares,
        differences=tuple(differences),
        constants=trivial.constants,
        difficulty=difficulty(cases, own),
        calibration={model.name: calibration(cases, model) for model in own},
        refused=refused,
        about={model.name: model.about for model in models},
        keys=tuple(case.key for case in cases),
        by_case=by_case,
    )


def shuffled(model: str) -> str:
    """Name of the row with a model's readings of other cases."""
    return f"{model}, shuffled case"


def model_rows(cases: Sequence[EvaluationCase], models: Sequence[ModelRun]) -> dict[str, list[list[Pair]]]:
    """Every model's served paths, and those of the models proper dealt to other cases."""
    rows = {}
    partners = another(cases)
    for model in models:
        served = [prediction.served for prediction in model.predictions]
        rows[model.name] = [against(path, case) for path, case in zip(served, cases, strict=True)]
        if model.ablation_of is None:
            rows[shuffled(model.name)] = [against(served[p], case) for p, case in zip(partners, cases, strict=True)]
    return rows


def _human_rows(cases: Sequence[EvaluationCase]) -> dict[str, list[list[Pair]]]:
    rows = {INTER_READER: reader_pairs(cases), SAME_READER: repeat_pairs(cases)}
    return {name: pairs for name, pairs in rows.items() if any(pairs)}


def _check(cases: Sequence[EvaluationCase], models: Sequence[ModelRun]) -> None:
    unread = [case.key for case in cases if not case.readings]
    if unread:
        raise EvaluationError(f"{len(unread)} cases have no reading to score against, such as {unread[0]}")
    names = [model.name for model in models]
    if len(set(names)) < len(names):
        raise EvaluationError(f"two models share a name: {', '.join(names)}")
    for model in models:
        if len(model.predictions) != len(cases):
            raise EvaluationError(f"{model.name}: {len(model.predictions)} predictions for {len(cases)} cases")


def _compared(models: Sequence[ModelRun]) -> list[tuple[str, str]]:
    """Models with one another, and each with its ablations."""
    own = [model.name for model in models if model.ablation_of is None]
    return [*combinations(own, 2), *((m.ablation_of, m.name) for m in models if m.ablation_of is not None)]


def _difference(name: str, table: MetricTable, first: str, second: str) -> Difference:
    estimate, cases = table.difference(first, second)
    better = ""
    if estimate.low > 0 or estimate.high < 0:
        better = first if (estimate.low > 0) == table.metric.higher_is_better else second
    return Difference(name, first, second, estimate, cases, better)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    return value
