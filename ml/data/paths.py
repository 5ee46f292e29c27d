"""From a set's rows to a scanpath: what is no fixation on the film is left out and counted, never moved."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass, field

from ml.data.types import DataError
from ml.gaze.scanpath import Fixation, Scanpath

DURATIONS_S = (0.005, 10.0)  # median fixation of a reading: beyond, the table counts in another unit
CORNER = 0.005  # film fraction: a whole reading inside it was given in fractions where px are promised
ENOUGH = 5  # fixations from which a reading is judged as a whole


@dataclass(slots=True)
class PathBuilder:
    """Collects the fixations of one reading. ``dropped``: reason: fixations left out."""

    dropped: Counter[str] = field(default_factory=Counter)
    fixations: list[Fixation] = field(default_factory=list)

    def add(self, x: float | None, y: float | None, onset_s: float, duration_s: float) -> None:
        """One fixation in film fractions and seconds; None where the tracker had lost the eye."""
        if x is None or y is None:
            self.dropped["missing"] += 1
        elif duration_s <= 0:
            self.dropped["no duration"] += 1
        elif not (0 <= x <= 1 and 0 <= y <= 1):
            self.dropped["off film"] += 1
        else:
            self.fixations.append(Fixation(x, y, max(0.0, onset_s), duration_s))

    def scanpath(self, where: str) -> Scanpath:
        """In the order of their onsets; a file in another order is put right and the steps back are counted.

        ``where``: file (and rows) for messages. Raises DataError where the whole reading is in other units than the
        layout promises: that is never guessed.
        """
        self._check_units(where)
        back = sum(b.onset_s < a.onset_s for a, b in zip(self.fixations, self.fixations[1:], strict=False))
        if back:
            self.dropped["out of order, put right"] += back
        return Scanpath(tuple(sorted(self.fixations, key=lambda f: f.onset_s)), source="human")

    def _check_units(self, where: str) -> None:
        off = self.dropped["off film"]
        if not self.fixations and off >= ENOUGH:
            raise DataError(
                f"{where}: all {off} fixations are off the film; is it the film's gaze, in the set's units?"
            )
        if len(self.fixations) < ENOUGH:
            return
        median = statistics.median(f.duration_s for f in self.fixations)
        if not DURATIONS_S[0] <= median <= DURATIONS_S[1]:
            raise DataError(f"{where}: the median fixation lasts {median:g} s; durations are expected in seconds")
        if all(f.x < CORNER and f.y < CORNER for f in self.fixations):
            raise DataError(f"{where}: all fixations in the film's corner; places are expected in px of the film")
