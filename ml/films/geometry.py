"""Pixels that are not square: every stored film has square ones."""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset

from ml.films.faults import FilmFault
from ml.films.numbers import numbers
from ml.films.stored import Pixels

MAX_STRETCH = 4.0
SQUARE = 0.01  # so far from 1 an aspect still counts as square
OF_SPACING = ("PixelSpacing", "ImagerPixelSpacing")


def spacing(dataset: Dataset) -> tuple[tuple[float, float] | None, str]:
    """Millimetres between rows and columns, and from which attribute; zero and nonsense are unknown."""
    for keyword, kind in zip(OF_SPACING, ("pixel", "detector"), strict=True):
        try:
            found = numbers(dataset, keyword)
        except FilmFault:
            continue
        if len(found) == 2 and all(0.01 <= number <= 10 for number in found):
            return (found[0], found[1]), kind
    return None, "unknown"


def aspect(dataset: Dataset) -> float:
    """Height of a pixel over its width; exactly 1 where that is nearly so."""
    found = 1.0
    known, _ = spacing(dataset)
    if known:
        found = known[0] / known[1]
    elif ratio := numbers(dataset, "PixelAspectRatio"):
        if len(ratio) != 2 or min(ratio) <= 0:
            raise FilmFault("film-unclear", about="PixelAspectRatio")
        found = ratio[0] / ratio[1]
    if not 1 / MAX_STRETCH <= found <= MAX_STRETCH:
        raise FilmFault("film-unclear", about="PixelSpacing" if known else "PixelAspectRatio")
    return 1.0 if abs(found - 1) <= SQUARE else found


def squared_shape(rows: int, columns: int, aspect: float) -> tuple[int, int]:
    """Rows and columns after the coarser side is stretched."""
    if aspect == 1:
        return rows, columns
    if aspect > 1:
        return max(2, round(rows * aspect)), columns
    return rows, max(2, round(columns / aspect))


def squared(pixels: Pixels, aspect: float) -> Pixels:
    """Stretches the coarser side by linear interpolation, so that one stored pixel is as high as it is wide."""
    if aspect == 1:
        return pixels
    axis = 0 if aspect > 1 else 1
    length, stretched = pixels.shape[axis], squared_shape(pixels.shape[0], pixels.shape[1], aspect)[axis]
    at = np.clip((np.arange(stretched) + 0.5) * length / stretched - 0.5, 0, length - 1)
    first = np.minimum(at.astype(np.int64), length - 2)
    share = (at - first).astype(np.float32)
    share = share[:, None] if axis == 0 else share[None, :]
    near = np.take(pixels, first, axis).astype(np.float32)
    far = np.take(pixels, first + 1, axis).astype(np.float32)
    stretch: Pixels = np.rint(near + (far - near) * share).astype(np.uint16)
    return stretch
