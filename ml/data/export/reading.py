"""Reading an export, of version 2 or 1, to cases. What it does not hold itself can be found elsewhere."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ml.data.export.elsewhere import Films, Reports, film_finder, report_finder
from ml.data.export.layout import CASES, FIXATIONS, KEY, NAME, READINGS, SHA256, unescaped, verify
from ml.data.gaze_sources import SOURCES, left_out, reason, report_left_out, source_of, wanted
from ml.data.paths import PathBuilder
from ml.data.tables import Row, rows
from ml.data.types import DataError, FilmFile, GazeCase, GazeReading, Provenance, Report

NO_REPORT = "report that came neither with the export nor from elsewhere: its case is read with a blank one"


def read_export(
    root: Path,
    *,
    mimic: Sequence[Path] = (),
    skipped: Counter[str] | None = None,
    sources: Collection[str] | None = None,
    films: Films | None = None,
    reports: Reports | None = None,
    films_needed: bool = True,
) -> list[GazeCase]:
    """Every case of an export whose files are all as they were written.

    ``sources``: whose readings are wanted (``ml.data.gaze_sources``); where none is named, the readings of trackers,
    imports and simulated readers, and all of a version 1 that does not say. Cases stay when their readings go.
    ``skipped`` counts what was left out and why; without it the log says so. ``films``, ``reports``: where those of an
    export without them are; ``films_needed`` False where nobody will open them. ``mimic`` is not needed here.

    Raises DataError where a file was changed, is missing or not of a known version, a source is unknown, or a film that
    is needed is nowhere.
    """
    wanted(sources)
    index = verify(root)
    here = _Here(root, index, film_finder(films), report_finder(reports), films_needed)
    missing: Counter[str] = Counter()
    readings = _readings(here, sources, missing)
    out: dict[str, GazeCase] = {}
    for row in rows(root / CASES.file, CASES.header(here.version)):
        key = unescaped(row.needed("case"))
        if key in out:
            raise row.fault(f"case {key} stands twice; make the export anew")
        report = here.report(row, key)
        missing[NO_REPORT] += report is None
        out[key] = GazeCase(
            key=key,
            film=here.film(row),
            report=Report(report or ""),
            patient=unescaped(row.needed("patient")),
            site=unescaped(row.needed("site")),
            dataset=NAME,
            readings=tuple(readings.pop(key, ())),
            labels=_labels(row),
            official_split=unescaped(row.text("split")),
            simulated=here.simulated or (here.version > 1 and row.flag("simulated")),
        )
    if readings:
        raise DataError(
            f"{root / FIXATIONS.file}: case {next(iter(readings))} is not in cases.csv; make the export anew"
        )
    report_left_out(+missing, skipped)
    return list(out.values())


@dataclass(frozen=True, slots=True)
class _Here:
    """The export, and where to look for what it lacks."""

    root: Path
    index: dict[str, Any]
    find_film: Callable[[str], Path | None]
    find_report: Callable[[str], str | None]
    films_needed: bool

    @property
    def version(self) -> int:
        return int(self.index["version"])

    @property
    def simulated(self) -> bool:
        """Whether everything is: version 1 knows no more."""
        return self.version == 1 and bool(self.index["simulated"])

    def film(self, row: Row) -> FilmFile:
        """The film of a case's row."""
        digest = row.needed("film_sha256")
        width, height = int(row.decimal("film_width_px")), int(row.decimal("film_height_px"))
        if self.version == 1 or self.index["films"]:
            path = self.root / self._member(row, f"films/{digest}.png")
        else:
            if not SHA256.fullmatch(digest):
                raise row.fault(f"film_sha256 is {digest!r}; 64 digits of a sha256 are needed")
            found = self.find_film(digest)
            if found is None and self.films_needed:
                raise row.fault(
                    f"film {digest} came neither with the export nor from elsewhere; name the folder that holds it, or "
                    "ask for the export with its films"
                )
            path = found or self.root / "films" / f"{digest}.png"
        return FilmFile(path, width, height, digest, digest if self.version > 1 else "")

    def report(self, row: Row, key: str) -> str | None:
        """The report of a case's row; None where it is nowhere."""
        if self.version == 1 or self.index["reports"]:
            return (self.root / self._member(row, f"reports/{key}.txt")).read_text(encoding="utf-8")
        if not KEY.fullmatch(key):
            raise row.fault(f"case is {key!r}; letters, digits, points, hyphens and underscores are needed")
        return self.find_report(key)

    def _member(self, row: Row, name: str) -> str:
        if name not in self.index["sha256"]:
            raise row.fault(f"{name} is not among the export's files; make the export anew")
        return name


