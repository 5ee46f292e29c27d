"""Data sets named on the command line: the arguments that say where they are and what of them is wanted."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from ml.data.gaze_sources import SOURCES, USUAL

if TYPE_CHECKING:
    from ml.data.types import GazeCase


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Folders of data sets, their layout, and where films lie that they came without."""
    parser.add_argument("data", type=Path, nargs="+", help="folder of a data set; several are combined")
    parser.add_argument(
        "--layout", default="auto", help="of the folders, where it cannot be recognised by their tables"
    )
    parser.add_argument("--mimic", type=Path, action="append", default=[], help="folder of MIMIC-CXR(-JPG); repeatable")
    parser.add_argument(
        "--films", type=Path, action="append", default=[], metavar="FOLDER",
        help="films of an export that came without them, by their hash; repeatable",
    )  # fmt: skip


def add_choice(parser: argparse.ArgumentParser) -> None:
    """Whose readings are wanted, and where the reports lie that an export came without."""
    parser.add_argument(
        "--reports", type=Path, metavar="FOLDER", help="reports of an export that came without them, CASE.txt each"
    )
    parser.add_argument(
        "--sources", nargs="+", choices=tuple(SOURCES), metavar="SOURCE",
        help=f"read only these of {', '.join(SOURCES)} (default {', '.join(s for s in SOURCES if s in USUAL)})",
    )  # fmt: skip


def read(arguments: argparse.Namespace, skipped: Counter[str], *, films_needed: bool = True) -> list[GazeCase]:
    """The cases of all the folders. Raises DataError."""
    from ml.data.layouts import combined, load_dataset

    sets = [
        load_dataset(
            folder,
            layout=arguments.layout,
            mimic=arguments.mimic,
            skipped=skipped,
            sources=getattr(arguments, "sources", None),
            films=arguments.films,
            reports=getattr(arguments, "reports", None),
            films_needed=films_needed,
        )
        for folder in arguments.data
    ]
    return sets[0] if len(sets) == 1 else combined(*sets)


def say_left_out(skipped: Counter[str]) -> None:
    """One line a reason."""
    for reason, count in skipped.items():
        print(f"left out: {reason}, {count}")
