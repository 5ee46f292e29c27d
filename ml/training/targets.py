"""What the simulator lends to training beside the readings: regions on the film, regions the report asserts, landmarks.

Boxes here are (..., 4) x0, y0, x1, y1 in fractions of the model's square, NaN for what is not on the film.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ml.geometry import FilmTransform
from ml.simulate.framing import Box
from ml.simulate.regions import REGIONS, SETS, ZONES

Floats = NDArray[np.float32]
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
