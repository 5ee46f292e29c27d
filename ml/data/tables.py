"""Tables of data sets: real CSV, rows one at a time, columns by name; plain or gzip, told apart by content."""

from __future__ import annotations

import csv
import gzip
import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ml.data.types import DataError

GZIP = b"\x1f\x8b"
LONGEST_HEADER = 64 * 1024  # bytes of a file that may hold its header line
TRUE, FALSE = frozenset({"true", "1", "1.0"}), frozenset({"false", "0", "0.0", ""})


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a table, which knows where it stands so that a fault in it can be found."""

    table: Path
    number: int  # of the record, the header being 1: quoted newlines make it smaller than the line
    values: dict[str, str]

    def fault(self, what: str) -> DataError:
        return DataError(f"{self.table}, row {self.number}: {what}")

    def text(self, name: str) -> str:
        """The cell without surrounding blanks; "" where the column is missing or the cell is blank."""
        return self.values.get(name, "").strip()

    def needed(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise self.fault(f"{name} is blank; take the row out, or get the file anew")
        return value

    def number_or_none(self, name: str) -> float | None:
        """The cell as a finite number; None where it is blank or says that there is none."""
        value = self.text(name)
        if value.lower() in ("", ".", "nan", "n/a"):
            return None
        try:
            number = float(value)
        except ValueError:
            raise self.fault(f"{name} is {value!r}, not a number; numbers are written with a point") from None
        if not math.isfinite(number):
            raise self.fault(f"{name} is {value!r}; a finite number is needed")
        return number

    def decimal(self, name: str) -> float:
        number = self.number_or_none(name)
        if number is None:
            raise self.fault(f"{name} is blank; a number is needed")
        return number

    def flag(self, name: str) -> bool:
        value = self.text(name).lower()
        if value not in TRUE | FALSE:
            raise self.fault(f"{name} is {value!r}; True or False is needed")
        return value in TRUE


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    with path.open("rb") as raw:
        packed = raw.read(2) == GZIP
        raw.seek(0)
        binary = gzip.GzipFile(fileobj=raw) if packed else raw
        with io.TextIOWrapper(binary, encoding="utf-8-sig", newline="") as text:  # type: ignore[type-var]
            yield text


def header(path: Path) -> tuple[str, ...]:
    """Column names in the file's first line; () where it is no table at all."""
    try:
        with _opened(path) as text:
            line = text.readline(LONGEST_HEADER)
        return tuple(name.strip() for name in next(csv.reader([line]), []) if name.strip())
    except (OSError, UnicodeDecodeError, csv.Error, EOFError):
        return ()


def find_tables(folder: Path, columns: Sequence[str]) -> list[Path]:
    """Files directly in ``folder`` whose header has all these columns, by name."""
    if not folder.is_dir():
        return []
    files = sorted(p for p in folder.iterdir() if p.is_file())
    return [p for p in files if set(columns) <= set(header(p))]


def find_table(folder: Path, columns: Sequence[str], what: str) -> Path:
    """The one file in ``folder`` with these columns."""
    found = find_tables(folder, columns)
    if not found:
        raise DataError(f"{folder}: no {what} here (a table with the columns {', '.join(columns)}); get the file")
    if len(found) > 1:
        names = ", ".join(p.name for p in found)
        raise DataError(f"{folder}: more than one {what}: {names}; keep one of them")
    return found[0]


def rows(path: Path, columns: Sequence[str] = ()) -> Iterator[Row]:
    """The records one at a time, so that a table of any length fits into memory. ``columns`` must be there."""
    if not path.exists():
        raise DataError(f"{path}: the file is missing; get it from the same release as the others")
    with _opened(path) as text:
        reader = csv.reader(text, strict=True)
        try:
            names = [name.strip() for name in next(reader, [])]
            missing = [name for name in columns if name not in names]
            if missing:
                raise DataError(f"{path}, row 1: no column {', '.join(missing)}; is it the file of this release?")
            named = [name for name in names if name]
            if len(set(named)) != len(named):
                raise DataError(f"{path}, row 1: a column name stands twice; rename or remove one")
            for number, cells in enumerate(reader, start=2):
                if not any(cells):
                    continue
                if len(cells) < len(names) - (names[-1] == "") or len(cells) > len(names) and any(cells[len(names) :]):
                    raise DataError(
                        f"{path}, row {number}: {len(cells)} cells where the header has {len(names)}; "
                        "the file may be cut off: get it anew"
                    )
                yield Row(path, number, {n: c for n, c in zip(names, cells, strict=False) if n})
        except csv.Error as error:
            raise DataError(f"{path}, line {reader.line_num}: not a CSV record ({error}); get the file anew") from None
        except (UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
            raise DataError(
                f"{path}, after line {reader.line_num}: cannot be read ({error}); get the file anew"
            ) from None
