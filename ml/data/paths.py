"""From a set's rows to a scanpath: what is no fixation on the film is left out and counted, never moved."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ml.types import Fixation, Scanpath


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

    def scanpath(self) -> Scanpath:
        """In the order of their onsets; a file in another order is put right and the steps back are counted."""
        back = sum(b.onset_s < a.onset_s for a, b in zip(self.fixations, self.fixations[1:], strict=False))
        if back:
            self.dropped["out of order, put right"] += back
        return Scanpath(tuple(sorted(self.fixations, key=lambda f: f.onset_s)), source="human")
