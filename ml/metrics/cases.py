"""What the harness is given: cases with readings, and what models said of them. It loads neither."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ml.gaze.scanpath import Reading, Scanpath
from ml.metrics.paths import Path, PathRefused, checked

INTER_READER, SAME_READER = "inter-reader", "same reader again"  # rows of a table of scores: the two ceilings
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
        """The answer of a predictor; ``samples[0]`` of it is served. A spread of 0 is none: a model without sampling
        does not say how sure it is."""
        fixations = reading.samples[0].fixations
        nothing = (np.nan,) * 3
        spread = [(e.sd_x, e.sd_y, e.rho) if (e := f.ellipse) is not None and e.sd_x else nothing for f in fixations]
        bounds = np.array([(f.duration_low_s, f.duration_high_s) for f in fixations], np.float64).reshape(-1, 2)
        return cls(
            served=as_path(reading.samples[0]),
            samples=tuple(as_path(sample) for sample in reading.samples),
            spread=np.array(spread, np.float64).reshape(-1, 3),
            duration_interval=bounds if (bounds[:, 0] < bounds[:, 1]).any() else None,
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


def film_key(case: EvaluationCase) -> str:
    """What cases of one film share: a film with several reports stands as ``<case>``, ``<case>#2`` ... (as
    :mod:`ml.data.prepare` names them), each with the readings that go with that report."""
    return case.key.partition("#")[0]


def another(cases: Sequence[EvaluationCase]) -> list[int]:
    """For each case the next one, round the corner, that is of another film."""
    films = [film_key(case) for case in cases]
    if len(set(films)) < 2:
        raise EvaluationError("with fewer than two films there is no other case to compare with")
    count = len(films)
    return [next(j % count for j in range(i + 1, i + count) if films[j % count] != films[i]) for i in range(count)]


def reader_pairs(cases: Sequence[EvaluationCase]) -> list[list[Pair]]:
    """For each case, what other readers saw in its film against its truths; empty where one person read it."""
    return _pairs_of_readings(cases, same_reader=False)


def repeat_pairs(cases: Sequence[EvaluationCase]) -> list[list[Pair]]:
    """For each case, further readings of its film by the reader of a truth against that truth."""
    return _pairs_of_readings(cases, same_reader=True)


def _pairs_of_readings(cases: Sequence[EvaluationCase], *, same_reader: bool) -> list[list[Pair]]:
    of_film: dict[str, list[tuple[int, int, str, Path]]] = {}
    for number, case in enumerate(cases):
        rows = ((number, place, reader, path) for place, (reader, path) in enumerate(case.readings))
        of_film.setdefault(film_key(case), []).extend(rows)
    out: list[list[Pair]] = []
    for number, case in enumerate(cases):
        pairs: list[Pair] = []
        seen: set[str] = set()
        for place, (reader, truth) in enumerate(case.readings):
            if reader in seen:
                continue
            seen.add(reader)
            others: dict[Any, Path] = {}  # a reader other than this one counts once, with the first reading
            for where, at, who, path in of_film[film_key(case)]:
                if (who == reader) == same_reader and (where, at) != (number, place):
                    others.setdefault((where, at) if same_reader else who, path)
            pairs += [(path, truth) for path in others.values()]
        out.append(pairs)
    return out
