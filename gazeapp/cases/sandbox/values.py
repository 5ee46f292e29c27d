"""What the sandbox hands on: a film whose meaning is settled, and what may be kept of its header."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ml.films.stored import StoredFilm


@dataclass
class Film:
    stored: StoredFilm
    kept: dict[str, Any] = field(default_factory=dict)  # allow-listed header elements, by keyword
    removed: int = 0  # header elements left behind
    identifiers: list[tuple[str, str]] = field(default_factory=list)  # (kind, text) to look for in the report
    hold: str | None = None  # why a person must look first

    def to_dict(self) -> dict[str, Any]:
        film = self.stored
        return {
            "rows": int(film.pixels.shape[0]),
            "columns": int(film.pixels.shape[1]),
            "bits": film.bits,
            "window": list(film.window),
            "windows": film.windows,
            "spacing": list(film.spacing) if film.spacing else None,
            "modality": film.modality,
            "view": film.view,
            "source": film.source,
            "words": film.words,
            "kept": self.kept,
            "removed": self.removed,
            "identifiers": [list(pair) for pair in self.identifiers],
            "hold": self.hold,
        }
