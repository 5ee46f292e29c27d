"""This app's research export, version 2: a folder that says what it is, whole, checksummed and readable by anyone.

==================== ================================================================================================
``dataset.json``     ``format`` "medgaze-export", ``version`` 2 (of this layout); ``name``, ``dataset_version``,
                     ``licence``, ``citation``; ``sites``; ``simulated``: whether anything in it is; ``films`` and
                     ``reports``: whether they are here; ``counts``; and ``sha256``: the digest of every other file by
                     its path, so that a file changed, lost or added is noticed
``dictionary.json``  the data dictionary: every table with its columns, their units and meanings, and what the sources
                     of gaze are
``cases.csv``        one row a case
``readings.csv``     one row a reading: whose, by which source, simulated or not, device, rate, and a model's version
``fixations.csv``    one row a fixation, in fractions of the film and seconds from film onset
``films/``           may be absent: ``<film_sha256>.png``, 8 or 16 bit grey, bright where the beam was stopped
``reports/``         may be absent: ``<case>.txt``, UTF-8
==================== ================================================================================================

Columns stand in ``CASES``, ``READINGS`` and ``FIXATIONS`` below: tables are written, read and explained by them.
``film_sha256`` is the address of the film's pixels (``ml.data.pixels.pixels_sha256``), whatever file holds them: films
that are not here can be found by it elsewhere.

Version 1, still read, has no ``readings.csv``, no dictionary and no column ``simulated``; films and reports are always
there, ``film_sha256`` is the digest of the film's file, and the whole set is simulated or none of it.

CSV as in RFC 4180, UTF-8, fixed decimals; a blank cell means that it is not known or does not apply. A text cell that
a spreadsheet would take for a formula (it begins with ``= + - @`` or a tab) is written with an apostrophe before it,
which reading takes off again.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml.data.types import DataError

NAME = "medgaze-export"
VERSION = 2
READ = (1, 2)  # versions that are read
INDEX = "dataset.json"
DICTIONARY = "dictionary.json"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")  # of a case: it names a file
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table, as its header and the data dictionary have it."""

    name: str
    kind: str  # text, integer, number, boolean (1 or 0), json
    meaning: str
    unit: str = ""
    since: int = 1  # version of the layout
    blank: bool = False  # whether a cell may be blank


@dataclass(frozen=True, slots=True)
class Table:
    """One CSV file of an export."""

    file: str
    meaning: str
    columns: tuple[Column, ...]

    def header(self, version: int = VERSION) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.since <= version)


CASES = Table(
    "cases.csv",
    "One row a case: a film with its report.",
    (
        Column("case", "text", "The case's name in this data set."),
        Column("film_sha256", "text", "Address of the film's pixels: sha256 over size and 16-bit pixels."),
        Column("film_width_px", "integer", "Width of the film.", "px"),
        Column("film_height_px", "integer", "Height of the film.", "px"),
        Column("patient", "text", "Pseudonym of the patient, one at a site."),
        Column("site", "text", "Where the film comes from."),
        Column("split", "text", "The part that the data set puts the case in: train, validate or test.", blank=True),
        Column("labels_json", "json", "Findings with their certainty, 0 to 1: an object of numbers.", blank=True),
        Column("simulated", "boolean", "Whether film and report are simulated.", since=2),
    ),
)
READINGS = Table(
    "readings.csv",
    "One row a reading: one reader's look at one film.",
    (
        Column("case", "text", "The case that was read."),
        Column("reading", "integer", "Number of the reading among its case's, from 1."),
        Column("reader", "text", "Pseudonym of the reader; a model's name where source is model."),
        Column("source", "text", "How the gaze was found: one of the sources of this dictionary."),
        Column("simulated", "boolean", "Whether the reader is simulated; whether the film is, cases.csv says."),
        Column("device", "text", "What recorded it.", blank=True),
        Column("rate_hz", "number", "Median rate of the samples that fixations were found in.", "Hz", blank=True),
        Column("model_sha256", "text", "The model version that made it, where source is model.", blank=True),
    ),
)
FIXATIONS = Table(
    "fixations.csv",
    "One row a fixation, in the order of each reading.",
    (
        Column("case", "text", "The case that was read."),
        Column("reading", "integer", "Number of the reading among its case's, from 1."),
        Column("reader", "text", "Pseudonym of the reader."),
        Column("fixation", "integer", "Number of the fixation in its reading, from 1."),
        Column("onset_s", "number", "Beginning, from film onset.", "s"),
        Column("duration_s", "number", "Length.", "s"),
        Column("x_fraction", "number", "Place from the film's left edge, in widths of the film.", "film width"),
        Column("y_fraction", "number", "Place from the film's top edge, in heights of the film.", "film height"),
    ),
)
TABLES = (CASES, READINGS, FIXATIONS)


def is_export(root: Path) -> bool:
    """Whether the folder's index says that it is one, of any version."""
    try:
        return bool(json.loads((root / INDEX).read_text(encoding="utf-8")).get("format") == NAME)
    except (OSError, ValueError, AttributeError):
        return False


def verify(root: Path) -> dict[str, Any]:
    """The index, after every file's digest was compared with it. Raises DataError where anything differs."""
    path = root / INDEX
    if not is_export(root):
        raise DataError(f"{path}: not the index of a {NAME}; name the folder that holds {INDEX}")
    index: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    version = index.get("version")
    if version not in READ:
        known = " and ".join(map(str, READ))
        raise DataError(f"{path}: version {version}, this program reads {known}; use a newer one")
    digests = index.get("sha256")
    flags = ("simulated",) if version == 1 else ("simulated", "films", "reports")
    if not isinstance(digests, dict) or not all(isinstance(index.get(flag), bool) for flag in flags):
        raise DataError(f"{path}: sha256 or {' or '.join(flags)} is missing; make the export anew")
    here = files(root) - {INDEX}
    for name in sorted(here ^ set(digests)):
        state = "is missing" if name in digests else "is not in the index"
        raise DataError(f"{root / name}: {state}; the export is not whole, copy it anew")
    for name, digest in digests.items():
        if sha256(root / name) != digest:
            raise DataError(f"{root / name}: changed since it was exported; copy the export anew")
    return index


def files(root: Path) -> set[str]:
    """Every file of the export by its path; what is named with a dot first is not part of it."""
    names = (p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())
    return {name for name in names if not any(part.startswith(".") for part in name.split("/"))}


def sha256(path: Path) -> str:
    """Digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def escaped(cell: str) -> str:
    """A text cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith((*FORMULA, "'")) else cell


def unescaped(cell: str) -> str:
    """The text that was escaped."""
    return cell[1:] if cell.startswith("'") else cell
