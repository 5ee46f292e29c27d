"""Tilt, stretch and bend a world, its truth along with it."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ml.simulator.drawing import World


def bend(world: World, rng: np.random.Generator, *, strength: float = 1.0) -> World:
    """A random similarity, anisotropic stretch, shear and smooth elastic bend; ``strength`` 0 changes nothing."""
    size = world.attenuation.shape[0]
    yy, xx = np.mgrid[0:size, 0:size].astype(np.float32) / size - 0.5
    angle = np.radians(rng.normal(0.0, 4.0)) * strength
    sx, sy = np.exp(rng.normal(0.0, 0.10, 2) * strength)
    shear = rng.normal(0.0, 0.05) * strength
    u = (np.cos(angle) * xx - np.sin(angle) * yy + shear * yy) * sx
    v = (np.sin(angle) * xx + np.cos(angle) * yy) * sy
    # a trapezoid: upper and lower chest of unequal width
    u = u * (1.0 + rng.normal(0.0, 0.14) * strength * v)
    for plane, amount in ((u, 0.018), (v, 0.018)):
        coarse = rng.normal(0.0, 1.0, (7, 7)).astype(np.float32)
        smooth = ndimage.zoom(coarse, size / 7, order=3)[:size, :size]
        plane += amount * strength * smooth
    points = [(v + 0.5) * size, (u + 0.5) * size]
    attenuation = ndimage.map_coordinates(world.attenuation, points, order=1, mode="nearest")
    masks = ndimage.map_coordinates(world.masks, points, order=0, mode="constant", cval=0)
    return World(np.asarray(attenuation, np.float32), np.asarray(masks, np.uint8))
