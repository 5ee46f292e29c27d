"""A reader's marks against an answer key, and what the gaze says of a finding that was missed.

A mark hits a finding when its centre lies in the finding's region grown by 5 % of the film's width. It is misplaced
when it carries the label of a finding but lies outside that finding's region; else it is false. The classes of a miss
are those of Kundel, Nodine and Carmody 1978 (PMID 711391): never looked at (search), looked at for less than a second
(recognition), for longer (decision). The cut of 1 s is customary, so counts at .5 and 1.5 s belong beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ml.gaze.shapes import distances

GROWN = 0.05  # film widths
USEFUL_FIELD = 0.10  # film widths: 2.5 degrees of a film that fills 25
CUTS_S = (0.5, 1.0, 1.5)


class Verdict(StrEnum):
    HIT = "hit"
    MISPLACED = "misplaced"
    FALSE = "false"


class Miss(StrEnum):
    SEARCH = "search"  # never looked at
    RECOGNITION = "recognition"  # looked at, shorter than the cut
    DECISION = "decision"  # looked at for longer


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of an answer key: its region as a polygon (k, 2) in film fractions."""

    label: str
    polygon: NDArray[np.float64]
    importance: int = 2  # 1 minor, 2 should be found, 3 must be found


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a reader saw something: film fractions, how sure (1 to 5), and what, where that was said."""

    x: float
    y: float
    confidence: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """``marks[i]`` is (verdict, number of the finding or None) of mark i; ``hit_by[j]`` the numbers of the marks on
    finding j, surest first."""

    marks: tuple[tuple[Verdict, int | None], ...]
    hit_by: tuple[tuple[int, ...], ...]

    @property
    def missed(self) -> tuple[int, ...]:
        return tuple(number for number, marks in enumerate(self.hit_by) if not marks)


def judge(marks: Sequence[Mark], findings: Sequence[Finding], *, aspect: float) -> Judged:
    """Each mark against the key. A mark in several regions hits the nearest centre of those that share its label, or
    of all where none does; a second mark on the same finding is a hit again and neither helps nor harms."""
    places = np.array([[mark.x, mark.y] for mark in marks], np.float64).reshape(-1, 2)
    away = [distances(places, finding.polygon, aspect=aspect) for finding in findings]
    judged: list[tuple[Verdict, int | None]] = []
    for number, mark in enumerate(marks):
        inside = [j for j in range(len(findings)) if away[j][number] <= GROWN]
        same = [j for j, finding in enumerate(findings) if mark.label and _same(mark.label, finding.label)]
        if inside:
            among = [j for j in inside if j in same] or inside
            judged.append((Verdict.HIT, min(among, key=lambda j: _from_centre(mark, findings[j], aspect))))
        elif same:
            judged.append((Verdict.MISPLACED, min(same, key=lambda j: float(away[j][number]))))
        else:
            judged.append((Verdict.FALSE, None))
    hits = [
        tuple(
            sorted(
                (i for i, (verdict, j) in enumerate(judged) if verdict is Verdict.HIT and j == number),
                key=lambda i: -marks[i].confidence,
            )
        )
        for number in range(len(findings))
    ]
    return Judged(tuple(judged), tuple(hits))


def dwell_s(path: ArrayLike, polygon: ArrayLike, *, aspect: float) -> float:
    """Seconds spent within ``USEFUL_FIELD`` (film widths) of a region. ``path`` is (n, 3): x, y, duration in s."""
    fixations = np.asarray(path, np.float64).reshape(-1, 3)
    near = distances(fixations[:, :2], polygon, aspect=aspect) <= USEFUL_FIELD
    return float(fixations[near, 2].sum())


def miss_class(dwelt_s: float, cut_s: float = 1.0) -> Miss:
    """Why a finding was probably missed, from the seconds its region was looked at."""
    if dwelt_s <= 0:
        return Miss.SEARCH
    return Miss.RECOGNITION if dwelt_s < cut_s else Miss.DECISION


def _same(one: str, two: str) -> bool:
    return one.strip().casefold() == two.strip().casefold()


def _from_centre(mark: Mark, finding: Finding, aspect: float) -> float:
    x, y = np.asarray(finding.polygon, np.float64).mean(axis=0)
    return float(np.hypot(mark.x - x, (mark.y - y) * aspect))
