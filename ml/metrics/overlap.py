"""Overlap of where two scanpaths looked, as MedGaze scores it: thresholded duration maps compared as sets.

Values below the mean of the positive ones are dropped; what is left is 1, the rest 0. mIoU is the intersection over
the union of the two sets, mCC the Pearson correlation of the two binary maps (0 where one of them is constant).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ml.metrics.base import PairMetric
from ml.metrics.heat import Heat
from ml.metrics.paths import Path

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class MapOverlap(PairMetric[Mask]):
    """mIoU: intersection over union; 0 where both maps are empty."""

    heat: Heat = field(default_factory=Heat)
    above_mean: bool = True  # drop values below the mean of the positive ones before comparing

    def prepare(self, path: Path) -> Mask:
        heat = self.heat.map(path)
        positive = heat > 0
        if not self.above_mean or not positive.any():
            return positive
        return np.asarray(heat >= heat[positive].mean())

    def pair(self, predicted: Mask, truth: Mask) -> float:
        return iou(predicted, truth)


@dataclass(frozen=True, slots=True)
class MapCorrelation(MapOverlap):
    """mCC as published: correlation of the binary maps, -1..1."""

    def pair(self, predicted: Mask, truth: Mask) -> float:
        p, q = predicted.mean(), truth.mean()
        spread = np.sqrt(p * (1 - p) * q * (1 - q))
        return float(((predicted & truth).mean() - p * q) / spread) if spread > 0 else 0.0


def iou(a: Mask, b: Mask) -> float:
    """Intersection over union of two masks."""
    union = int((a | b).sum())
    return float((a & b).sum() / union) if union else 0.0
