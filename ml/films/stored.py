"""A film of known meaning, how large it may be, the windows that it opens with, what the model gets of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.films.faults import FilmFault

Pixels = NDArray[np.uint16]
Window = tuple[float, float, str]  # centre and width in stored values, name
MAX_PIXELS = 64_000_000  # 128 MB as 16-bit; the largest flat panels have 20 million
MAX_WINDOWS = 5
# A window is taken as it is stored if the middle of the film spreads over so much of it (10th to 90th percentile), and
# its median lies between these, black being 0 and white 1. Set by eye on 57 open films.
LEAST_SPREAD, LEAST_MEDIAN, MOST_MEDIAN = 0.45, 0.15, 0.8


@dataclass(slots=True)
class StoredFilm:
    pixels: Pixels  # (rows, columns), bright is bright, a pixel as high as it is wide
    bits: int  # significant bits
    window: tuple[float, float]  # centre, width in stored values; black at centre - width/2, white at centre + width/2
    windows: list[dict[str, Any]] = field(default_factory=list)  # further ones: {name, center, width}
    spacing: tuple[float, float] | None = None  # mm between rows, between columns
    modality: str = "XR"  # CR, DX, or XR where the file does not say
    view: str = ""  # PA or AP where the file says so
    source: dict[str, Any] = field(default_factory=dict)  # what the file said: format, photometric, rescale; remarks
    words: str = ""  # `words_sha256` of what the file stores, before anything beside it says what that means


def for_model(film: StoredFilm) -> Pixels:
    """(rows, columns) grey values that the model's processor is given, in training, on the command line and in the app.

    The stored values, without a window: docs/decisions/0030-one-meaning-of-a-film.md says why.
    """
    return film.pixels


def film_sha256(pixels: Pixels | bytes, rows: int, columns: int) -> str:
    """The address of a film, whatever file holds it: sha256 over "ROWSxCOLUMNS" and a line feed, then its pixels as
    little-endian 16-bit values."""
    digest = hashlib.sha256(f"{rows}x{columns}\n".encode())
    digest.update(pixels if isinstance(pixels, bytes) else np.ascontiguousarray(pixels, "<u2").tobytes())
    return digest.hexdigest()


def words_sha256(words: NDArray[Any], bits: int) -> str:
    """Of the stored words, of 8 or 16 bits each, in their order: the same whatever sign, depth, size, padding, table or
    palette a file claims for them."""
    return hashlib.sha256(np.ascontiguousarray(words.astype(f"<u{bits // 8}")).tobytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large a film may be, px."""

    most_pixels: int = MAX_PIXELS
    least_side: int = 1

    def check(self, rows: int, columns: int) -> None:
        """Refuses before a single pixel is decoded."""
        if rows * columns > self.most_pixels:
            raise FilmFault("film-too-large", rows=rows, columns=columns)
        if min(rows, columns) < self.least_side:
            raise FilmFault("film-too-small", rows=rows, columns=columns)


def choose_window(
    pixels: Pixels, stored: Sequence[Window], usable: NDArray[np.bool_] | None = None
) -> tuple[tuple[float, float], list[dict[str, Any]]]:
    """The window that a film opens with, and the further ones: the first stored window if it shows a film, else one
    made from the pixels, with the stored one kept among the further ones as "As stored"."""
    values = _middle(pixels, usable)
    if stored and _shows(values, *stored[0][:2]):
        window, further = stored[0][:2], list(stored[1:])
    else:
        low, high = (float(value) for value in np.percentile(values, (2.5, 99.5)))
        window = ((low + high) / 2, max(high - low, 1.0))
        further = [(center, width, "As stored") for center, width, _ in stored[:1]] + list(stored[1:])
    return window, [
        {"name": name or f"Window {number}", "center": center, "width": width}
        for number, (center, width, name) in enumerate(further[:MAX_WINDOWS], start=2)
    ]


def _middle(pixels: Pixels, usable: NDArray[np.bool_] | None) -> Pixels:
    """Values of the middle 80 % of both sides, where the patient is: borders, shutters and marks stay out."""
    rows, columns = (slice(side // 10, side - side // 10, 2) for side in pixels.shape)
    values = pixels[rows, columns]
    if usable is not None and usable[rows, columns].any():
        values = values[usable[rows, columns]]
    return values.ravel()


def _shows(values: Pixels, center: float, width: float) -> bool:
    """Whether a window shows a film: neither nearly white nor nearly black nor flat grey."""
    grey = np.clip((np.percentile(values, (10, 50, 90)) - center) / width + 0.5, 0, 1)
    return bool(grey[2] - grey[0] >= LEAST_SPREAD and LEAST_MEDIAN <= grey[1] <= MOST_MEDIAN)
