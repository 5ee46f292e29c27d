"""Overlap of where two scanpaths looked: IoU of thresholded duration maps.

The recipe inferred for MedGaze's mIoU (the PyGazeAnalyser convention): on a 128 x 128 canvas every fixation adds a
Gaussian of its duration (sigma 50/6 px, cut at 25 px either side); values below the mean of the positive ones are
dropped; what is left is compared as sets. All figures are parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MapOverlap:
    """Parameters, recorded with every result. Lengths in canvas pixels."""

    canvas: int = 128
    sigma: float = 50 / 6
    reach: float = 25.0
    above_mean: bool = True  # drop values below the mean of the positive ones before comparing

    def heat(self, path: Floats) -> Floats:
        """(n, 3) x, y in film fractions and s -> (canvas, canvas) duration map, row = y."""
        centres = np.arange(self.canvas) + 0.5
        across = self._bump(centres[None, :] - path[:, :1] * self.canvas)
        down = self._bump(centres[None, :] - path[:, 1:2] * self.canvas)
        return np.asarray(np.einsum("ny,nx,n->yx", down, across, path[:, 2]))

    def mask(self, path: Floats) -> NDArray[np.bool_]:
        heat = self.heat(path)
        positive = heat > 0
        if not self.above_mean or not positive.any():
            return positive
        return np.asarray(heat >= heat[positive].mean())

    def __call__(self, a: Floats, b: Floats) -> float:
        """Intersection over union; 0 where both maps are empty."""
        return iou(self.mask(a), self.mask(b))

    def _bump(self, distance: Floats) -> Floats:
        return np.where(np.abs(distance) <= self.reach, np.exp(-0.5 * (distance / self.sigma) ** 2), 0.0)


def iou(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Intersection over union of two masks."""
    union = int((a | b).sum())
    return float((a & b).sum() / union) if union else 0.0
