"""Time spent inside boxes. Paths are (..., L, 3): x, y in film fractions, duration in s; a mask (..., L) marks
fixations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]  # x0, y0, x1, y1 in film fractions


def dwell_s(paths: Floats, mask: Floats, box: Box) -> Floats:
    """Seconds inside the box, one number a path: (...)."""
    x, y, seconds = paths[..., 0], paths[..., 1], paths[..., 2]
    inside = (x >= box[0]) & (x < box[2]) & (y >= box[1]) & (y < box[3])
    return np.asarray(np.where(inside & (mask > 0), seconds, 0.0).sum(axis=-1))


def dwell_share(paths: Floats, mask: Floats, box: Box) -> Floats:
    """Share of a path's time inside the box; 0 for a path without fixations."""
    total = np.where(mask > 0, paths[..., 2], 0.0).sum(axis=-1)
    return np.asarray(dwell_s(paths, mask, box) / np.maximum(total, 1e-9))


def centroid(paths: Floats, mask: Floats) -> Floats:
    """Mean place of gaze, weighted by duration: (..., 2)."""
    weight = np.where(mask > 0, paths[..., 2], 0.0)[..., None]
    return np.asarray((paths[..., :2] * weight).sum(axis=-2) / np.maximum(weight.sum(axis=-2), 1e-9))


def thirds(lung: Box) -> tuple[Box, Box, Box]:
    """Upper, mid and lower zone of a lung's box."""
    x0, y0, x1, y1 = lung
    step = (y1 - y0) / 3
    return (x0, y0, x1, y0 + step), (x0, y0 + step, x1, y0 + 2 * step), (x0, y0 + 2 * step, x1, y1)
