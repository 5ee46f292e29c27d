"""The stages a prediction passes through, in order, as the page shows them. Pure names: no torch here.

Where film and report are read at the same time, both are ``film``: ``report`` is entered when they are done.
"""

from __future__ import annotations

from dataclasses import dataclass

STAGES: tuple[str, ...] = ("film", "report", "gaze", "decode")


@dataclass(frozen=True, slots=True)
class Stage:
    """A prediction has just entered this stage; ``name`` is one of :data:`STAGES`."""

    name: str
