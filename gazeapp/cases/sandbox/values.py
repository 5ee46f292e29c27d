"""What the readers hand on: a film whose meaning is settled (bright is bright, one linear window), and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gazeapp.cases.sandbox.limits import MAX_PIXELS, MIN_SIDE
from gazeapp.core.sandbox.refusal import Refused

# A window is taken as it is stored if the middle of the film spreads over so much of it (10th to 90th percentile), and
# its median lies between these, black being 0 and white 1. Set by eye on 57 open films.
LEAST_SPREAD, LEAST_MEDIAN, MOST_MEDIAN = 0.45, 0.15, 0.8
MAX_WINDOWS = 5


@dataclass
class Film:
    pixels: np.ndarray  # (rows, columns) uint16, bright is bright
    bits: int  # significant bits
    window: tuple[float, float]  # centre, width in stored values; black at centre - width/2, white at centre + width/2
    windows: list[dict[str, Any]] = field(default_factory=list)  # further ones: {name, center, width}
    spacing: tuple[float, float] | None = None  # mm between rows, between columns
    modality: str = "XR"
    view: str = ""
    source: dict[str, Any] = field(default_factory=dict)  # format, transfer syntax, photometric, rescale
    kept: dict[str, Any] = field(default_factory=dict)  # allow-listed header elements, by keyword
    removed: int = 0  # header elements left behind
    identifiers: list[tuple[str, str]] = field(default_factory=list)  # (kind, text) to look for in the report
    hold: str | None = None  # why a person must look first

    def to_dict(self) -> dict[str, Any]:
        return {
            "rows": int(self.pixels.shape[0]),
            "columns": int(self.pixels.shape[1]),
            "bits": self.bits,
            "window": list(self.window),
            "windows": self.windows,
            "spacing": list(self.spacing) if self.spacing else None,
            "modality": self.modality,
            "view": self.view,
            "source": self.source,
            "kept": self.kept,
            "removed": self.removed,
            "identifiers": [list(pair) for pair in self.identifiers],
            "hold": self.hold,
        }


def check_size(rows: int, columns: int) -> None:
    """Refuses before a single pixel is decoded."""
    if rows * columns > MAX_PIXELS:
        raise Refused("film-too-large", rows=rows, columns=columns)
    if min(rows, columns) < MIN_SIDE:
        raise Refused("film-too-small", rows=rows, columns=columns)


def choose_window(
    pixels: np.ndarray, stored: list[tuple[float, float, str]], usable: np.ndarray | None = None
) -> tuple[tuple[float, float], list[dict[str, Any]]]:
    """The window that a film opens with, and the further ones: the first stored window if it shows a film, else one
    made from the pixels, with the stored one kept among the further ones as "As stored"."""
    values = _middle(pixels, usable)
    if stored and _shows(values, *stored[0][:2]):
        window, further = stored[0][:2], stored[1:]
    else:
        low, high = (float(value) for value in np.percentile(values, (2.5, 99.5)))
        window = ((low + high) / 2, max(high - low, 1.0))
        further = [(center, width, "As stored") for center, width, _ in stored[:1]] + stored[1:]
    return window, [
        {"name": name or f"Window {number}", "center": center, "width": width}
        for number, (center, width, name) in enumerate(further[:MAX_WINDOWS], start=2)
    ]


def _middle(pixels: np.ndarray, usable: np.ndarray | None) -> np.ndarray:
    """Values of the middle 80 % of both sides, where the patient is: borders, shutters and marks stay out."""
    rows, columns = (slice(side // 10, side - side // 10, 2) for side in pixels.shape)
    values = pixels[rows, columns]
    if usable is not None and usable[rows, columns].any():
        values = values[usable[rows, columns]]
    return values.ravel()


def _shows(values: np.ndarray, center: float, width: float) -> bool:
    """Whether a window shows a film: neither nearly white nor nearly black nor flat grey."""
    grey = np.clip((np.percentile(values, (10, 50, 90)) - center) / width + 0.5, 0, 1)
    return bool(grey[2] - grey[0] >= LEAST_SPREAD and LEAST_MEDIAN <= grey[1] <= MOST_MEDIAN)
