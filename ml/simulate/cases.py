"""One simulated case, whole: film, report, findings, the truth about places, and readings of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.simulate.drawing import World
from ml.simulate.exposure import expose
from ml.simulate.findings import KINDS, Finding, paint, place_finding
from ml.simulate.framing import Box, Frame, cut_film
from ml.simulate.readers import READERS, Path, read_film
from ml.simulate.regions import SETS, locate
from ml.simulate.reports import Report, write_report


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
    tight: float = 0.0,
    quiet: float = 0.0,
) -> Case:
    """The case of that seed on that world. ``readers``: who reads, else ``readings`` different ones are drawn.

    ``tight``: share of films trimmed close to the lungs; ``quiet``: share of reports that leave every finding out. Both
    are for lessons; the bench has neither.
    """
    rng = np.random.default_rng(seed)
    frame = cut_film(world, rng, long_side=long_side, tight=tight)
    findings, named, boxes = _findings(frame, rng)
    if quiet and rng.random() < quiet:
        named = []
    report = write_report(named, tuple(boxes), _enlarged(boxes), rng)
    film = expose(frame, rng)
    who = readers if readers is not None else tuple(int(i) for i in rng.permutation(len(READERS))[:readings])
    paths = tuple(read_film(READERS[i], boxes, report.asserted, findings, rng) for i in who)
    return Case(film, report, findings, boxes, paths, who)


def _findings(frame: Frame, rng: np.random.Generator) -> tuple[tuple[Finding, ...], list[Finding], dict[str, Box]]:
    """Place and paint 0 to 3 findings; the boxes are read again afterwards, because an effusion shortens a lung."""
    boxes = locate(frame)
    kinds, weights = list(KINDS), np.array([KINDS[k][1] for k in KINDS])
    findings: list[Finding] = []
    named: list[Finding] = []
    for _ in range(int(rng.choice([0, 1, 2, 3], p=[0.12, 0.50, 0.26, 0.12]))):
        kind = kinds[int(rng.choice(len(kinds), p=weights / weights.sum()))]
        places = KINDS[kind][0]
        place = places[int(rng.integers(len(places)))]
        regions = [name for name in SETS[place] if name in boxes]
        if len(regions) < len(SETS[place]) or any(f.place == place for f in findings):
            continue
        visibility = float(rng.choice([0.0, rng.uniform(0.1, 0.5), rng.uniform(0.5, 1.0)], p=[0.35, 0.3, 0.35]))
        finding = place_finding(kind, place, [boxes[name] for name in regions], visibility, rng)
        paint(frame, finding, rng)
        findings.append(finding)
        if visibility == 0.0 or rng.random() < 0.85:
            named.append(finding)
    return tuple(findings), named, locate(frame)


def _enlarged(boxes: dict[str, Box]) -> bool:
    """Heart wider than half the chest."""
    if "heart" not in boxes or "right lung" not in boxes or "left lung" not in boxes:
        return False
    heart = boxes["heart"]
    return (heart[2] - heart[0]) > 0.52 * (boxes["left lung"][2] - boxes["right lung"][0])
