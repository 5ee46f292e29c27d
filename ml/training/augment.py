"""Each time a case is met in training its film lies elsewhere, and looks a little otherwise.

The film slides and stretches on the model's square with the gaze and the regions on it, so that no place of the square
means anything by itself; brightness, contrast, a slanting exposure, noise and stripes (tubes, wires, labels) change, so
that nothing but anatomy can be relied upon. Both lungs stay where they can be seen: what the regions are depends on it.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.float32]
ZOOM, STRETCH, SLIDE = 0.22, 0.10, 0.16  # largest log of the scale, log of the aspect, and share of the square
LUNG_REGIONS = 6  # the zones come first among the regions: together they are the lungs


def draw_moves(boxes: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """boxes (B, Z, 4) -> scale (B, 2) and shift (B, 2): a place p of the square comes to scale * p + shift.

    An axis along which the lungs would leave the square keeps its scale, and slides only as far as they stay on it.
    """
    count = len(boxes)
    zoom = rng.uniform(-ZOOM, ZOOM, (count, 1)) + rng.uniform(-STRETCH, STRETCH, (count, 1)) * np.array([1.0, -1.0])
    scale = np.exp(zoom)
    lungs = boxes[:, :LUNG_REGIONS]
    seen = ~np.isnan(lungs).all(axis=(1, 2))
    low, high = np.zeros((count, 2)), np.ones((count, 2))
    low[seen], high[seen] = np.nanmin(lungs[seen, :, :2], axis=1), np.nanmax(lungs[seen, :, 2:], axis=1)
    scale = np.where((high - low) * scale > 1.0, 1.0, scale)
    centre = 0.5 * (1 - scale)  # of a scaling about the middle
    at_least, at_most = -(scale * low + centre), 1 - (scale * high + centre)  # what keeps the lungs on the square
    least = np.minimum(np.maximum(-SLIDE, at_least), at_most)
    most = np.maximum(np.minimum(SLIDE, at_most), least)
    shift = centre + rng.uniform(least, most)
    return scale.astype(np.float32), shift.astype(np.float32)


def move_boxes(boxes: Floats, scale: Floats, shift: Floats) -> Floats:
    """(B, Z, 4) clipped to the square; NaN what has less than a quarter of its area left on it."""
    corners = boxes.reshape(*boxes.shape[:2], 2, 2) * scale[:, None, None] + shift[:, None, None]
    cut = corners.clip(0.0, 1.0)
    area, left = (np.prod(c[:, :, 1] - c[:, :, 0], axis=-1) for c in (corners, cut))
    cut[left < 0.25 * area] = np.nan
    return np.asarray(cut.reshape(boxes.shape), np.float32)


def move_fixations(
    fixations: Floats, lengths: NDArray[np.int16], scale: Floats, shift: Floats
) -> tuple[Floats, NDArray[np.int16]]:
    """fixations (B, R, L, 3), lengths (B, R): moved along; those that leave the square are dropped, the others close
    ranks."""
    moved = fixations.copy()
    moved[..., :2] = fixations[..., :2] * scale[:, None, None] + shift[:, None, None]
    there = np.arange(fixations.shape[2]) < lengths[..., None]
    there &= ((moved[..., :2] > 0) & (moved[..., :2] < 1)).all(axis=-1)
    order = np.argsort(~there, axis=-1, kind="stable")
    return np.take_along_axis(moved, order[..., None], axis=2), there.sum(axis=-1).astype(np.int16)


def move_films(films: Tensor, scale: Floats, shift: Floats) -> Tensor:
    """(B, 1, S, S) grey 0..1, black where the film does not reach."""
    # grid_sample asks where each place of the result comes from, in -1..1.
    back = np.zeros((len(films), 2, 3), np.float32)
    for axis in (0, 1):
        back[:, axis, axis] = 1 / scale[:, axis]
        back[:, axis, 2] = (1 - 2 * shift[:, axis]) / scale[:, axis] - 1
    grid = F.affine_grid(torch.from_numpy(back), list(films.shape), align_corners=False)
    return F.grid_sample(films, grid, align_corners=False)


def expose_anew(films: Tensor, rng: np.random.Generator) -> Tensor:
    """(B, 1, S, S) grey 0..1: another gamma, contrast and slant, noise, and now and then a stripe or two."""
    count, side = len(films), films.shape[-1]

    def draw(low: float, high: float) -> Tensor:
        return torch.from_numpy(rng.uniform(low, high, (count, 1, 1, 1)).astype(np.float32))

    ramp = torch.linspace(-1, 1, side)
    slant = draw(-0.15, 0.15) * ramp[:, None] + draw(-0.15, 0.15) * ramp
    out = films.clamp(1e-4, 1) ** draw(-0.45, 0.45).exp() * draw(-0.25, 0.25).exp() + draw(-0.08, 0.08) * (films > 0)
    out = out + slant * (films > 0)
    for index in np.flatnonzero(rng.random(count) < 0.5):
        for _ in range(int(rng.integers(1, 4))):
            a, b = rng.uniform(0, side, 2)
            angle, width, level = rng.uniform(0, np.pi), rng.uniform(0.5, 4.0), rng.uniform(-0.3, 0.4)
            rows, columns = np.ogrid[:side, :side]
            away = np.abs((columns - a) * np.sin(angle) - (rows - b) * np.cos(angle))
            out[index, 0] += torch.from_numpy((level * (away < width)).astype(np.float32))
    noise = torch.from_numpy(rng.standard_normal(tuple(films.shape), dtype=np.float32))
    return (out + draw(0.0, 0.05) * noise).clamp(0, 1)
