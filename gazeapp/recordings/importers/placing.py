"""Where on the film somebody looked, from places in the frame of their file.

A film on a screen lies in a box of screen pixels that has the film's shape: its left and top edge and its width; the
height follows. Unless somebody says otherwise it was fitted into the screen and centred there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gazeapp.recordings.importers.session import Floats, Frame, Samples


@dataclass(frozen=True, slots=True)
class Box:
    """Where the film lay, in pixels of the screen."""

    left: float
    top: float
    width: float
    height: float


def fitted(screen_px: tuple[int, int], aspect: float) -> Box:
    """The largest box of this shape (``aspect``: height over width) in the middle of the screen."""
    width, height = screen_px
    wide = min(width, height / aspect)
    return Box((width - wide) / 2, (height - wide * aspect) / 2, wide, wide * aspect)


def film_fractions(
    x: Floats,
    y: Floats,
    frame: Frame,
    *,
    screen_px: tuple[int, int] | None = None,
    box: Box | None = None,
    film_px: tuple[int, int] | None = None,
) -> tuple[Floats, Floats]:
    """(n,) places as film fractions. A screen needs its box and, for fractions of it, its size; film pixels the film's
    size (columns, rows)."""
    if frame == Frame.FILM:
        return x, y
    if frame == Frame.FILM_PX:
        assert film_px is not None
        return x / film_px[0], y / film_px[1]
    assert box is not None
    if frame == Frame.SCREEN:
        assert screen_px is not None
        x, y = x * screen_px[0], y * screen_px[1]
    return (x - box.left) / box.width, (y - box.top) / box.height


def mean_of_eyes(left: Samples, right: Samples) -> Samples:
    """The middle of both eyes where both are seen, else the one that is. They must share their clock."""
    if left.time_s.shape != right.time_s.shape or not np.array_equal(left.time_s, right.time_s):
        raise ValueError("the eyes do not share their clock")
    seen = [~(np.isnan(eye.x) | np.isnan(eye.y)) for eye in (left, right)]
    count = seen[0].astype(float) + seen[1]
    with np.errstate(invalid="ignore"):
        x, y = (
            (np.where(seen[0], one, 0.0) + np.where(seen[1], other, 0.0)) / np.where(count > 0, count, np.nan)
            for one, other in ((left.x, right.x), (left.y, right.y))
        )
    return Samples(left.time_s, x, y)


def off_film(x: Floats, y: Floats) -> float:
    """Share of the known places that lie beside the film."""
    seen = ~(np.isnan(x) | np.isnan(y))
    if not seen.any():
        return 0.0
    inside = (x[seen] >= 0) & (x[seen] <= 1) & (y[seen] >= 0) & (y[seen] <= 1)
    return float(1.0 - inside.mean())
