"""The words of the field as plain NumPy-free types, shared by the web process and the science.

Space: image fractions, x right and y down, 0..1 over the film's full width and height. Time: seconds from film onset.
Nothing here imports torch, so the web process may use it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Ellipse:
    """Uncertainty of one fixation's place: deviations along x and y (image fractions), their correlation."""

    sd_x: float
    sd_y: float
    rho: float = 0.0


@dataclass(frozen=True, slots=True)
class Fixation:
    """One fixation: place (image fractions), onset and duration (s), and, when a model made it, how sure it was."""

    x: float
    y: float
    onset_s: float
    duration_s: float
    ellipse: Ellipse | None = None
    duration_low_s: float | None = None  # 5 % quantile of the predicted duration
    duration_high_s: float | None = None  # 95 % quantile


@dataclass(frozen=True, slots=True)
class Scanpath:
    """An ordered list of fixations from one source: ``human``, ``model`` or the name of a control."""

    fixations: tuple[Fixation, ...]
    source: str = "model"
    capped: bool = False  # the length cap was hit: the reading may go on past the last fixation

    @property
    def duration_s(self) -> float:
        return sum(f.duration_s for f in self.fixations)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the predictor answers for one film and report: scanpaths, and what was cut or corrected on the way.

    ``samples[0]`` is the reading to show; the others are further draws. Spans of the report, [first character, the one
    behind the last), stand in its order. What is neither read nor skipped did not fit.
    """

    samples: tuple[Scanpath, ...]
    seed: int
    model_sha256: str
    report_read: tuple[tuple[int, int], ...]  # spans that reached the model
    report_dropped_tokens: int  # that did not fit
    report_skipped: tuple[tuple[int, int], ...] = ()  # neither findings nor impression: not to be read
    report_names_place: bool | None = (
        None  # whether it asserts something of a place that the model knows; None: unknown
    )
    corrected: dict[str, int] = field(default_factory=dict)  # output guard: {"clamped": n, "lengthened": n}

    @property
    def report_read_chars(self) -> int:
        """How many characters of the report reached the model."""
        return sum(end - start for start, end in self.report_read)

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "report_read_chars": self.report_read_chars}
