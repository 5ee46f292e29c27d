"""Simulated readers: how each of four looks at a film with its report in mind.

A reading is a survey of stations in the reader's own order, broken by visits. What the report asserts gets a long visit
(``asserted`` fixations, more for some), what is plainly visible but unsaid a shorter one; what the report denies
gets nothing beyond the survey. Visits come when the survey passes by, or after it in the report's order, by the
reader's habit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.simulator.findings import Finding
from ml.simulator.framing import Box
from ml.simulator.regions import SETS

LONGEST = 32  # fixations of a reading
SEEN = 0.85  # of a long visit, the share that stands on a finding that is all but invisible; all of it on a plain one
UNSAID = 0.15  # chance that a plain finding of which the report says nothing gets a short visit
CORE = 0.5  # of a finding's size, within which the looks at it lie
SURVEY = 0.3  # share of the usual coverage
Path = NDArray[np.float64]  # (n, 3): x, y in film fractions, duration in s


@dataclass(frozen=True, slots=True)
class Reader:
    """Habits of one simulated reader."""

    name: str
    stations: tuple[str, ...]  # his survey
    coverage: float  # chance that he stops at a station
    survey_s: float  # median duration of a survey fixation
    visit_s: float  # median duration of a fixation on something asserted
    visits: tuple[int, int]  # fixations of one long visit, least and most
    late: float  # chance that a visit waits until the survey is over
    first: float  # chance that he goes to what the report asserts before anything else
    spread: float  # how far fixations scatter inside a region, as a share of its half size


READERS: tuple[Reader, ...] = (
    Reader(
        "side by side",
        (
            "trachea",
            "right upper",
            "left upper",
            "left mid",
            "right mid",
            "right lower",
            "left lower",
            "heart",
            "left angle",
            "right angle",
        ),
        0.85,
        0.24,
        0.42,
        (4, 7),
        0.30,
        0.50,
        0.55,
    ),
    Reader(
        "lung by lung",
        (
            "right apex",
            "right upper",
            "right mid",
            "right lower",
            "right angle",
            "left apex",
            "left upper",
            "left mid",
            "left lower",
            "left angle",
            "heart",
            "mediastinum",
        ),
        0.80,
        0.22,
        0.45,
        (4, 8),
        0.15,
        0.45,
        0.50,
    ),
    Reader(
        "from the middle",
        (
            "mediastinum",
            "heart",
            "right hilum",
            "left hilum",
            "left mid",
            "left upper",
            "right upper",
            "right mid",
            "right lower",
            "left lower",
        ),
        0.75,
        0.28,
        0.50,
        (3, 6),
        0.35,
        0.55,
        0.60,
    ),
    Reader(
        "findings first",
        ("left lower", "left upper", "aorta", "right upper", "right lower", "heart"),
        0.70,
        0.25,
        0.48,
        (5, 8),
        0.30,
        0.85,
        0.50,
    ),
)


def read_film(
    reader: Reader,
    boxes: dict[str, Box],
    asserted: Sequence[str],
    findings: Sequence[Finding],
    rng: np.random.Generator,
    efforts: Sequence[float] = (),
) -> Path:
    """One reading of a film: ``boxes`` of its regions, region sets the report asserts, findings that are there.

    ``efforts``: of each assertion, how much longer than usual its wording makes him look; none: as usual.
    """
    told = list(zip(asserted, efforts or [1.0] * len(asserted), strict=True))
    long = [_long_visit(reader, place, boxes, findings, rng, effort) for place, effort in told]
    unsaid = [f for f in findings if f.place not in asserted and rng.random() < f.visibility * UNSAID]
    short = [_glances(reader, spot, rng, int(rng.integers(1, 3)), 0.30) for f in unsaid for spot in f.spots]
    visits = [v for v in long + short if len(v)]
    order = list(range(len(visits)))
    now = [i for i in order if i < len(long) and rng.random() < reader.first]
    late = [i for i in order if i not in now and rng.random() < reader.late]
    passing = [i for i in order if i not in now and i not in late]

    pieces: list[Path] = []
    middle = boxes.get("mediastinum") or (0.42, 0.3, 0.58, 0.6)
    pieces.append(_glances(reader, middle, rng, 1, reader.survey_s))
    pieces += [visits[i] for i in now]
    hurry = 1.0 if len(visits) < 3 else 0.8
    for station in reader.stations:
        if station not in boxes or rng.random() > reader.coverage * SURVEY * hurry:
            continue
        glance = _glances(reader, boxes[station], rng, 1 + int(rng.random() < 0.25), reader.survey_s)
        pieces.append(glance)
        for i in list(passing):
            if _near(visits[i][0], glance[-1], boxes[station]):
                pieces.append(visits[i])
                passing.remove(i)
    pieces += [visits[i] for i in sorted(passing + late)]
    if long and rng.random() < 0.45:  # a last look at what matters most
        place, effort = told[int(rng.integers(len(told)))]
        pieces.append(_long_visit(reader, place, boxes, findings, rng, effort)[:3])
    path = np.concatenate(pieces)[:LONGEST]
    inside = (path[:, 0] > 0.0) & (path[:, 0] < 1.0) & (path[:, 1] > 0.0) & (path[:, 1] < 1.0)
    inside[0] = True
    path = path[inside]
    path[:, :2] = np.clip(path[:, :2], 0.005, 0.995)
    return path


def _long_visit(
    reader: Reader,
    place: str,
    boxes: dict[str, Box],
    findings: Sequence[Finding],
    rng: np.random.Generator,
    effort: float,
) -> Path:
    """Fixations on an asserted place: most on the finding where it can be seen, the others about the place that is
    named."""
    seen = next((f for f in findings if f.place == place), None)
    pieces = []
    where = seen.regions if seen is not None and seen.visibility and seen.regions else SETS[place]
    regions = [name for name in where if name in boxes]
    for index, name in enumerate(regions):
        count = max(1, round(effort * rng.integers(reader.visits[0], reader.visits[1] + 1)))
        if len(regions) > 1:
            count = max(2, round(0.7 * count))
        on_spot = 0
        if seen is not None and index < len(seen.spots):
            on_spot = int(rng.binomial(count, SEEN + (1 - SEEN) * seen.visibility) if seen.visibility else 0)
        parts = [_glances(reader, boxes[name], rng, count - on_spot, reader.visit_s * effort)]
        if on_spot and seen is not None:
            parts.append(_glances(reader, _core(seen.spots[index]), rng, on_spot, reader.visit_s * 1.1 * effort))
        visit = np.concatenate(parts)
        pieces.append(visit[rng.permutation(len(visit))])
    return np.concatenate(pieces) if pieces else np.zeros((0, 3))


def _core(spot: Box) -> Box:
    """The middle of a finding, about which the looks at it lie."""
    x0, y0, x1, y1 = spot
    dx, dy = (1 - CORE) / 2 * (x1 - x0), (1 - CORE) / 2 * (y1 - y0)
    return (x0 + dx, y0 + dy, x1 - dx, y1 - dy)


def _glances(reader: Reader, box: Box, rng: np.random.Generator, count: int, median_s: float) -> Path:
    """``count`` fixations about the middle of a box, durations log-normal about ``median_s``."""
    x0, y0, x1, y1 = box
    noise = rng.standard_normal((5, count))
    out = np.empty((count, 3))
    offset = (reader.spread * noise[:2]).clip(-1.1, 1.1)
    out[:, 0] = (x0 + x1) / 2 + offset[0] * (x1 - x0) / 2 + 0.008 * noise[2]
    out[:, 1] = (y0 + y1) / 2 + offset[1] * (y1 - y0) / 2 + 0.008 * noise[3]
    out[:, 2] = (median_s * np.exp(0.35 * noise[4])).clip(0.08, 1.5)
    return out


def _near(visit: NDArray[np.float64], glance: NDArray[np.float64], box: Box) -> bool:
    reach = max(box[2] - box[0], box[3] - box[1])
    return bool(np.hypot(*(visit[:2] - glance[:2])) < 0.9 * reach)
