"""How far off a predicted path is in time and in number of fixations. Lower is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ml.metrics.base import PairMetric
from ml.metrics.paths import Floats, Path


@dataclass(frozen=True, slots=True)
class _Durations(PairMetric[Floats]):
    higher_is_better: ClassVar[bool] = False

    def prepare(self, path: Path) -> Floats:
        return path[:, 2]


@dataclass(frozen=True, slots=True)
class TotalDurationError(_Durations):
    """Difference of the total fixation durations, s."""

    unit: ClassVar[str] = "s"

    def pair(self, predicted: Floats, truth: Floats) -> float:
        return abs(float(predicted.sum() - truth.sum()))


@dataclass(frozen=True, slots=True)
class FixationDurationError(_Durations):
    """Difference of the median fixation durations, s."""

    unit: ClassVar[str] = "s"

    def pair(self, predicted: Floats, truth: Floats) -> float:
        return abs(float(np.median(predicted) - np.median(truth)))


@dataclass(frozen=True, slots=True)
class LengthError(_Durations):
    """Difference of the numbers of fixations."""

    def pair(self, predicted: Floats, truth: Floats) -> float:
        return float(abs(len(predicted) - len(truth)))
