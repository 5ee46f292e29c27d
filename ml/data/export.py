"""This app's research export, version 1: a folder that says what it is, whole, checksummed and readable by anyone.

==================== ================================================================================================
``dataset.json``     ``format`` "medgaze-export", ``version`` 1, ``name``, ``site``, ``simulated``, and ``sha256``: the
                     digest of every other file by its path, so that a file changed, lost or added is noticed
``cases.csv``        ``case, film_sha256, film_width_px, film_height_px, patient, site, split, labels_json``
``fixations.csv``    one row a fixation: ``case, reading, reader, fixation, onset_s, duration_s, x_fraction,
                     y_fraction`` (fractions of the film, x right, y down; seconds from film onset); ``reading`` counts
                     a case's readings from 1, ``fixation`` a reading's fixations
``films/``           ``<sha256 of the file>.png``, 8 or 16 bit grey, bright where the beam was stopped
``reports/``         ``<case>.txt``, UTF-8
==================== ================================================================================================

CSV as in RFC 4180, UTF-8, fixed decimals. A text cell that a spreadsheet would take for a formula (it begins with
``= + - @`` or a tab) is written with an apostrophe before it, which reading takes off again.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ml.data.paths import PathBuilder
from ml.data.tables import Row, rows
from ml.data.types import DataError, FilmFile, GazeCase, GazeReading, Provenance, Report

NAME = "medgaze-export"
VERSION = 1
INDEX = "dataset.json"
CASES = ("case", "film_sha256", "film_width_px", "film_height_px", "patient", "site", "split", "labels_json")
FIXATIONS = ("case", "reading", "reader", "fixation", "onset_s", "duration_s", "x_fraction", "y_fraction")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


# --- reading


def read_export(root: Path, *, mimic: Sequence[Path] = (), skipped: Counter[str] | None = None) -> list[GazeCase]:
    """Every case of an export whose files are all as they were written. ``mimic`` and ``skipped`` are not needed here.

    Raises DataError where a file was changed, is missing, or is not of this version.
    """
    index = verify(root)
    cases, films = root / "cases.csv", root / "films"
    readings = _readings(root, simulated=bool(index["simulated"]))
    out: dict[str, GazeCase] = {}
    for row in rows(cases, CASES):
        key, digest = unescaped(row.needed("case")), row.needed("film_sha256")
        if key in out:
            raise row.fault(f"case {key} stands twice; make the export anew")
        for name in (f"films/{digest}.png", f"reports/{key}.txt"):
            if name not in index["sha256"]:
                raise row.fault(f"{name} is not among the export's files; make the export anew")
        film = FilmFile(
            films / f"{digest}.png", int(row.decimal("film_width_px")), int(row.decimal("film_height_px")), digest
        )
        out[key] = GazeCase(
            key=key,
            film=film,
            report=Report((root / "reports" / f"{key}.txt").read_text(encoding="utf-8")),
            patient=unescaped(row.needed("patient")),
            site=unescaped(row.needed("site")),
            dataset=NAME,
            readings=tuple(readings.pop(key, ())),
            labels=_labels(row),
            official_split=row.text("split"),
            simulated=bool(index["simulated"]),
        )
    if readings:
        raise DataError(
            f"{root / 'fixations.csv'}: case {next(iter(readings))} is not in cases.csv; make the export anew"
        )
    return list(out.values())


def is_export(root: Path) -> bool:
    """Whether the folder's index says that it is one, of any version."""
    try:
        return bool(json.loads((root / INDEX).read_text(encoding="utf-8")).get("format") == NAME)
    except (OSError, ValueError, AttributeError):
        return False


def verify(root: Path) -> dict[str, Any]:
    """The index, after every file's digest was compared with it."""
    path = root / INDEX
    if not is_export(root):
        raise DataError(f"{path}: not the index of a {NAME}; name the folder that holds {INDEX}")
    index: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if index.get("version") != VERSION:
        raise DataError(f"{path}: version {index.get('version')}, this program reads {VERSION}; use a newer one")
    digests = index.get("sha256")
    if not isinstance(digests, dict) or not isinstance(index.get("simulated"), bool):
        raise DataError(f"{path}: sha256 or simulated is missing; make the export anew")
    here = {name for name in _files(root) if name != INDEX}
    for name in sorted(here ^ set(digests)):
        state = "is missing" if name in digests else "is not in the index"
        raise DataError(f"{root / name}: {state}; the export is not whole, copy it anew")
    for name, digest in digests.items():
        if sha256(root / name) != digest:
            raise DataError(f"{root / name}: changed since it was exported; copy the export anew")
    return index


