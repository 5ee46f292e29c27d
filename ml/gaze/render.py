"""One form for every path that is shown to a rater, whatever it comes from.

A tracker's fixations have gaps between them where the eye jumped or blinked, a model's follow each other without any,
and each writes its numbers to other decimals. Any of that would tell the source. So durations get a little noise,
places and durations are rounded alike, and onsets are laid anew. Without the noise, durations in coarse units, or of a
tracker of 15 to 50 samples a second, keep that beat against the steps they are rounded to: at 30 Hz a step is met twice
as often as the next. Triangular noise of at most one unit takes away the beat of that unit and of those that divide it
(dither: Wannamaker et al. 2000, IEEE Trans. Signal Processing 48).
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import ArrayLike

STEP = 0.005  # film fractions
STEP_S = 0.05
SHORTEST_S = 0.1
GAP_S = 0.05  # between two fixations
NOISE_S = 0.1  # at most, triangular; the coarsest unit of durations that is not to be heard


def rendered(path: ArrayLike) -> list[dict[str, float]]:
    """[{x, y, onset_s, duration_s}] of a path (n, 3): x, y in film fractions, duration in seconds.

    Places are rounded to .005 within the film, durations, with noise of at most .1 s, to .05 s and at least .1 s; .05 s
    lie between two fixations. The noise follows from the path: whoever is shown it, and however often, sees the same.
    """
    fixations = np.asarray(path, np.float64).reshape(-1, 3)
    places = np.round(np.clip(fixations[:, :2], 0.0, 1.0) / STEP) * STEP
    seed = int.from_bytes(hashlib.sha256(fixations.tobytes()).digest()[:16], "big")
    noise = np.random.default_rng(seed).uniform(-0.5, 0.5, (2, len(fixations))).sum(0) * NOISE_S
    durations = np.maximum(np.round((fixations[:, 2] + noise) / STEP_S) * STEP_S, SHORTEST_S)
    onsets = np.concatenate([[0.0], np.cumsum(durations + GAP_S)[:-1]]) if len(durations) else durations
    return [
        {"x": round(x, 3), "y": round(y, 3), "onset_s": round(onset, 2), "duration_s": round(duration, 2)}
        for (x, y), onset, duration in zip(places.tolist(), onsets.tolist(), durations.tolist(), strict=True)
    ]
