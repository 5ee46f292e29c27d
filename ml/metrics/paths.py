"""The one place where a scanpath is checked before it is scored. What is refused here is counted, never averaged in."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Path = Floats  # (n, 3): x, y in film fractions, duration in s

LONGEST_FIXATION_S = 60.0  # an aperture may rest while its reader thinks; a longer one is in milliseconds
EDGE = 1e-6  # rounding of single precision: this far off the film is on its edge
SHORTEST_MEDIAN_S = 0.002  # half the fixations shorter than this: seconds divided by a thousand


class Reason(StrEnum):
    """Why a path is refused."""

    SHAPE = "not an (n, 3) array of numbers"
    TOO_FEW = "too few fixations"
    NOT_FINITE = "not finite"
    DURATION = "duration not positive"
    UNIT = "durations not in seconds"
    OFF_FILM = "off the film"


class PathRefused(ValueError):
    """A path that no metric may score. ``reason`` says what kind of fault, the message which fixation and value."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason


def checked(path: ArrayLike, at_least: int = 1) -> Path:
    """The path as float64 (n, 3), n >= ``at_least``; raises :class:`PathRefused`."""
    try:
        out = np.asarray(path, np.float64)
    except (TypeError, ValueError) as error:
        raise PathRefused(Reason.SHAPE, str(error)) from error
    if out.ndim != 2 or out.shape[1] != 3:
        raise PathRefused(Reason.SHAPE, f"the shape is {out.shape}")
    if len(out) < at_least:
        raise PathRefused(Reason.TOO_FEW, f"{len(out)}, at least {at_least} needed")
    _refuse_first(np.asarray(~np.isfinite(out).all(axis=1)), out, Reason.NOT_FINITE, "")
    _refuse_first(out[:, 2] <= 0, out, Reason.DURATION, "")
    _refuse_first(out[:, 2] > LONGEST_FIXATION_S, out, Reason.UNIT, "; milliseconds?")
    if len(out) and np.median(out[:, 2]) < SHORTEST_MEDIAN_S:
        raise PathRefused(Reason.UNIT, f"half the fixations last under {SHORTEST_MEDIAN_S} s; divided by 1000?")
    _refuse_first(
        np.asarray(((out[:, :2] < -EDGE) | (out[:, :2] > 1 + EDGE)).any(axis=1)), out, Reason.OFF_FILM, "; pixels?"
    )
    return np.concatenate([out[:, :2].clip(0.0, 1.0), out[:, 2:]], axis=1)


def _refuse_first(bad: NDArray[np.bool_], path: Path, reason: Reason, hint: str) -> None:
    if bad.any():
        number = int(bad.argmax())
        x, y, duration = path[number]
        raise PathRefused(reason, f"fixation {number} has x {x:g}, y {y:g}, duration {duration:g}{hint}")