def _readings(root: Path, *, simulated: bool) -> dict[str, list[GazeReading]]:
    path = root / "fixations.csv"
    paths: dict[tuple[str, int, str], PathBuilder] = {}
    for row in rows(path, FIXATIONS):
        which = (unescaped(row.needed("case")), int(row.decimal("reading")), unescaped(row.needed("reader")))
        paths.setdefault(which, PathBuilder()).add(
            row.decimal("x_fraction"), row.decimal("y_fraction"), row.decimal("onset_s"), row.decimal("duration_s")
        )
    out: dict[str, list[GazeReading]] = {}
    for (key, number, reader), path_of in sorted(paths.items(), key=lambda item: item[0][:2]):
        scanpath = path_of.scanpath(f"{path}, case {key}, reading {number}")
        source = f"{path.name}, case {key}, reading {number}"
        provenance = Provenance(NAME, source, simulated, "none: film fractions", dict(path_of.dropped))
        if scanpath.fixations:
            out.setdefault(key, []).append(GazeReading(reader, scanpath, provenance))
    return out


def _labels(row: Row) -> dict[str, float]:
    try:
        return {str(k): float(v) for k, v in json.loads(row.text("labels_json") or "{}").items()}
    except (ValueError, TypeError, AttributeError):
        raise row.fault(f"labels_json is {row.text('labels_json')!r}; a JSON object of numbers is needed") from None


# --- writing


def write_tables(root: Path, cases: Iterable[GazeCase], *, name: str, site: str, simulated: bool) -> None:
    """Tables, reports and index of an export whose films already lie in ``films/``. The index is written last: without
    it a folder is no export."""
    (root / "reports").mkdir(parents=True, exist_ok=True)
    with _Table(root / "cases.csv", CASES) as case_rows, _Table(root / "fixations.csv", FIXATIONS) as fixation_rows:
        for case in cases:
            film = case.film
            labels = json.dumps(case.labels, sort_keys=True) if case.labels else ""
            case_rows.write(
                case.key, film.key, film.width_px, film.height_px, case.patient, case.site, case.official_split, labels
            )
            (root / "reports" / f"{case.key}.txt").write_text(case.report.text, encoding="utf-8")
            for number, reading in enumerate(case.readings, start=1):
                for count, f in enumerate(reading.scanpath.fixations, start=1):
                    fixation_rows.write(
                        case.key, number, reading.reader, count, f"{f.onset_s:.4f}", f"{f.duration_s:.4f}",
                        f"{f.x:.6f}", f"{f.y:.6f}",
                    )  # fmt: skip
    digests = {path: sha256(root / path) for path in sorted(_files(root)) if path != INDEX}
    index = {"format": NAME, "version": VERSION, "name": name, "site": site, "simulated": simulated, "sha256": digests}
    (root / INDEX).write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")


class _Table:
    """A CSV file being written, text cells escaped."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.file = path.open("w", encoding="utf-8", newline="")
        self.writer = csv.writer(self.file, lineterminator="\r\n")
        self.writer.writerow(columns)

    def write(self, *cells: str | int) -> None:
        self.writer.writerow([escaped(c) if isinstance(c, str) else c for c in cells])

    def __enter__(self) -> _Table:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()


def escaped(cell: str) -> str:
    """A text cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith((*FORMULA, "'")) else cell


def unescaped(cell: str) -> str:
    return cell[1:] if cell.startswith("'") else cell


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _files(root: Path) -> set[str]:
    """Every file of the export by its path; what is named with a dot first is not part of it."""
    names = (p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())
    return {name for name in names if not any(part.startswith(".") for part in name.split("/"))}
