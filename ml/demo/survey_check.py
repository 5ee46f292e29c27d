"""The check of whole readings on real films: how many fixations, how long, how much of the lungs, and how they end.

It looks at the served reading of each film (the medoid of as many draws as the model serves) for reports without a
finding, with one and with two. The sentences of the findings are those of the check of wordings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.demo.real_films import RealFilm, ScanpathSampler
from ml.demo.regions import Chest
from ml.demo.wording_check import Wording, chest_of, choose_pairs, joined
from ml.gaze.marks import USEFUL_FIELD
from ml.metrics.dwell import Box, dwell_s
from ml.metrics.intervals import DRAWS, SEED, Estimate, interval

Floats = NDArray[np.float64]
NORMAL = (
    "Normal chest radiograph.",
    "No acute cardiopulmonary abnormality.",
    "The lungs are clear. No pleural effusion or pneumothorax. Heart size is normal.",
)
EACH = len(NORMAL)  # reports of each kind a film is read with
KINDS = ("no finding", "one finding", "two findings")
ALL = "readings of all reports"
STEP = 0.01  # film widths between the points whose share stands for an area
FEWEST = 20  # fixations of a reading of a normal film
EACH_LUNG = 0.25  # of the time in both lungs, that a reading of both spends in each
FAR = 0.25  # film widths from every other fixation, of a last jump that goes astray
COUNT, DURATION, COVERED = "fixations, median", "duration of a fixation, median", "share of the lungs covered, mean"
STRAY, LEAST, OVER_BOTH = "share with a stray last jump", "fixations, least", "share with 20 or more over both lungs"


def readings_of(kind: str) -> str:
    """What the figures of one kind of report are called."""
    return f"readings of reports with {kind}"


@dataclass(frozen=True, slots=True)
class Looked:
    """What one reading is like."""

    fixations: int
    duration_s: float  # median of its fixations
    covered: float  # share of the lungs
    stray: bool  # its last jump
    over_both: bool  # lungs


def survey_check(sampler: ScanpathSampler, films: Sequence[RealFilm], wordings: Sequence[Wording]) -> dict[str, Any]:
    """Figures of the served readings by kind of report and of all together. ``sampler`` must look as served."""
    ones = [wording.sentence for wording in wordings if wording.affirmed]
    twos = [joined(pair) for pair in choose_pairs(wordings)]
    rng = np.random.default_rng(SEED)
    found: list[list[Looked]] = []
    for film in films:
        reports = [*NORMAL, *(str(text) for texts in (ones, twos) for text in rng.choice(texts, EACH, replace=False))]
        paths, mask = sampler.sample(film.pixels, reports)
        chest, aspect = chest_of(film), film.pixels.shape[0] / film.pixels.shape[1]
        served = (path[0][there[0] > 0] for path, there in zip(paths, mask, strict=True))
        found.append([looked(path, chest, aspect) for path in served])
    return survey(found)


def looked(path: Floats, chest: Chest, aspect: float) -> Looked:
    """``path`` (L, 3): x, y in film fractions, duration in s. ``aspect``: the film's height over its width."""
    lungs, duration_s = (chest.right, chest.left), float(np.median(path[:, 2]))
    return Looked(
        len(path), duration_s, covered(path, lungs, aspect), stray(path, aspect), over_both(path, lungs)
    )  # fmt: skip


def survey(found: Sequence[Sequence[Looked]]) -> dict[str, dict[str, Estimate]]:
    """The figures of all films' readings, each film's in the order of ``KINDS``, ``EACH`` of a kind."""
    out = {ALL: figures(found)}
    for number, kind in enumerate(KINDS):
        out[readings_of(kind)] = figures([film[EACH * number : EACH * (number + 1)] for film in found])
    normal = [film[:EACH] for film in found]
    least = float(min(reading.fixations for film in normal for reading in film))
    out[readings_of(KINDS[0])] |= {
        LEAST: Estimate(least, least, least),  # of these readings, which stand for no others
        OVER_BOTH: over_films([[r.fixations >= FEWEST and r.over_both for r in film] for film in normal], np.mean),
    }
    return out


def figures(found: Sequence[Sequence[Looked]]) -> dict[str, Estimate]:
    """What readings of any kind are judged by; a film's readings each."""
    return {
        COUNT: over_films([[r.fixations for r in film] for film in found], np.median),
        DURATION: over_films([[r.duration_s for r in film] for film in found], np.median),
        COVERED: over_films([[r.covered for r in film] for film in found], np.mean),
        STRAY: over_films([[r.stray for r in film] for film in found], np.mean),
    }


def over_films(found: Sequence[Sequence[float]], statistic: Callable[..., Any]) -> Estimate:
    """The statistic of all readings (films, reports), with the 95 % interval of resampled films."""
    values = np.array(found, np.float64)
    index = np.random.default_rng(SEED).integers(len(values), size=(DRAWS, len(values)))
    return interval(float(statistic(values)), np.asarray(statistic(values[index], axis=(1, 2)), np.float64))


def covered(path: Floats, lungs: Sequence[Box], aspect: float) -> float:
    """Share of the area of the lungs' boxes, as drawn and not as the lungs fill them, that lies within
    ``USEFUL_FIELD`` (film widths, 2.5 degrees) of a fixation (L, 3), film fractions."""
    points = np.concatenate([_points(box, aspect) for box in lungs]) * [1.0, aspect]
    away = points[:, None] - path[:, :2] * [1.0, aspect]
    near = np.hypot(away[..., 0], away[..., 1]).min(axis=1) <= USEFUL_FIELD
    return float(near.mean())


def _points(box: Box, aspect: float) -> Floats:
    """(n, 2) film fractions, ``STEP`` film widths apart both ways."""
    x0, y0, x1, y1 = box
    down = STEP / aspect
    x, y = np.meshgrid(np.arange(x0 + STEP / 2, x1, STEP), np.arange(y0 + down / 2, y1, down))
    return np.stack([x.ravel(), y.ravel()], axis=1)


def over_both(path: Floats, lungs: Sequence[Box]) -> bool:
    """Whether each lung has at least a quarter of the time (s) that the reading (L, 3) spends in both boxes."""
    right, left = (float(dwell_s(path, np.ones(len(path)), box)) for box in lungs)
    return right + left > 0 and min(right, left) >= EACH_LUNG * (right + left)


def stray(path: Floats, aspect: float) -> bool:
    """Whether the last fixation lies farther than ``FAR`` (film widths) from every other one; not where it is the
    only one."""
    away = (path[:-1, :2] - path[-1, :2]) * [1.0, aspect]
    return len(away) > 0 and float(np.hypot(*away.T).min()) > FAR
