"""Small gaze data sets on disk for tests: noise films as PNG, spoken-for reports, readings from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml.data.prepare import prepare_splits
from ml.data.types import FilmFile, GazeCase, GazeReading, Provenance, Report
from ml.gaze.scanpath import Fixation, Scanpath
from ml.medgaze.config import MedGazeConfig

PLACES = ("left", "right")


def read_png(file: FilmFile) -> NDArray[Any]:
    return np.asarray(Image.open(file.path))


def scanpath(places: NDArray[Any]) -> Scanpath:
    """(n, 3) x, y, s -> a scanpath without pauses."""
    onset = 0.0
    fixations = []
    for x, y, duration in places.tolist():
        fixations.append(Fixation(x, y, onset, duration))
        onset += duration
    return Scanpath(tuple(fixations), source="human")


def reading(reader: str, places: NDArray[Any]) -> GazeReading:
    return GazeReading(reader, scanpath(places), Provenance("simulated", "a seed", simulated=True))


def gaze_case(folder: Path, number: int, *, readers: tuple[str, ...] = ("a", "b"), length: int = 5) -> GazeCase:
    """Case ``number``: the side that film and report name is where its readers look."""
    rng = np.random.default_rng([number, 3])
    side = number % 2
    pixels = rng.integers(0, 120, (40, 60)).astype(np.uint8)
    pixels[10:30, 5 + 30 * side : 25 + 30 * side] += 120
    path = folder / f"film-{number:03d}.png"
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    paths = []
    for _ in readers:
        x = rng.uniform(0.1, 0.4, length) + 0.5 * side
        paths.append(np.stack([x, rng.uniform(0.2, 0.8, length), rng.uniform(0.1, 0.6, length)], 1))
    return GazeCase(
        key=f"case-{number:03d}",
        film=FilmFile(path, 60, 40, f"film-{number:03d}"),
        report=Report(f"Opacity in the {PLACES[side]} lung, number {number}."),
        patient=f"patient-{number // 2}",
        site="north" if number % 3 else "south",
        dataset="simulated",
        readings=tuple(reading(who, path) for who, path in zip(readers, paths, strict=True)),
        labels={"opacity": 1.0},
        simulated=True,
    )


def gaze_cases(folder: Path, count: int = 8, **how: Any) -> list[GazeCase]:
    return [gaze_case(folder, number, **how) for number in range(count)]


def prepare_parts(cases: Sequence[GazeCase], folder: Path, config: MedGazeConfig, **parts: int) -> Path:
    """The cases in a folder, prepared for a model: so many to each part, in their order."""
    keys = iter([case.key for case in cases])
    splits = {part: [next(keys) for _ in range(count)] for part, count in parts.items()}
    prepare_splits(cases, splits, folder, config, read_film=read_png, show=False)
    return folder
