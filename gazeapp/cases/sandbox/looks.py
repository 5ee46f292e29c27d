"""Small grey pictures of a film: for people's lists, and for the text detector, to which one shows the film as people
see it and one what is faint, dark or glaring in it."""

from __future__ import annotations

import numpy as np
from PIL import Image

THUMBNAIL_SIDE = 320  # px
SIDE = 1024  # px; the longest side on which the detector works: letters of 1 % of the film still show
STROKE = 9  # px of a look; wider than the strokes of words, narrower than ribs and vessels
AROUND = 32  # px; over so much of the film its noise is taken to be the same
GAIN = 40.0  # grey steps for a detail as strong as its surroundings' usual ones
LEAST = 5e-4  # of the film's range: what differs less, as in shutters and padding, is not blown up


def draw(pixels: np.ndarray, window: tuple[float, float]) -> tuple[Image.Image, list[np.ndarray]]:
    """A thumbnail through the window, and the detector's looks as (H, W) uint8: plain and detail."""
    values = np.asarray(_resized(pixels.astype(np.float32), min(1.0, SIDE / max(pixels.shape))))
    low, high = (float(value) for value in np.percentile(pixels[::4, ::4], (0.5, 99.5)))
    thumbnail = _resized(values, min(1.0, THUMBNAIL_SIDE / max(values.shape)))
    center, width = window
    return (
        Image.fromarray(_grey(np.asarray(thumbnail), center - width / 2, center + width / 2)),
        [_grey(values, low, high), _detail(values, LEAST * (high - low))],
    )


def _detail(values: np.ndarray, floor: float) -> np.ndarray:
    """What is finer than anatomy, in units of what is usual round about.

    A word that somebody wrote into a film has edges as sharp as a pixel, however little it differs in grey and
    however dark or bright it lies; bones and vessels, blurred by focus and motion, almost vanish here.
    """
    values = np.asarray(_resized(values, SIDE / max(values.shape)))
    fine = values - _blurred(values)
    usual = Image.fromarray(np.sqrt(np.abs(fine))).reduce(AROUND)  # the root keeps edges and words from counting much
    scale = np.asarray(usual.resize(fine.shape[::-1], Image.Resampling.BILINEAR)) ** 2
    return np.clip(127.5 + GAIN * fine / np.maximum(scale, max(floor, 1e-3)), 0, 255).astype(np.uint8)


def _grey(values: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.clip((values - low) / max(high - low, 1.0) * 255, 0, 255).astype(np.uint8)


def _resized(values: np.ndarray, factor: float) -> Image.Image:
    image = Image.fromarray(values)
    if factor == 1:
        return image
    height, width = (max(1, round(side * factor)) for side in values.shape)
    if factor > 1:
        return image.resize((width, height), Image.Resampling.BICUBIC)
    return image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)


def _blurred(values: np.ndarray) -> np.ndarray:
    """The mean of `STROKE` × `STROKE` px about each, twice over, edges carried on outwards."""
    half = STROKE // 2
    for _ in range(4):  # down, across, down, across
        padded = np.pad(values, ((half + 1, half), (0, 0)), "edge").cumsum(axis=0, dtype=np.float64)
        values = ((padded[STROKE:] - padded[:-STROKE]) / STROKE).astype(np.float32).T
    return values
