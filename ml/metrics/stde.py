"""Scaled time-delay embedding (STDE): how near each stretch of a predicted path comes to some stretch of the truth.

After Wang, Chen, Wang, Jiang, Fang and Wang, "Simulating human saccadic scanpaths on natural images", CVPR 2011. For
every window length k up to the shorter path: each window of k predicted fixations against its nearest window of the
truth (mean distance of the k fixations, in film diagonals); 1 minus the mean over predicted windows; mean over k. Not
symmetric: a prediction is not asked to cover the truth. Blind to duration.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.metrics.base import PairMetric
from ml.metrics.paths import Path


@dataclass(frozen=True, slots=True)
class TimeDelayEmbedding(PairMetric[Path]):
    """0..1; 1 where every window of the prediction is one of the truth's."""

    longest_window: int = 0  # fixations; 0: the shorter path
    screen: tuple[float, float] = (128.0, 128.0)  # width and height that film fractions are stretched to

    def prepare(self, path: Path) -> Path:
        return np.asarray(path[:, :2] * self.screen / np.hypot(*self.screen))

    def pair(self, predicted: Path, truth: Path) -> float:
        steps = predicted[:, None] - truth
        distance = np.sqrt((steps**2).sum(axis=2))
        last = min(distance.shape)
        last = min(last, self.longest_window) if self.longest_window else last
        total, kept = np.zeros_like(distance), []
        for k in range(1, last + 1):
            rows, columns = distance.shape[0] - k + 1, distance.shape[1] - k + 1
            total = total[:rows, :columns] + distance[k - 1 :, k - 1 :]
            kept.append(total.min(axis=1).mean() / k)
        return float(1.0 - np.mean(kept))
