"""This app's export, simulated: films as PNG, one to three of five readers each. Every fourth is read twice by one."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from ml.data import export as layout
from ml.data.marker import SIMULATED_SITE
from ml.data.pixels import pixels_sha256
from ml.data.types import FilmFile, GazeCase, GazeReading, Provenance
from ml.data.types import Report as SpokenReport
from ml.gaze.scanpath import Fixation, Scanpath
from ml.simulator.films import SimulatedFilm, Slot
from ml.simulator.findings import KINDS
from ml.simulator.trees.mimic_cxr import part_of
from ml.simulator.trees.parts import Part, Tables, part_path

TABLES: Tables = {}  # written by ml.data.export
ABOUT = layout.About(
    name="simulated",
    version="1",
    licence="Apache-2.0",
    citation="Simulated by MedGaze Reading Room (python -m ml simulate); SIMULATED.md has the recipe.",
)
PROVENANCE = Provenance(layout.NAME, "simulated", simulated=True, gaze="simulated")
SACCADE_S = 0.03


def readers(slot: Slot) -> tuple[int, ...]:
    everyone = tuple((slot.index + k) % 5 for k in range(1 + slot.index % 3))
    return (*everyone, everyone[0]) if slot.index % 4 == 3 else everyone


def write_film(root: Path, film: SimulatedFilm) -> Part:
    packed = io.BytesIO()
    Image.fromarray(film.pixels).save(packed, "PNG")
    partial = root / "films" / f"{film.slot.key}.partial"
    partial.parent.mkdir(parents=True, exist_ok=True)
    partial.write_bytes(packed.getvalue())
    digest = pixels_sha256(film.pixels)
    partial.replace(root / "films" / f"{digest}.png")
    height, width = film.pixels.shape
    site = film.slot.site
    whose = "reader" if site == SIMULATED_SITE else f"{site}-reader"
    readings = [[f"{whose}-{looked.reader + 1}", looked.path.tolist()] for looked in film.readings]
    labels = {kind: float(kind in film.kinds) for kind in KINDS}
    content = [digest, width, height, film.readings[0].report.text, labels, readings]
    return {"case": json.dumps(content)}


def write_rest(root: Path, slots: Sequence[Slot]) -> None:
    layout.write_export(root, _cases(root, slots), ABOUT, reports=True)


def _cases(root: Path, slots: Sequence[Slot]) -> Iterator[GazeCase]:
    for slot in slots:
        part = json.loads(part_path(root, slot.index).read_text(encoding="utf-8"))
        digest, width, height, text, labels, readings = json.loads(part["case"])
        looked = tuple(
            GazeReading(reader, Scanpath(tuple(fixations(path)), "human"), PROVENANCE) for reader, path in readings
        )
        yield GazeCase(
            key=f"case-{slot.index + 1:05d}",
            film=FilmFile(root / "films" / f"{digest}.png", width, height, digest),
            report=SpokenReport(text),
            patient=slot.subject,
            site=slot.site,
            dataset=layout.NAME,
            readings=looked,
            labels=labels,
            official_split=part_of(slot),
            simulated=True,
        )


def fixations(path: Sequence[Sequence[float]]) -> Iterator[Fixation]:
    """Of places and durations (x, y, s), with onsets in s from when the film came."""
    now = 0.1
    for x, y, seconds in path:
        yield Fixation(x, y, now, seconds)
        now += seconds + SACCADE_S
