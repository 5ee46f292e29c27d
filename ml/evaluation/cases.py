"""What the harness is given: cases with readings, and what models said of them. It loads neither."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ml.metrics.paths import Path, PathRefused, checked
from ml.types import Reading, Scanpath

Pair = tuple[Path, Path]  # predicted, truth


class EvaluationError(ValueError):
    """The harness was given something it cannot score fairly; the message says what is missing."""


class EvaluationCase(Protocol):
    """A film, its report and its human readings: (reader, (n, 3) x, y in film fractions, s)."""

    @property
    def key(self) -> str: ...
    @property
    def film(self) -> NDArray[Any]: ...  # (H, W) display polarity
    @property
    def report(self) -> str: ...
    @property
    def readings(self) -> Sequence[tuple[str, Path]]: ...


@dataclass(frozen=True, slots=True)
class PlainCase:
    """An :class:`EvaluationCase` in memory."""

    key: str
    film: NDArray[Any]
    report: str
    readings: tuple[tuple[str, Path], ...]
    findings: int | None = None  # how many there are, where it is known


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one model said of one case. ``served`` is the path that the application shows and that is scored."""

    served: Path
    samples: tuple[Path, ...] = ()  # K draws, for difficulty and calibration
    spread: NDArray[np.float64] | None = None  # (n, 3) sd x, sd y (film fractions), rho of served; NaN: none
    duration_interval: NDArray[np.float64] | None = None  # (n, 2) 5 % and 95 % quantile of served's durations, s

    @classmethod
    def of(cls, reading: Reading) -> Prediction:
        """The answer of a predictor; ``samples[0]`` of it is served."""
        fixations = reading.samples[0].fixations
        nothing = (np.nan,) * 3
        spread = [(e.sd_x, e.sd_y, e.rho) if (e := f.ellipse) is not None else nothing for f in fixations]
        bounds = [(f.duration_low_s, f.duration_high_s) for f in fixations]
        return cls(
            served=as_path(reading.samples[0]),
            samples=tuple(as_path(sample) for sample in reading.samples),
            spread=np.array(spread, np.float64).reshape(-1, 3),
            duration_interval=np.array(bounds, np.float64).reshape(-1, 2),
        )


@dataclass(frozen=True, slots=True)
class ModelRun:
    """One model's predictions, a case each in the order of the cases. ``ablation_of``: the model that was fed
    something else (another case's report, ...): scored and compared with it, but no model of its own."""

    name: str
    predictions: Sequence[Prediction]
    ablation_of: str | None = None
    about: dict[str, Any] = field(default_factory=dict)  # weights, decoding rule, samples, seed


def as_path(scanpath: Scanpath) -> Path:
    """(n, 3) x, y in film fractions and s."""
    return np.array([(f.x, f.y, f.duration_s) for f in scanpath.fixations], np.float64).reshape(-1, 3)


def truths(case: EvaluationCase) -> list[Path]:
    """The first reading of each reader: what predictions are scored against, each reader counting once."""
    first: dict[str, Path] = {}
    for reader, path in case.readings:
        first.setdefault(reader, path)
    return list(first.values())


def usable(case: EvaluationCase, at_least: int = 1) -> list[Path]:
    """The truths that metrics may score."""
    kept = []
    for path in truths(case):
        with suppress(PathRefused):
            kept.append(checked(path, at_least))
    return kept


def against(predicted: Path, case: EvaluationCase) -> list[Pair]:
    """One path against every truth of a case."""
    return [(predicted, truth) for truth in truths(case)]


def reader_pairs(case: EvaluationCase) -> list[Pair]:
    """Every truth as the prediction of every other reader's; empty for one reader."""
    return list(permutations(truths(case), 2))


def repeat_pairs(case: EvaluationCase) -> list[Pair]:
    """Later readings of a reader against the same reader's first; empty where nobody read twice."""
    first: dict[str, Path] = {}
    pairs = []
    for reader, path in case.readings:
        if reader in first:
            pairs.append((path, first[reader]))
        first.setdefault(reader, path)
    return pairs
