"""Does a model know how sure it is? Shares of the readers' fixations that lie where it said they would.

Two ways, because readers order differently. *In order*: the i-th true fixation against the ellipse and the duration
interval of the i-th served one, as the model claims it; fixations beyond the shorter path are not judged. *By place*:
the smallest region of the film that holds 50 %, 90 % ... of the fixations of the model's own draws, whatever their
order. A model that is right about its doubt has the nominal share inside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy

from ml.metrics.cases import EvaluationCase, ModelRun, Prediction, usable
from ml.metrics.heat import Heat
from ml.metrics.intervals import Estimate, bootstrap_mean
from ml.metrics.paths import Floats, Path

LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
DURATION_LEVEL = 0.9  # of the interval that a prediction carries: 5 % to 95 %
PLACES = Heat(canvas=64, sigma=50 / 6 / 2, reach=25 / 2)  # the published window on a coarser map


@dataclass(frozen=True, slots=True)
class Calibration:
    """Share inside at each level, mean over cases; empty or None where the model says nothing of it."""

    in_order: dict[float, Estimate]
    by_place: dict[float, Estimate]
    duration: Estimate | None  # nominal DURATION_LEVEL
    judged: float  # share of true fixations that have a counterpart in order


def calibration(cases: Sequence[EvaluationCase], model: ModelRun) -> Calibration:
    """Of one model over all cases."""
    judged = [Judged(usable(case), prediction) for case, prediction in zip(cases, model.predictions, strict=True)]
    some = [case.prediction for case in judged]
    ellipses = any(p.spread is not None and np.isfinite(p.spread).any() for p in some)
    intervals = any(p.duration_interval is not None for p in some)
    draws = all(len(p.samples) > 1 for p in some)
    held = [_held(p) for p in some] if draws else []
    total = sum(len(truth) for case in judged for truth in case.truths)
    matched = sum(min(len(truth), len(case.prediction.served)) for case in judged for truth in case.truths)
    return Calibration(
        in_order={level: _over(judged, _in_ellipse(level)) for level in LEVELS} if ellipses else {},
        by_place={level: _by_place(judged, held, level) for level in LEVELS} if draws else {},
        duration=_over(judged, _in_interval) if intervals else None,
        judged=matched / max(total, 1),
    )


class Judged(NamedTuple):
    """One case: the readers' paths and what the model said."""

    truths: list[Path]
    prediction: Prediction


Inside = Callable[[Prediction, Path], Floats]  # of the true fixations that are judged: 1 or 0


def _over(cases: Sequence[Judged], inside: Inside) -> Estimate:
    return bootstrap_mean(np.array([_mean([inside(case.prediction, t) for t in case.truths]) for case in cases]))


def _by_place(cases: Sequence[Judged], held: Sequence[Floats], level: float) -> Estimate:
    inside = [
        _mean([np.asarray(mass[PLACES.pixels(truth)] < level, np.float64) for truth in case.truths])
        for case, mass in zip(cases, held, strict=True)
    ]
    return bootstrap_mean(np.array(inside))


def _in_ellipse(level: float) -> Inside:
    """A Gaussian's region of that mass: Mahalanobis distance squared under the chi-square quantile of 2 degrees."""
    bound = float(scipy.stats.chi2.ppf(level, 2))

    def inside(prediction: Prediction, truth: Path) -> Floats:
        if prediction.spread is None:
            return np.zeros(0)
        count = min(len(truth), len(prediction.served))
        sd_x, sd_y, rho = prediction.spread[:count].T
        u, v = ((truth[:count, :2] - prediction.served[:count, :2]) / np.stack([sd_x, sd_y], axis=1)).T
        squared = (u * u - 2 * rho * u * v + v * v) / (1 - rho * rho)
        return np.asarray((squared <= bound)[np.isfinite(squared)], np.float64)

    return inside


def _in_interval(prediction: Prediction, truth: Path) -> Floats:
    if prediction.duration_interval is None:
        return np.zeros(0)
    count = min(len(truth), len(prediction.served))
    low, high = prediction.duration_interval[:count].T
    seconds, known = truth[:count, 2], np.isfinite(low) & np.isfinite(high)
    return np.asarray(((low <= seconds) & (seconds <= high))[known], np.float64)


def _held(prediction: Prediction) -> Floats:
    """(pixels,) share of the draws' fixations that lie where the draws are denser than at this pixel.

    The map is blurred to be one, which widens it; so the share is counted over the fixations, not over the map.
    """
    fixations = np.concatenate(prediction.samples)
    even = np.concatenate([fixations[:, :2], np.ones((len(fixations), 1))], axis=1)  # a fixation is a fixation
    density = PLACES.map(even).ravel()
    rising = np.sort(density[PLACES.pixels(fixations)])
    return np.asarray(1.0 - np.searchsorted(rising, density, side="right") / len(rising))


def _mean(parts: Sequence[Floats]) -> float:
    joined = np.concatenate([np.zeros(0), *parts])
    return float(joined.mean()) if len(joined) else float("nan")