@dataclass(slots=True)
class _Reading:
    """One reading while its fixations are collected."""

    reader: str
    provenance: Provenance
    path: PathBuilder = field(default_factory=PathBuilder)


def _readings(
    here: _Here, sources: Collection[str] | None, missing: Counter[str]
) -> dict[str, list[GazeReading]]:  # fmt: skip
    """The wanted readings of each case, in the order of their numbers; those with no fixation on the film are none."""
    table = here.root / FIXATIONS.file
    known = _described(here.root / READINGS.file) if here.version > 1 else {}
    for row in rows(table, FIXATIONS.header(here.version)):
        which, reader = _which(row), unescaped(row.needed("reader"))
        if here.version == 1:
            gaze = Provenance(NAME, "", here.simulated, "none: film fractions")
            reading = known.setdefault((*which, reader), _Reading(reader, gaze))
        elif (found := known.get((*which, reader))) is None:
            raise row.fault(
                f"reading {which[1]} of case {which[0]} by {reader} is not in {READINGS.file}; make the export anew"
            )
        else:
            reading = found
        reading.path.add(
            row.decimal("x_fraction"), row.decimal("y_fraction"), row.decimal("onset_s"), row.decimal("duration_s")
        )
    out: dict[str, list[GazeReading]] = {}
    for (key, number, _), reading in sorted(known.items(), key=lambda item: item[0][:2]):
        source = source_of(reading.provenance)
        if left_out(source, sources):
            missing[reason(source)] += 1
            continue
        scanpath = reading.path.scanpath(f"{table}, case {key}, reading {number}")
        if reading.provenance.gaze == "model":
            scanpath = replace(scanpath, source="model")
        provenance = replace(
            reading.provenance,
            source=f"{table.name}, case {key}, reading {number}",
            dropped=dict(reading.path.dropped),
        )
        if scanpath.fixations:
            out.setdefault(key, []).append(GazeReading(reading.reader, scanpath, provenance))
    return out


def _described(table: Path) -> dict[tuple[str, int, str], _Reading]:
    """Every reading of ``readings.csv``, as yet without fixations."""
    out: dict[tuple[str, int, str], _Reading] = {}
    numbers: set[tuple[str, int]] = set()
    for row in rows(table, READINGS.header()):
        which, reader = _which(row), unescaped(row.needed("reader"))
        if which in numbers:
            raise row.fault(f"reading {which[1]} of case {which[0]} stands twice; make the export anew")
        numbers.add(which)
        source, simulated, model = row.needed("source"), row.flag("simulated"), row.text("model_sha256")
        if source not in SOURCES:
            raise row.fault(f"source is {source!r}, which is none of {', '.join(SOURCES)}; make the export anew")
        if source == "simulated" and not simulated:
            raise row.fault("source is simulated, but simulated is 0; make the export anew")
        if (source == "model") != bool(SHA256.fullmatch(model)):
            raise row.fault(
                f"source is {source} and model_sha256 {model!r}; a model's reading names its model, others none"
            )
        provenance = Provenance(
            NAME, "", simulated, "none: film fractions", {}, source, unescaped(row.text("device")),
            row.number_or_none("rate_hz"), model,
        )  # fmt: skip
        out[(*which, reader)] = _Reading(reader, provenance)
    return out


def _which(row: Row) -> tuple[str, int]:
    return unescaped(row.needed("case")), int(row.decimal("reading"))


def _labels(row: Row) -> dict[str, float]:
    try:
        return {str(k): float(v) for k, v in json.loads(row.text("labels_json") or "{}").items()}
    except (ValueError, TypeError, AttributeError):
        raise row.fault(f"labels_json is {row.text('labels_json')!r}; a JSON object of numbers is needed") from None
