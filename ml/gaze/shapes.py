"""Places on a film as polygons: how far a point lies from one. Ellipses and boxes become polygons first."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
ELLIPSE_CORNERS = 72  # a chord then lies within .1 % of the semi-axis of its arc


def ellipse(x: float, y: float, radius_x: float, radius_y: float, angle_deg: float = 0.0, *, aspect: float) -> Floats:
    """(72, 2) corners of an ellipse around (x, y), film fractions.

    ``radius_x`` and ``radius_y`` are its semi-axes in film widths before it is turned clockwise on the screen by
    ``angle_deg``.
    """
    turn = np.arange(ELLIPSE_CORNERS) * 2 * np.pi / ELLIPSE_CORNERS
    across, down = radius_x * np.cos(turn), radius_y * np.sin(turn)
    c, s = np.cos(np.deg2rad(angle_deg)), np.sin(np.deg2rad(angle_deg))
    return np.stack([x + across * c - down * s, y + (across * s + down * c) / aspect], axis=1)


def box(x0: float, y0: float, x1: float, y1: float) -> Floats:
    """(4, 2) corners of a box, film fractions."""
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float64)


def distances(points: ArrayLike, polygon: ArrayLike, *, aspect: float) -> Floats:
    """(n,) film widths from each of ``points`` (n, 2) to the polygon (k, 2), both film fractions; 0 inside."""
    scale = np.array([1.0, aspect])
    at = np.asarray(points, np.float64).reshape(-1, 2) * scale
    corners = np.asarray(polygon, np.float64).reshape(-1, 2) * scale
    ends = np.roll(corners, -1, axis=0)
    along = ends - corners  # (k, 2)
    to = at[:, None] - corners  # (n, k, 2)
    length = (along**2).sum(axis=1)
    share = np.clip((to * along).sum(axis=2) / np.where(length > 0, length, 1.0), 0.0, 1.0)
    away = np.sqrt(((to - share[..., None] * along) ** 2).sum(axis=2)).min(axis=1)
    return np.where(_inside(at, corners, ends), 0.0, away)


def _inside(at: Floats, corners: Floats, ends: Floats) -> NDArray[np.bool_]:
    """Even-odd rule: how many edges a ray to the right crosses."""
    x, y = at[:, :1], at[:, 1:]
    crosses = (corners[:, 1] > y) != (ends[:, 1] > y)
    rise = np.where(ends[:, 1] != corners[:, 1], ends[:, 1] - corners[:, 1], 1.0)
    meets = corners[:, 0] + (y - corners[:, 1]) / rise * (ends[:, 0] - corners[:, 0])
    inside: NDArray[np.bool_] = (crosses & (x < meets)).sum(axis=1) % 2 == 1
    return inside
