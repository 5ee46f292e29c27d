"""Fixations from samples by dispersion (I-DT; Salvucci and Goldberg 2000, "Identifying fixations and saccades in
eye-tracking protocols", ETRA, section 3.3).

A window of at least the shortest duration whose samples spread no further than the threshold is grown until the next
sample would spread it too far; it is one fixation at the mean of its samples. Spread is the range of x plus the range
of y. A sample without a place (NaN) and a pause longer than ``max_gap_s`` end a window.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ml.gaze.scanpath import Fixation

Floats = NDArray[np.float64]


class SamplesRefused(ValueError):
    """The samples cannot be what they are said to be; the words say what is wrong."""


@dataclass(frozen=True, slots=True)
class Dispersion:
    """Parameters of I-DT, stored beside what they gave.

    The default threshold is 1 degree each way for a film that fills 25 degrees: Blignaut 2009
    (doi 10.3758/APP.71.4.881) found a radius of 1 degree to keep about 90 % of samples, and 100 ms the better of
    two shortest durations.
    """

    max_spread: float = 0.08  # film widths: range of x plus range of y
    min_duration_s: float = 0.1
    max_gap_s: float = 0.075  # a longer pause between samples is a loss of the eye, not part of a fixation


def detect_fixations(
    time_s: ArrayLike, x: ArrayLike, y: ArrayLike, *, aspect: float, by: Dispersion = Dispersion()
) -> tuple[Fixation, ...]:
    """Fixations of samples (n,), in order.

    ``time_s`` must grow; ``x``, ``y`` are film fractions, NaN where there is none; ``aspect`` is rows over columns.
    A fixation lasts from its first sample to its last. Raises SamplesRefused.
    """
    time, across, down = (np.asarray(values, np.float64).ravel() for values in (time_s, x, y))
    if not len(time) == len(across) == len(down):
        raise SamplesRefused(f"{len(time)} times, {len(across)} x and {len(down)} y do not belong together")
    if not np.isfinite(time).all() or (np.diff(time) <= 0).any():
        raise SamplesRefused("the time of samples must grow")
    if np.isinf(across).any() or np.isinf(down).any():
        raise SamplesRefused("a place must be a number, or missing")
    found: list[Fixation] = []
    for start, stop in _runs(time, np.isfinite(across) & np.isfinite(down), by.max_gap_s):
        found += _in_run(time[start:stop], across[start:stop], down[start:stop], aspect, by)
    return tuple(found)


def _runs(time: Floats, there: NDArray[np.bool_], max_gap_s: float) -> list[tuple[int, int]]:
    """[start, stop) of samples that follow each other without a loss."""
    if not len(time):
        return []
    broken = np.concatenate([[True], (np.diff(time) > max_gap_s) | (there[1:] != there[:-1]), [True]])
    edges = np.flatnonzero(broken)
    return [(int(a), int(b)) for a, b in zip(edges[:-1], edges[1:], strict=True) if there[a]]


def _in_run(time: Floats, x: Floats, y: Floats, aspect: float, by: Dispersion) -> list[Fixation]:
    found = []
    start, n = 0, len(time)
    while start < n:
        stop = int(np.searchsorted(time, time[start] + by.min_duration_s - 1e-9)) + 1  # samples of a shortest window
        if stop > n:
            break
        if _spread(x[start:stop], y[start:stop], aspect) > by.max_spread:
            start += 1
            continue
        stop = _grow(x, y, start, stop, aspect, by.max_spread)
        onset, end = float(time[start]), float(time[stop - 1])
        found.append(Fixation(float(x[start:stop].mean()), float(y[start:stop].mean()), onset, end - onset))
        start = stop
    return found


def _spread(x: Floats, y: Floats, aspect: float) -> float:
    return float(np.ptp(x) + np.ptp(y) * aspect)


def _grow(x: Floats, y: Floats, start: int, stop: int, aspect: float, max_spread: float) -> int:
    """Where the window that begins at ``start`` must end; looked for in blocks, so that long fixations stay cheap."""
    block = 64
    low_x, high_x, low_y, high_y = x[start:stop].min(), x[start:stop].max(), y[start:stop].min(), y[start:stop].max()
    while stop < len(x):
        some = slice(stop, stop + block)
        lows_x, highs_x = np.minimum.accumulate(x[some]), np.maximum.accumulate(x[some])
        lows_y, highs_y = np.minimum.accumulate(y[some]), np.maximum.accumulate(y[some])
        across = np.maximum(highs_x, high_x) - np.minimum(lows_x, low_x)
        down = np.maximum(highs_y, high_y) - np.minimum(lows_y, low_y)
        over = np.flatnonzero(across + down * aspect > max_spread)
        if len(over):
            return stop + int(over[0])
        low_x, high_x = min(low_x, lows_x[-1]), max(high_x, highs_x[-1])
        low_y, high_y = min(low_y, lows_y[-1]), max(high_y, highs_y[-1])
        stop += len(lows_x)
        block = min(block * 2, 4096)
    return stop
