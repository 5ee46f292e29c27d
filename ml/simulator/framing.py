"""A film is a crop of a world: where it is cut out, and what of the chest is then on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ml.simulator.drawing import HEART, LEFT, RIGHT, World

Box = tuple[float, float, float, float]  # x0, y0, x1, y1 in film fractions


@dataclass(slots=True)
class Frame:
    """A film before exposure: attenuation (H, W) in cm of water and masks (H, W); long side in pixels as asked for."""

    attenuation: NDArray[np.float32]
    masks: NDArray[np.uint8]
    outside: NDArray[np.bool_]  # (H, W): beyond the detector, nothing was recorded there

    @property
    def shape(self) -> tuple[int, int]:
        return self.attenuation.shape[0], self.attenuation.shape[1]

    def lung_box(self, side: str) -> Box | None:
        """Box of the aerated lung of that side that is on the film, or None where there is (almost) none."""
        return mask_box((self.masks & (RIGHT if side == "right" else LEFT)) > 0)

    def heart_box(self) -> Box | None:
        return mask_box((self.masks & HEART) > 0)


def mask_box(mask: NDArray[np.bool_]) -> Box | None:
    """Box in fractions around the bulk of a mask: rows and columns with more than a stray pixel or two."""
    height, width = mask.shape
    rows = np.flatnonzero(mask.sum(axis=1) > 0.02 * width)
    columns = np.flatnonzero(mask.sum(axis=0) > 0.03 * height)
    if len(rows) < 3 or len(columns) < 3:
        return None
    return (columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height)


def cut_film(world: World, rng: np.random.Generator, *, long_side: int = 160, tight: float = 0.0) -> Frame:
    """Cut one film out of a world.

    Two thirds of the films are framed as a technician would, with wide variation; the others are shifted, magnified or
    cropped hard, so that no place on the canvas means anything by itself. ``tight``: share of films, of all, that are
    trimmed instead (`_trimmed`); lessons want some, the bench has none.
    """
    lungs = mask_box((world.masks & (RIGHT | LEFT)) > 0)
    assert lungs is not None
    if tight and rng.random() < tight:
        return resample(world, _trimmed(lungs, rng), long_side, angle=np.radians(rng.normal(0.0, 2.5)))
    x0, y0, x1, y1 = lungs
    aspect = float(np.clip(np.exp(rng.normal(0.08, 0.14)), 0.7, 1.5))  # width over height
    ordinary = rng.random() < 0.66
    # share of the film that the lungs take up, across and down; the tighter one decides the scale
    across = rng.uniform(0.62, 0.98) if ordinary else rng.uniform(0.42, 1.25)
    down = rng.uniform(0.55, 1.0) if ordinary else rng.uniform(0.4, 1.3)
    width = (x1 - x0) / across
    height = (y1 - y0) / down
    width = max(width, height * aspect) if ordinary else (width + height * aspect) / 2
    height = width / aspect
    slack_x, slack_y = width - (x1 - x0), height - (y1 - y0)
    if ordinary:
        left = x0 - slack_x * np.clip(rng.normal(0.5, 0.18), 0.0, 1.0)
        top = y0 - slack_y * np.clip(rng.beta(2.0, 3.0), 0.02, 0.95)
    else:
        left = x0 - slack_x * 0.5 + width * rng.uniform(-0.28, 0.28)
        top = y0 - slack_y * 0.5 + height * rng.uniform(-0.28, 0.28)
    return resample(world, (left, top, left + width, top + height), long_side, angle=np.radians(rng.normal(0.0, 2.5)))


def _trimmed(lungs: Box, rng: np.random.Generator) -> Box:
    """A film whose every side by itself is either cut close to the lungs (or a little into them) or left wide, so that
    neither the film's middle nor its shape tells where the lungs are."""
    x0, y0, x1, y1 = lungs
    close, wide = rng.uniform(-0.03, 0.06, 4), rng.uniform(0.05, 0.45, 4)
    left, top, right, bottom = np.where(rng.random(4) < 0.5, close, wide)
    width, height = x1 - x0, y1 - y0
    return x0 - left * width, y0 - top * height, x1 + right * width, y1 + 1.3 * bottom * height


def resample(world: World, window: Box, long_side: int, *, angle: float = 0.0) -> Frame:
    """The part of the world inside ``window`` (world fractions), turned by ``angle`` (rad), as a film raster."""
    size = world.attenuation.shape[0]
    x0, y0, x1, y1 = window
    width, height = x1 - x0, y1 - y0
    scale = long_side / max(width, height)
    columns, rows = max(16, round(width * scale)), max(16, round(height * scale))
    u, v = np.meshgrid((np.arange(columns) + 0.5) / columns - 0.5, (np.arange(rows) + 0.5) / rows - 0.5)
    x = x0 + width / 2 + np.cos(angle) * u * width - np.sin(angle) * v * height
    y = y0 + height / 2 + np.sin(angle) * u * width + np.cos(angle) * v * height
    points = np.stack([y * size - 0.5, x * size - 0.5]).astype(np.float32)
    attenuation = ndimage.map_coordinates(world.attenuation, points, order=1, mode="nearest")
    nearest = np.rint(points).astype(np.int32)
    outside = ((nearest < 0) | (nearest >= size)).any(axis=0)
    index = np.clip(nearest, 0, size - 1)
    masks = np.where(outside, 0, world.masks[index[0], index[1]]).astype(np.uint8)
    far = ((points < -0.25 * size) | (points > 1.25 * size)).any(axis=0)
    return Frame(np.asarray(attenuation, np.float32), masks, far)
