"""A predicted path's duration map against the truth's map or fixations.

The usual definitions (Bylinskii et al., "What do different evaluation metrics tell us about saliency models?", TPAMI
41, 2019). All see places and dwell; none sees order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ml.metrics.base import PairMetric
from ml.metrics.heat import Heat
from ml.metrics.paths import Floats, Path


class Seen(NamedTuple):
    """A path as a flat map, scaled as the metric wants it, and the pixels of its fixations."""

    map: Floats
    pixels: NDArray[np.int_]


class Ranked(NamedTuple):
    """The same with the map's values in rising order, and each fixated pixel once."""

    map: Floats
    pixels: NDArray[np.int_]
    rising: Floats


@dataclass(frozen=True, slots=True)
class Correlation(PairMetric[Floats]):
    """CC: Pearson correlation of the two continuous maps, -1..1; 0 where one is constant."""

    heat: Heat = field(default_factory=Heat)

    def prepare(self, path: Path) -> Floats:
        return _standard(self.heat.map(path).ravel())

    def pair(self, predicted: Floats, truth: Floats) -> float:
        return float(predicted @ truth / len(truth))


@dataclass(frozen=True, slots=True)
class NormalisedScanpathSaliency(PairMetric[Seen]):
    """NSS: mean of the predicted map, in its standard deviations, at the true fixations. Each counts once."""

    heat: Heat = field(default_factory=Heat)

    def prepare(self, path: Path) -> Seen:
        return Seen(_standard(self.heat.map(path).ravel()), self.heat.pixels(path))

    def pair(self, predicted: Seen, truth: Seen) -> float:
        return float(predicted.map[truth.pixels].mean())


@dataclass(frozen=True, slots=True)
class AucJudd(PairMetric[Ranked]):
    """AUC after Judd, Durand and Torralba (2012): how well the predicted map's value tells fixated pixels from all
    others; thresholds at the fixated pixels' values, trapezoids between them (so ties need no jitter). 0..1."""

    heat: Heat = field(default_factory=Heat)

    def prepare(self, path: Path) -> Ranked:
        heat = self.heat.map(path).ravel()
        return Ranked(heat, np.unique(self.heat.pixels(path)), np.sort(heat))

    def pair(self, predicted: Ranked, truth: Ranked) -> float:
        at_fixations = np.sort(predicted.map[truth.pixels])
        thresholds = np.unique(at_fixations)[::-1]
        hits = len(at_fixations) - np.searchsorted(at_fixations, thresholds)
        above = len(predicted.map) - np.searchsorted(predicted.rising, thresholds)
        others = len(predicted.map) - len(at_fixations)
        rate = np.concatenate([[0.0], hits / len(at_fixations), [1.0]])
        false_alarms = np.concatenate([[0.0], (above - hits) / max(others, 1), [1.0]])
        return float(np.trapezoid(rate, false_alarms))


@dataclass(frozen=True, slots=True)
class Divergence(PairMetric[Floats]):
    """KL: divergence of the predicted map from the true one (both made to sum to 1), nats; lower is better."""

    heat: Heat = field(default_factory=Heat)
    floor: float = 1e-7  # added inside quotient and logarithm, so that an empty predicted pixel costs a finite amount

    higher_is_better: ClassVar[bool] = False

    def prepare(self, path: Path) -> Floats:
        heat = self.heat.map(path).ravel()
        return np.asarray(heat / heat.sum())

    def pair(self, predicted: Floats, truth: Floats) -> float:
        return float((truth * np.log(self.floor + truth / (predicted + self.floor))).sum())


def _standard(values: Floats) -> Floats:
    deviation = values.std()
    return np.asarray((values - values.mean()) / deviation) if deviation > 0 else np.zeros_like(values)
