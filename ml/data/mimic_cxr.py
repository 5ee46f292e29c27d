"""MIMIC-CXR 2.0.0 and MIMIC-CXR-JPG 2.0.0: frontal films with their reports, no gaze.

Layout: ``files/p10/p10000032/s50414267/<dicom_id>.dcm`` (or .jpg, .png), the report *beside* the study's folder as
``files/p10/p10000032/s50414267.txt``. Tables, plain or gzip: ``mimic-cxr-2.0.0-metadata`` (who is frontal, by
``ViewPosition`` or, where that is blank, by the meaning of the view code),
``-split`` (train, validate, test), ``-chexpert`` or ``-negbio`` (labels 1, 0, -1 or blank). Films and reports may lie
in different roots, as the two releases do. EGD-CXR and REFLACX take their films and, where needed, reports from here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ml.data.marker import SIMULATED_SITE, is_simulated
from ml.data.pixels import film_size
from ml.data.tables import Row, find_table, find_tables, rows
from ml.data.types import DataError, FilmFile, GazeCase, Report
from ml.films.views import AP, PA, view_of
from ml.medgaze.sections import spoken_part

NAME = "mimic-cxr"
SITE = "bidmc"
METADATA = ("dicom_id", "subject_id", "study_id", "ViewPosition")
SPLIT = ("dicom_id", "study_id", "subject_id", "split")
LABELS = ("subject_id", "study_id", "No Finding")
FRONTAL = frozenset({PA, AP})
FILM_ENDINGS = (".dcm", ".jpg", ".png")
SPLITS = frozenset({"train", "validate", "test"})


class Mimic:
    """Folders that hold ``files/``: where films and reports are looked up, in the order given."""

    def __init__(self, *roots: Path) -> None:
        self.roots = tuple(roots)

    def film(self, subject: str, study: str, key: str, size: tuple[int, int] | None = None) -> FilmFile | None:
        """The film's file in whichever form is there; None where no root has it. ``size``: width and height, px, where
        they are known, so that the file need not be opened."""
        for root in self.roots:
            for ending in FILM_ENDINGS:
                path = root / "files" / f"p{subject[:2]}" / f"p{subject}" / f"s{study}" / f"{key}{ending}"
                if path.is_file():
                    return FilmFile(path, *(size or film_size(path)), key)
        return None

    def report(self, subject: str, study: str) -> Report | None:
        """Findings and impression of the study's report; None where no root has one with words in it."""
        for root in self.roots:
            path = root / "files" / f"p{subject[:2]}" / f"p{subject}" / f"s{study}.txt"
            if path.is_file():
                text = spoken_part(_decoded(path.read_bytes()))
                return Report(text) if text else None
        return None


def _decoded(raw: bytes) -> str:
    """A report as it was written: UTF-8, else Windows-1252."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "ignore")


def read_mimic_cxr(root: Path, *, mimic: Sequence[Path] = (), skipped: Counter[str] | None = None) -> list[GazeCase]:
    """Every frontal film that has its file and a report. ``mimic``: further roots for films and reports.

    ``skipped`` counts what was left out and why. Raises DataError where a table is missing or wrong, or nothing is
    left.
    """
    left_out: Counter[str] = Counter() if skipped is None else skipped
    files = Mimic(root, *mimic)
    metadata = find_table(root, METADATA, "MIMIC-CXR metadata table")
    official = _splits(root)
    labels = _labels(root)
    simulated = is_simulated(root)
    as_listed: bool | None = None  # whether the files have the sizes of the table: copies of smaller size do not
    cases = []
    for row in rows(metadata, METADATA):
        key, subject, study = row.needed("dicom_id"), row.needed("subject_id"), row.needed("study_id")
        if view_of(row.text("ViewPosition") or row.text("ViewCodeSequence_CodeMeaning")) not in FRONTAL:
            left_out["not frontal"] += 1
            continue
        size = _size(row)
        film = files.film(subject, study, key, size if as_listed else None)
        if as_listed is None and film is not None and size is not None:
            as_listed = size == (film.width_px, film.height_px)
        report = files.report(subject, study)
        if film is None or report is None:
            left_out["no film file" if film is None else "no report"] += 1
            continue
        case = GazeCase(
            key=key,
            film=film,
            report=report,
            patient=subject,
            site=SIMULATED_SITE if simulated else SITE,
            dataset=NAME,
            labels=labels.get(study, {}),
            official_split=official.get(key, ""),
            simulated=simulated,
        )
        cases.append(case)
    refuse_nothing(cases, metadata, left_out)
    return cases


def refuse_nothing(cases: Sequence[GazeCase], table: Path, left_out: Counter[str]) -> None:
    """DataError where not one case is left, with what was missing and how to give it."""
    if not cases:
        why = ", ".join(f"{reason}: {count}" for reason, count in left_out.items()) or "it has no rows"
        raise DataError(
            f"{table}: no usable case ({why}). Films and reports are looked up under files/ of the set's folder and "
            "of the MIMIC-CXR folders given (--mimic)"
        )


def _size(row: Row) -> tuple[int, int] | None:
    width, height = row.number_or_none("Columns"), row.number_or_none("Rows")
    return None if width is None or height is None else (int(width), int(height))


def _splits(root: Path) -> dict[str, str]:
    out = {}
    for path in find_tables(root, SPLIT):
        for row in rows(path, SPLIT):
            if row.text("split") not in SPLITS:
                raise row.fault(f"split is {row.text('split')!r}; train, validate or test is needed")
            out[row.needed("dicom_id")] = row.text("split")
    return out


def _labels(root: Path) -> dict[str, dict[str, float]]:
    """Study: finding: 1, 0 or -1. CheXpert's labels where both labellers are there, as the tables sort by name."""
    out: dict[str, dict[str, float]] = {}
    for path in find_tables(root, LABELS)[:1]:
        for row in rows(path, LABELS):
            values = {n: row.number_or_none(n) for n in row.values if n not in ("subject_id", "study_id")}
            out[row.needed("study_id")] = {name: value for name, value in values.items() if value is not None}
    return out
