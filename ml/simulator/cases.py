"""One simulated case, whole: film, report, findings, the truth about places, and readings of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ml.simulator.drawing import World
from ml.simulator.exposure import expose
from ml.simulator.findings import ANYWHERE, COARSE, KINDS, ROUND, Finding, paint, place_finding
from ml.simulator.framing import Box, Frame, cut_film
from ml.simulator.readers import READERS, Path, read_film
from ml.simulator.regions import SETS, locate
from ml.simulator.reports import Report, write_report

MANY = (0.04, 0.04, 0.08, 0.18, 0.28, 0.24, 0.14)  # shares of cases with none, one, ... findings
FAINT, PLAIN = (0.3, 0.5), (0.5, 1.0)  # ranges of visibility
NAMED_FIRST, NAMED = 0.82, 0.08  # of visible findings (the first, the others), those that the report names


@dataclass(frozen=True, slots=True)
class Mix:
    """What kinds of case there are: shares of films or findings. The defaults are the bench; lessons may be broader."""

    hidden: float = 0.015  # of the findings, those that only the report tells of; it names each with its place
    faint: float = 0.2  # of the findings, those that can just be seen
    loose: float = 1.0  # of the visible ones that are named, those whose place is no more than a side, or less
    tight: float = 0.0  # of the films, those trimmed close to the lungs
    quiet: float = 0.0  # of the reports, those that leave every finding out


BENCH = Mix()


@dataclass(frozen=True, slots=True)
class Case:
    """``film`` (H, W) uint8; ``boxes`` of regions in film fractions; ``readings`` one a reader, (n, 3) x, y,
    seconds."""

    film: NDArray[np.uint8]
    report: Report
    findings: tuple[Finding, ...]
    boxes: dict[str, Box]
    readings: tuple[Path, ...]
    readers: tuple[int, ...]  # index in READERS of each reading


def simulate_case(
    world: World,
    seed: int | tuple[int, ...],
    *,
    readings: int = 3,
    readers: tuple[int, ...] | None = None,
    long_side: int = 160,
    mix: Mix = BENCH,
) -> Case:
    """The case of that seed on that world. ``readers``: who reads, else ``readings`` different ones are drawn."""
    rng = np.random.default_rng(seed)
    frame = cut_film(world, rng, long_side=long_side, tight=mix.tight)
    findings, named, boxes = _findings(frame, rng, mix)
    if mix.quiet and rng.random() < mix.quiet:
        named = []
    report = write_report(named, tuple(boxes), _enlarged(boxes), rng)
    film = expose(frame, rng)
    who = readers if readers is not None else tuple(int(i) for i in rng.permutation(len(READERS))[:readings])
    paths = tuple(read_film(READERS[i], boxes, report.asserted, findings, rng, report.efforts) for i in who)
    return Case(film, report, findings, boxes, paths, who)


def _findings(
    frame: Frame, rng: np.random.Generator, mix: Mix
) -> tuple[tuple[Finding, ...], list[Finding], dict[str, Box]]:
    """Place and paint the findings; the boxes are read again afterwards, because an effusion shortens a lung."""
    boxes = locate(frame)
    kinds, weights = list(KINDS), np.array([KINDS[k][1] for k in KINDS])
    findings: list[Finding] = []
    named: list[Finding] = []
    wanted = int(rng.choice(len(MANY), p=MANY))
    for _ in range(4 * wanted):
        if len(findings) == wanted:
            break
        kind = kinds[int(rng.choice(len(kinds), p=weights / weights.sum()))]
        how = rng.random()
        hidden, faint = how < mix.hidden, how < mix.hidden + mix.faint
        visibility = 0.0 if hidden else float(rng.uniform(*(FAINT if faint else PLAIN)))
        said = hidden or rng.random() < (NAMED if findings else NAMED_FIRST)
        loose = not hidden and kind in ANYWHERE and (not said or rng.random() < mix.loose)
        places = COARSE if loose else KINDS[kind][0]
        place = places[int(rng.integers(len(places)))]
        if not all(name in boxes for name in SETS[place]):
            continue
        finding = place_finding(frame, kind, place, boxes, visibility, rng)
        finding = finding if said else replace(finding, place="")
        if any(_confused(finding, other) for other in findings):
            continue
        paint(frame, finding, rng)
        findings.append(finding)
        if said:
            named.append(finding)
    return tuple(findings), named, locate(frame)


def _confused(one: Finding, other: Finding) -> bool:
    """Whether the report could not tell the two apart: both named alike, or one of them named and the other like it
    where that one could be."""
    if one.place and other.place:
        return one.place == other.place
    if bool(one.place) == bool(other.place) or (one.kind in ROUND) != (other.kind in ROUND):
        return False
    said, unsaid = (one, other) if one.place else (other, one)
    return bool(set(SETS[said.place]) & set(unsaid.regions))


def _enlarged(boxes: dict[str, Box]) -> bool:
    """Heart wider than half the chest."""
    if "heart" not in boxes or "right lung" not in boxes or "left lung" not in boxes:
        return False
    heart = boxes["heart"]
    return (heart[2] - heart[0]) > 0.52 * (boxes["left lung"][2] - boxes["right lung"][0])
