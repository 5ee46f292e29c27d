"""Writing an export: the same cases give the same bytes."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any

from ml.data.export.dictionary import dictionary
from ml.data.export.layout import (
    CASES,
    DICTIONARY,
    FIXATIONS,
    INDEX,
    KEY,
    NAME,
    READINGS,
    SHA256,
    TABLES,
    VERSION,
    Table,
    escaped,
    files,
    sha256,
)
from ml.data.gaze_sources import SOURCES, source_of
from ml.data.types import DataError, GazeCase, GazeReading


@dataclass(frozen=True, slots=True)
class About:
    """What a data set says of itself. None of it may be blank."""

    name: str
    version: str  # of the data, not of the layout
    licence: str  # an SPDX name, or the terms in a sentence
    citation: str  # how to cite it


Cells = Mapping[str, str | int]


def write_export(
    root: Path,
    cases: Iterable[GazeCase],
    about: About,
    *,
    reports: bool,
    more: Sequence[tuple[Table, Iterable[Cells]]] = (),
    in_order: bool = False,
) -> None:
    """Tables, dictionary, index and, if wanted, reports of an export into ``root``.

    Films that are to go along lie in ``films/`` already, all of them or none; other files of the folder become part of
    the export. Cases are written in the order of their keys, each one's readings in the order they have. The index is
    written last: without it a folder is no export. Raises DataError where a case or ``about`` is not fit for it.

    ``in_order``: the cases come in the order of their keys already, so that each is written before the next is asked
    for. ``more``: further tables with their rows, which are asked for after the last case; the dictionary explains
    them, and who reads the export as data for a model passes over them.
    """
    _check_about(about)
    tables = (*TABLES, *(table for table, _ in more))
    if len({table.file for table in tables}) < len(tables):
        raise DataError("two tables of one name; give each table once")
    (root / INDEX).unlink(missing_ok=True)
    root.mkdir(parents=True, exist_ok=True)
    with_films = (root / "films").is_dir()
    if not reports and (root / "reports").exists():
        raise DataError(f"{root / 'reports'}: reports lie there that are not to go along; use an empty folder")
    count: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    sites: set[str] = set()
    own: set[str] = set()
    last = ""
    with _Table(root, CASES) as case_rows, _Table(root, READINGS) as reading_rows, _Table(root, FIXATIONS) as fixations:
        for case in cases if in_order else sorted(cases, key=lambda case: case.key):
            _check(case, root, with_films=with_films, before=last)
            last = case.key
            own |= {f"films/{case.film.key}.png", f"reports/{case.key}.txt"}
            case_rows.write(_case(case))
            if reports:
                (root / "reports").mkdir(exist_ok=True)
                (root / "reports" / f"{case.key}.txt").write_bytes(case.report.text.encode())
            for number, reading in enumerate(case.readings, start=1):
                which: dict[str, str | int] = {"case": case.key, "reading": number, "reader": reading.reader}
                of = _reading(case, reading)
                reading_rows.write({**which, **of})
                for n, f in enumerate(reading.scanpath.fixations, start=1):
                    fixations.write(
                        {
                            **which, "fixation": n, "onset_s": f"{f.onset_s:.4f}", "duration_s": f"{f.duration_s:.4f}",
                            "x_fraction": f"{f.x:.6f}", "y_fraction": f"{f.y:.6f}",
                        }
                    )  # fmt: skip
                sources[str(of["source"])] += 1
                count.update(
                    readings=1, fixations=len(reading.scanpath.fixations), simulated_readings=int(of["simulated"])
                )
            sites.add(case.site)
            count.update(cases=1, simulated_cases=int(case.simulated))
    for table, cells in more:
        with _Table(root, table) as further:
            for row in cells:
                further.write(row)
    for name in sorted(name for name in files(root) if name.startswith(("films/", "reports/")) and name not in own):
        raise DataError(f"{root / name}: of no case of this export; use an empty folder")
    _write_json(root / DICTIONARY, dictionary(tables))
    counted = ("cases", "readings", "fixations", "simulated_cases", "simulated_readings")
    index = {
        "format": NAME,
        "version": VERSION,
        "name": about.name,
        "dataset_version": about.version,
        "licence": about.licence,
        "citation": about.citation,
        "sites": sorted(sites),
        "simulated": bool(count["simulated_cases"] or count["simulated_readings"]),
        "films": with_films,
        "reports": reports,
        "counts": {**{what: count[what] for what in counted}, "readings_by_source": dict(sorted(sources.items()))},
        "sha256": {path: sha256(root / path) for path in sorted(files(root))},
    }
    _write_json(root / INDEX, index)


def _check_about(about: About) -> None:
    for field in fields(about):
        if not getattr(about, field.name).strip():
            raise DataError(f"the data set's {field.name} is blank; an export says it")


def _check(case: GazeCase, root: Path, *, with_films: bool, before: str) -> None:
    if not KEY.fullmatch(case.key):
        raise DataError(f"case {case.key!r}: a case is named by letters, digits, points, hyphens and underscores")
    if case.key == before:
        raise DataError(f"case {case.key} is given twice; give each case once")
    if case.key < before:
        raise DataError(f"case {case.key} comes after {before}; give the cases in the order of their keys")
    if not SHA256.fullmatch(case.film.key):
        raise DataError(f"case {case.key}: its film is named {case.film.key!r}, not by the sha256 of its pixels")
    if with_films and not (root / "films" / f"{case.film.key}.png").is_file():
        raise DataError(f"{root / 'films'}: the film of case {case.key} is missing; give all films, or none")


def _case(case: GazeCase) -> dict[str, str | int]:
    return {
        "case": case.key,
        "film_sha256": case.film.key,
        "film_width_px": case.film.width_px,
        "film_height_px": case.film.height_px,
        "patient": case.patient,
        "site": case.site,
        "split": case.official_split,
        "labels_json": json.dumps(case.labels, sort_keys=True) if case.labels else "",
        "simulated": int(case.simulated),
    }


def _reading(case: GazeCase, reading: GazeReading) -> dict[str, str | int]:
    """What is said of a reading. A model's names the model's version, and no other reading does."""
    of = reading.provenance
    source = source_of(of)
    if source not in SOURCES:
        raise DataError(
            f"case {case.key}, reader {reading.reader}: its source is {source!r}, not of {', '.join(SOURCES)}"
        )
    if (source == "model") != bool(SHA256.fullmatch(of.model_sha256)):
        raise DataError(f"case {case.key}, reader {reading.reader}: a model's reading names its model, others none")
    return {
        "source": source,
        "simulated": int(of.simulated or source == "simulated"),
        "device": of.device,
        "rate_hz": "" if of.rate_hz is None else f"{of.rate_hz:.2f}",
        "model_sha256": of.model_sha256,
    }


def _write_json(path: Path, content: Any) -> None:
    path.write_bytes((json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())


class _Table:
    """A CSV file being written under its table's header, text cells escaped."""

    def __init__(self, root: Path, table: Table) -> None:
        self.file = (root / table.file).open("w", encoding="utf-8", newline="")
        self.texts = {column.name for column in table.columns if column.kind == "text"}
        self.writer = csv.DictWriter(self.file, table.header(), lineterminator="\r\n")
        self.writer.writeheader()

    def write(self, row: Cells) -> None:
        """One row; every column has its cell, and no cell lacks its column."""
        if row.keys() != set(self.writer.fieldnames):
            raise ValueError(f"{self.file.name}: cells {sorted(row)} for columns {self.writer.fieldnames}")
        self.writer.writerow({n: escaped(c) if n in self.texts and isinstance(c, str) else c for n, c in row.items()})

    def __enter__(self) -> _Table:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.file.close()
