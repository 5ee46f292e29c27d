"""Exports of a case or two, with every value chosen by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ml.data.export import INDEX, NAME, About, sha256, write_export
from ml.data.pixels import pixels_sha256
from ml.data.types import FilmFile, GazeCase, GazeReading, Provenance, Report
from ml.gaze.scanpath import Fixation, Scanpath

PIXELS = np.arange(12, dtype=np.uint16).reshape(3, 4)
ADDRESS = pixels_sha256(PIXELS)
ABOUT = About("two readings", "1.0", "CC-BY-4.0", "Somebody, 2026.")
MODEL = "ab" * 32
PLACES = (Fixation(0.25, 0.5, 0.1, 0.2), Fixation(0.75, 1.0, 0.4, 0.3))


def reading(
    source: str = "tracker", reader: str = "=reader", places: Sequence[Fixation] = PLACES, **more: Any
) -> GazeReading:
    """A reading of two fixations; simulated where its source is, of the model ``MODEL`` where a model made it."""
    fields = {"simulated": source == "simulated", "model_sha256": MODEL if source == "model" else "", **more}
    path = Scanpath(tuple(places), "model" if source == "model" else "human")
    return GazeReading(reader, path, Provenance(NAME, "test", gaze=source, **fields))


def case(root: Path, *readings: GazeReading, key: str = "case-1", **more: Any) -> GazeCase:
    """A case of the film ``PIXELS``, 4 x 3 px."""
    film = FilmFile(root / "films" / f"{ADDRESS}.png", 4, 3, ADDRESS)
    fields: dict[str, Any] = {"labels": {"mass": 1.0}, "official_split": "test", "site": "site", **more}
    report = Report("No “effusion”.\nClear.")
    return GazeCase(key, film, report, "p-1", dataset=NAME, readings=readings or (reading(),), **fields)


def keep_film(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(PIXELS).save(folder / f"{ADDRESS}.png")


def export(
    root: Path, *cases: GazeCase, films: bool = True, reports: bool = True, about: About = ABOUT
) -> Path:  # fmt: skip
    """Write an export of these cases, or of one."""
    if films:
        keep_film(root / "films")
    write_export(root, cases or [case(root)], about, reports=reports)
    return root


def index(root: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((root / INDEX).read_text())
    return read


def write_index(root: Path, **changes: Any) -> None:
    (root / INDEX).write_text(json.dumps({**index(root), **changes}))


def bend(root: Path, name: str, old: str, new: str) -> None:
    """Another text in a file, which the index knows: as by a program that writes exports wrongly."""
    path = root / name
    before = path.read_bytes().decode()
    assert old in before
    path.write_bytes(before.replace(old, new).encode())
    write_index(root, sha256={**index(root)["sha256"], name: sha256(path)})
