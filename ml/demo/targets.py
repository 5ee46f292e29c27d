"""What the simulator lends to training beside the readings: regions on the film, regions the report asserts, landmarks.

Boxes here are (..., 4) x0, y0, x1, y1 in fractions of the model's square, NaN for what is not on the film.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ml.medgaze.geometry import FilmTransform
from ml.simulator.findings import ANYWHERE, ROUND, Finding
from ml.simulator.framing import Box
from ml.simulator.regions import REGIONS, SETS, ZONES
from ml.simulator.reports import Report

Floats = NDArray[np.float32]
GROUPS = (ROUND, tuple(kind for kind in ANYWHERE if kind not in ROUND), ("effusion", "pneumothorax"))
MOST_FINDINGS = 12  # boxes of findings of a film that enter training
LANDMARKS = 6 + 4 + 1  # centres of the zones, two corners of each lung, centre of the heart


def square_boxes(boxes: dict[str, Box], transform: FilmTransform) -> Floats:
    """(regions, 4) in the order of ``REGIONS``."""
    out = np.full((len(REGIONS), 4), np.nan, np.float32)
    for index, name in enumerate(REGIONS):
        if name in boxes:
            corners = np.array(boxes[name], np.float64).reshape(2, 2)
            out[index] = transform.to_square(corners).reshape(4)
    return out


def region_shares(boxes: Floats, side: int) -> Floats:
    """boxes (B, Z, 4) -> (B, side * side, Z): share of each grid cell, row by row, that lies in each box."""
    edges = np.arange(side + 1, dtype=np.float32) / side
    low, high = np.nan_to_num(boxes[..., :2], nan=2.0), np.nan_to_num(boxes[..., 2:], nan=2.0)

    def cover(axis: int) -> Floats:
        inside = np.minimum(edges[1:], high[..., axis, None]) - np.maximum(edges[:-1], low[..., axis, None])
        return np.asarray(inside.clip(0) * side, np.float32)

    shares = np.einsum("bzy,bzx->byxz", cover(1), cover(0))
    return np.asarray(shares.reshape(len(boxes), side * side, boxes.shape[1]), np.float32)


def finding_boxes(findings: Iterable[Finding], transform: FilmTransform) -> tuple[Floats, NDArray[np.int8]]:
    """Boxes (MOST_FINDINGS, 4) of what can be seen, NaN beyond, and the number in ``GROUPS`` of each one's kind."""
    boxes, groups = np.full((MOST_FINDINGS, 4), np.nan, np.float32), np.zeros(MOST_FINDINGS, np.int8)
    seen = [(box, _group(f.kind)) for f in findings if f.visibility > 0 for box in f.spots][:MOST_FINDINGS]
    for index, (box, group) in enumerate(seen):
        boxes[index] = transform.to_square(np.array(box, np.float64).reshape(2, 2)).reshape(4)
        groups[index] = group
    return boxes, groups


def finding_shares(boxes: Floats, groups: NDArray[np.int8], side: int) -> Floats:
    """boxes (B, S, 4), groups (B, S) -> (B, side * side, GROUPS): how far each cell holds a finding of each group, as a
    share of the cell or of the finding, whichever is larger (a nodule is smaller than a cell)."""
    cell = region_shares(boxes, side)  # (B, G, S) of the cell
    area = np.nan_to_num(np.prod(boxes[..., 2:] - boxes[..., :2], axis=-1), nan=1.0) * side**2
    held = np.maximum(cell, cell / np.maximum(area, 1e-3)[:, None]).clip(0, 1)
    return np.stack([(held * (groups == g)[:, None]).max(-1) for g in range(len(GROUPS))], -1).astype(np.float32)


def stated_facts(report: Report, findings: Iterable[Finding]) -> Floats:
    """(regions, GROUPS + 2): 1 where the report asserts a finding of that group in the region; where it asserts
    anything there in doubt; where as known."""
    out = np.zeros((len(REGIONS), len(GROUPS) + 2), np.float32)
    kinds = {f.place: f.kind for f in findings if f.place}
    for place, effort in zip(report.asserted, report.efforts, strict=True):
        rows = [REGIONS.index(name) for name in SETS[place]]
        if place in kinds:
            out[rows, _group(kinds[place])] = 1.0
        out[rows, len(GROUPS) :] = np.maximum(out[rows, len(GROUPS) :], [effort > 1, effort < 1])
    return out


def _group(kind: str) -> int:
    return next(number for number, kinds in enumerate(GROUPS) if kind in kinds)


def centres(boxes: Floats) -> Floats:
    """boxes (B, Z, 4) -> (B, Z, 2) x, y; NaN stays NaN."""
    return np.asarray((boxes[..., :2] + boxes[..., 2:]) / 2, np.float32)


def landmarks(boxes: Floats) -> Floats:
    """boxes (B, Z, 4) -> (B, LANDMARKS, 2) x, y; NaN stays NaN."""
    index = {name: i for i, name in enumerate(REGIONS)}
    centre = centres(boxes)
    points: list[Floats] = [centre[:, index[name]] for name in ZONES]
    for side in ("right", "left"):
        points += [boxes[:, index[f"{side} upper"], :2], boxes[:, index[f"{side} lower"], 2:]]
    points.append(centre[:, index["heart"]])
    return np.stack(points, axis=1).astype(np.float32)


def named_regions(asserted: Iterable[str]) -> Floats:
    """(regions,): 1 where the report asserts something about the region."""
    out = np.zeros(len(REGIONS), np.float32)
    for place in asserted:
        for name in SETS[place]:
            out[REGIONS.index(name)] = 1.0
    return out
