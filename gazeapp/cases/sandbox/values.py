"""What the readers hand on: a film whose meaning is settled (bright is bright, one linear window), and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gazeapp.cases.sandbox.limits import MAX_PIXELS, MIN_SIDE
from gazeapp.cases.sandbox.refused import Refused


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


def window_of(pixels: np.ndarray, usable: np.ndarray | None = None) -> tuple[float, float]:
    """A window for films that name none: the middle 99 % of the values."""
    values = pixels[::2, ::2] if usable is None else pixels[usable]
    if values.size == 0:
        values = pixels
    low, high = (float(value) for value in np.percentile(values, (0.5, 99.5)))
    return (low + high) / 2, max(high - low, 1.0)
