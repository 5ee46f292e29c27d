"""What each film adds to the tables of its tree, kept in a file a film until all are there: so a broken-off run goes on
where it stopped, and the tables have the same order whoever made which film."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

Part = dict[str, str]  # table: its lines, CSV
Tables = Mapping[str, Sequence[str]]  # table, by its path in the tree: its columns
FOLDER = ".making"


def lines(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV lines; a cell with a newline in it is quoted."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def part_path(root: Path, index: int) -> Path:
    return root / FOLDER / f"{index:06d}.json"


def save_part(root: Path, index: int, part: Part) -> None:
    """Written under another name first: a part that is there is whole."""
    path = part_path(root, index)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    partial.write_text(json.dumps(part), encoding="utf-8")
    partial.replace(path)


def join_parts(root: Path, count: int, tables: Tables) -> None:
    """Write each table: its header, then every film's lines in order. Packed where its name says so."""
    for name, columns in tables.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as raw:
            file = gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) if name.endswith(".gz") else raw
            file.write(lines([columns]).encode())
            for index in range(count):
                part: Part = json.loads(part_path(root, index).read_text(encoding="utf-8"))
                file.write(part.get(name, "").encode())
            if file is not raw:
                file.close()
