"""Fine-tunings of a second or two: a small model, an export or a prepared set of noise films, and their runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from ml.data.export import About, write_export
from ml.data.pixels import pixels_sha256
from ml.data.types import FilmFile, GazeCase
from ml.training.finetune import FineTuneRequest, fine_tune
from ml.training.runlog import RunEvents, RunLog
from tests.ml.gaze import gaze_case, gaze_cases, prepare_parts, read_png
from tests.ml.kit import likelihood_config, save_model

ABOUT = About("noise", "1", "CC0-1.0", "A seed.")
EIGHT = {"train": 8, "validate": 3, "test": 6}  # cases a part


def small_model(folder: Path, **fields: Any) -> Path:
    """A model with a likelihood, dropout included, whose weights are random."""
    config = likelihood_config(num_modes=2, decoder_dropout=0.1, simulated=True, **fields)
    return save_model(folder, config)


def prepared_set(folder: Path, parts: dict[str, int] | None = None) -> Path:
    """Prepared for :func:`small_model`: so many cases a part, two readings each."""
    parts = EIGHT if parts is None else parts
    cases = gaze_cases(folder / "films", sum(parts.values()))
    return prepare_parts(cases, folder / "data", likelihood_config(num_modes=2, simulated=True), **parts)


def export_case(root: Path, number: int, *, source: str = "simulated", **changes: Any) -> GazeCase:
    """A case as exports have them: its film under ``root/films`` by the address of its pixels, a patient of its own."""
    case = gaze_case(root.parent / "noise", number)
    pixels = read_png(case.film)
    digest = pixels_sha256(pixels)
    (root / "films").mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(root / "films" / f"{digest}.png")
    readings = tuple(
        dataclasses.replace(
            one, provenance=dataclasses.replace(one.provenance, gaze=source, simulated=source == "simulated")
        )
        for one in case.readings
    )
    height, width = pixels.shape
    film = FilmFile(root / "films" / f"{digest}.png", width, height, digest)
    fields: dict[str, Any] = {"readings": readings, "patient": f"patient-{number}", "site": "here", **changes}
    return dataclasses.replace(case, film=film, **fields)


def export_of(root: Path, cases: int | Sequence[GazeCase], **each: Any) -> Path:
    """Written as an export with films and reports: these cases, or so many of :func:`export_case`."""
    made = [export_case(root, number, **each) for number in range(cases)] if isinstance(cases, int) else cases
    write_export(root, made, ABOUT, reports=True)
    return root


def tune(base: Path, data: Path, run: Path, *, show: bool = False, **asked: Any) -> RunLog:
    """Fine-tune, with ``run.jsonl`` beside the run; what the events come to. ``asked``: fields of the request, with
    four steps unless it says more."""
    if not {"steps", "minutes"} & set(asked):
        asked["steps"] = 4
    events = run.with_suffix(".jsonl")
    fine_tune(base, data, run, FineTuneRequest(**asked), events=RunEvents(events), show=show, cpu=True)
    return RunLog.read(events)
