"""Path references: one way to name any scanpath, and the one place that turns a name into fixations.

    fixations:<uuid>               a reader's fixation set
    prediction:<uuid>              a model's predicted reading (its first sample)
    shuffled:<seed>:<reference>    control: the fixations of another path in another order
    centre:<seed>:<reference>      control: its durations at places around the film's middle
    other-case:<seed>:<reference>  control: a path of another case, shown on this one's film

Controls are displaced a little, so that they are not known by the numbers of the path that they are made of.
A reference is resolved when it is used, never kept as fixations: so a reader's withdrawal counts from the next use.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeapp.core.problems import Problem
from gazeapp.recordings.models import FixationSet
from gazeapp.recordings.selectors import consented
from gazeapp.scanpaths.models import Prediction
from ml.gaze import controls
from ml.gaze.scanpath import Fixation, Scanpath

MADE: dict[str, Callable[[NDArray[np.float64], int], NDArray[np.float64]]] = {
    "shuffled": controls.shuffled,
    "centre": controls.centre,
    "other-case": lambda path, seed: path,
    "displaced": controls.displaced,
}


def resolve(reference: str, *, purpose: str) -> Scanpath:
    """The scanpath behind a reference, for a purpose that its reader agrees to today. Whoever asks has seen to it that
    the answer is only shown to those who may see it.

    Raises:
        Problem: path-gone, when it is deleted, withdrawn, not finished, or the reference names nothing.
    """
    kind, _, rest = reference.partition(":")
    if kind == "fixations":
        readings = FixationSet.objects.filter(pk=_uuid(rest), recording__in=consented(purpose))
        return _scanpath(readings.values_list("fixations", flat=True).first(), "human")
    if kind == "prediction":
        reading = Prediction.objects.filter(pk=_uuid(rest)).values_list("reading", flat=True).first()
        return _scanpath(reading["samples"][0]["fixations"] if reading and reading["samples"] else None, "model")
    seed, _, other = rest.partition(":")
    if kind not in MADE or not seed.isdecimal():
        raise _gone()
    made_of = resolve(other, purpose=purpose)
    return _laid(MADE[kind](rows(made_of), int(seed)), made_of.source if kind == "displaced" else kind)


def rows(scanpath: Scanpath) -> NDArray[np.float64]:
    """(n, 3) x, y in film fractions, duration in seconds."""
    return np.array([(f.x, f.y, f.duration_s) for f in scanpath.fixations], np.float64).reshape(-1, 3)


def _scanpath(fixations: list[dict[str, Any]] | None, source: str) -> Scanpath:
    """Those fixations that lie on the film; without any there is no path."""
    found = tuple(
        Fixation(f["x"], f["y"], f["onset_s"], f["duration_s"])
        for f in fixations or []
        if 0 <= f["x"] <= 1 and 0 <= f["y"] <= 1
    )
    if not found:
        raise _gone()
    return Scanpath(found, source)


def _laid(path: NDArray[np.float64], source: str) -> Scanpath:
    """One fixation after the other, without gaps."""
    onsets = np.cumsum(path[:, 2]) - path[:, 2]
    fixations = (
        Fixation(x, y, onset, seconds) for (x, y, seconds), onset in zip(path.tolist(), onsets.tolist(), strict=True)
    )
    return Scanpath(tuple(fixations), source)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise _gone() from None


def _gone() -> Problem:
    return Problem("path-gone", "This reading is not there any more.", "It was withdrawn or deleted.", code=410)
