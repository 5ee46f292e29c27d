"""What every importer gives: one session of trials, with samples and the tracker's own fixations as the file has them.

Nothing is mapped to a film here: places keep the file's frame, ``Frame`` says which one it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MAX_SAMPLES = 2_000_000
MAX_TRIALS = 500
MAX_MESSAGES = 40  # of a trial that are kept
RATES_HZ = (5.0, 2100.0)  # what an eye tracker can be; outside it a unit of time was misread


class FileRefused(ValueError):
    """The file is not taken; ``kind`` for programs, the words for people. They never quote the file: its words may name
    somebody."""

    def __init__(self, kind: str, words: str) -> None:
        super().__init__(words)
        self.kind = kind


class Frame(StrEnum):
    """What places are measured in; x right, y down."""

    SCREEN_PX = "screen px"
    SCREEN = "screen fraction"
    FILM_PX = "film px"
    FILM = "film fraction"


@dataclass(frozen=True, slots=True)
class Samples:
    """One eye: (n,) seconds from the trial's start, and places in the session's frame, NaN where the eye was lost."""

    time_s: Floats
    x: Floats
    y: Floats

    @property
    def lost(self) -> float:
        """Share of samples without a place."""
        return float((np.isnan(self.x) | np.isnan(self.y)).mean()) if len(self.x) else 0.0


@dataclass(frozen=True, slots=True)
class TrackerFixation:
    """One that the tracker's own software found: seconds from the trial's start, place in the session's frame."""

    x: float
    y: float
    onset_s: float
    duration_s: float


@dataclass(slots=True)
class Trial:
    """What belongs to one stimulus."""

    name: str  # what the file calls it
    eyes: dict[str, Samples] = field(default_factory=dict)  # "left", "right", or "gaze" where the file names no eye
    fixations: dict[str, tuple[TrackerFixation, ...]] = field(default_factory=dict)  # by eye
    messages: list[tuple[float, str]] = field(default_factory=list)  # the experiment's messages: seconds, words

    @property
    def duration_s(self) -> float:
        ends = [float(samples.time_s[-1]) for samples in self.eyes.values() if len(samples.time_s)]
        ends += [path[-1].onset_s + path[-1].duration_s for path in self.fixations.values() if path]
        return max(ends, default=0.0)


@dataclass(slots=True)
class Session:
    """One file."""

    format: str
    frame: Frame
    trials: list[Trial]
    device: str = ""
    rate_hz: float | None = None
    screen_px: tuple[int, int] | None = None  # width, height
    accuracy_deg: dict[str, float] = field(default_factory=dict)  # eye → mean error of the last validation
    notes: list[str] = field(default_factory=list)  # what was odd and how it was taken


def check_rate(session: Session) -> None:
    """The median interval between samples must be one that an eye tracker can have. Raises FileRefused."""
    intervals = [
        np.diff(samples.time_s)
        for trial in session.trials
        for samples in trial.eyes.values()
        if len(samples.time_s) > 1
    ]
    if not intervals:
        return
    rate = 1.0 / float(np.median(np.concatenate(intervals)))
    if not RATES_HZ[0] <= rate <= RATES_HZ[1]:
        raise FileRefused(
            "time-in-doubt",
            f"Its samples follow each other at {rate:.4g} Hz, which no eye tracker does: the unit of time is in doubt.",
        )
    session.rate_hz = session.rate_hz or round(rate, 1)
