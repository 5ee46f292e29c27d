"""Predictors that know nothing of the case. A model that cannot beat the best of them has learnt nothing of use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from ml.metrics.cases import EvaluationCase, EvaluationError, Pair, against, another, film_key, truths, usable
from ml.metrics.catalogue import MAP_METRICS, metric, score_pairs
from ml.metrics.paths import Floats, Path

T = TypeVar("T")
CENTRE_SD = 0.15  # of the centre Gaussian, film fractions
POOLED = 2000  # training fixations in the mean map, at most

HUMAN_ELSEWHERE, CENTRE, MEAN_PATH, UNIFORM = "human of another case", "centre Gaussian", "dataset mean", "uniform"
MEAN_MAP, CONSTANT = "dataset mean map", "best constant path"
TRIVIAL = (HUMAN_ELSEWHERE, CENTRE, MEAN_PATH, MEAN_MAP, UNIFORM, CONSTANT)


class Trivial:
    """All trivial baselines of a test set, learnt from training cases. Seeded."""

    def __init__(
        self, test: Sequence[EvaluationCase], train: Sequence[EvaluationCase], *, seed: int = 0, limit: int = 80
    ) -> None:
        """``limit``: training readings tried as constant path, and training cases they are tried on."""
        self.test, self.seed, self.limit = test, seed, limit
        readings = [(case, path) for case in train for path in usable(case, 3)]
        self.learnt = [path for _, path in readings]
        if not self.learnt:
            raise EvaluationError("the baselines learn from training readings, and there are none")
        rng = np.random.default_rng(seed)
        partners = another(test)
        self.paths: dict[str, list[Path]] = {
            HUMAN_ELSEWHERE: [_one(truths(test[p]), rng) for p in partners],
            CENTRE: [self._scattered(rng, lambda n: rng.normal(0.5, CENTRE_SD, (n, 2))) for _ in test],
            MEAN_PATH: [_mean_path(self.learnt)] * len(test),
            UNIFORM: [self._scattered(rng, lambda n: rng.random((n, 2))) for _ in test],
        }
        pooled = np.concatenate(self.learnt)
        self.pooled = pooled[rng.permutation(len(pooled))[:POOLED]]
        self.candidates, self.tried_on = _evenly(readings, limit), _evenly(list(train), limit)  # for the constant path
        self.constants: dict[str, str] = {}  # metric: key of the training case whose reading was chosen

    def rows(self, name: str) -> dict[str, list[list[Pair]]]:
        """For the metric of that name: a list of pairs (predicted, truth) a case, by baseline."""
        paths = {CONSTANT: [self._best_constant(name)] * len(self.test), **self.paths}
        if name in MAP_METRICS:  # to the others it would be one absurdly long path
            paths[MEAN_MAP] = [self.pooled] * len(self.test)
        return {
            row: [against(path, case) for path, case in zip(paths[row], self.test, strict=True)]
            for row in TRIVIAL
            if row in paths
        }

    def recipe(self) -> dict[str, dict[str, Any]]:
        """What the rows were made with, by row; under "all" what holds for every one."""
        chosen = {"limit": self.limit, "readings_tried": len(self.candidates), "training_cases": len(self.tried_on)}
        return {
            "all": {"seed": self.seed, "training_readings": len(self.learnt)},
            CENTRE: {"standard_deviation": CENTRE_SD},
            MEAN_MAP: {"fixations": len(self.pooled)},
            CONSTANT: chosen,
        }

    def _scattered(self, rng: np.random.Generator, places: Callable[[int], Floats]) -> Path:
        """Places from a law; number of fixations and durations from a training reading."""
        like = _one(self.learnt, rng)
        return np.concatenate([np.clip(places(len(like)), 0.0, 1.0), like[:, 2:]], axis=1)

    def _best_constant(self, name: str) -> Path:
        """The training reading that scores best on the other training cases, by this metric."""
        candidates, cases = self.candidates, self.tried_on
        pairs = [
            (number, path, truth)
            for number, (own, path) in enumerate(candidates)
            for case in cases
            if film_key(case) != film_key(own) or len(cases) == 1
            for truth in truths(case)
        ]
        ruler = metric(name)
        found = score_pairs(ruler, [p for _, p, _ in pairs], [t for _, _, t in pairs]).scores
        number = np.array([n for n, _, _ in pairs], np.int_)
        scored = ~np.isnan(found)
        count = np.bincount(number[scored], minlength=len(candidates))
        total = np.bincount(number[scored], found[scored], minlength=len(candidates))
        mean = np.divide(total, count, out=np.full(len(candidates), -np.inf), where=count > 0)
        if not ruler.higher_is_better:
            mean = -np.divide(total, count, out=np.full(len(candidates), np.inf), where=count > 0)
        best, path = candidates[int(mean.argmax())]
        self.constants[name] = best.key
        return path


def _one(paths: Sequence[Path], rng: np.random.Generator) -> Path:
    return paths[int(rng.integers(len(paths)))]


def _mean_path(paths: Sequence[Path]) -> Path:
    """Readings averaged fixation by fixation, at their mean length."""
    length = round(float(np.mean([len(path) for path in paths])))
    return np.array([np.mean([path[k] for path in paths if len(path) > k], axis=0) for k in range(length)])


def _evenly(items: Sequence[T], count: int) -> list[T]:
    """At most ``count`` of them, evenly spread."""
    if len(items) <= count:
        return list(items)
    return [items[int(i)] for i in np.linspace(0, len(items) - 1, count)]
