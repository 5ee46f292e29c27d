"""Where a scanpath looked, as a map: Gaussians weighted by duration.

The recipe inferred for MedGaze's maps (the PyGazeAnalyser convention): on a 128 x 128 canvas every fixation adds a
Gaussian of its duration (sigma 50/6 px, cut at 25 px either side).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.metrics.grid import cells
from ml.metrics.paths import Floats, Path


@dataclass(frozen=True, slots=True)
class Heat:
    """Lengths in pixels of the square canvas that the film is stretched to."""

    canvas: int = 128
    sigma: float = 50 / 6
    reach: float = 25.0

    def map(self, path: Path) -> Floats:
        """(n, 3) x, y in film fractions and s -> (canvas, canvas) duration map, row = y."""
        centres = np.arange(self.canvas) + 0.5
        across = self._bump(centres - path[:, :1] * self.canvas)
        down = self._bump(centres - path[:, 1:2] * self.canvas)
        return np.asarray((down * path[:, 2:]).T @ across)

    def pixels(self, path: Path) -> NDArray[np.int_]:
        """(n,) numbers of the pixels the fixations lie on, in the flattened map."""
        return cells(path, self.canvas, self.canvas)

    def _bump(self, distance: Floats) -> Floats:
        return np.where(np.abs(distance) <= self.reach, np.exp(-0.5 * (distance / self.sigma) ** 2), 0.0)
