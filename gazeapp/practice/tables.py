"""Tables of feedback as CSV, with the unit in each column's name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import Http404

Row = Sequence[Any]


def rows_of(name: str, found: dict[str, Any]) -> Iterable[Row]:
    """The header and the rows of one table of a feedback. Raises Http404 for a table that there is not."""
    if name not in TABLES:
        raise Http404
    header, rows = TABLES[name]
    return [header, *rows(found)]


def progress_rows(found: dict[str, Any]) -> Iterable[Row]:
    names = ("n", "at", "success", "share", "low", "high", "cases")
    return [names, *([point[name] for name in names] for point in found["points"])]


def _findings(found: dict[str, Any]) -> Iterable[Row]:
    for row in found["key"]["findings"]:
        yield row["number"], row["label"], row["importance"], row["state"], row["dwell_s"], row["miss"], row["note"]


def _marks(found: dict[str, Any]) -> Iterable[Row]:
    for number, row in enumerate(found["marks"], 1):
        yield (
            number, row["x"], row["y"], row["confidence"], row["label"], row["at_s"], row["verdict"], row["finding"],
        )  # fmt: skip


def _fixations(found: dict[str, Any]) -> Iterable[Row]:
    for reading in found["readings"]:
        for number, row in enumerate(reading["fixations"], 1):
            yield (
                reading["role"], reading["source"], reading["label"], number,
                row["x"], row["y"], row["onset_s"], row["duration_s"],
            )  # fmt: skip


def _similarity(found: dict[str, Any]) -> Iterable[Row]:
    for row in found["similarity"]:
        yield (
            row["to"], row["measure"], row["value"], row["chance"], row["chance_low"], row["chance_high"],
            row["shuffles"], row["refused"],
        )  # fmt: skip


TABLES = {
    "findings": (("number", "label", "importance", "state", "dwell_s", "miss", "note"), _findings),
    "marks": (("number", "x", "y", "confidence", "label", "at_s", "verdict", "finding"), _marks),
    "fixations": (("reading", "source", "reader", "number", "x", "y", "onset_s", "duration_s"), _fixations),
    "similarity": (
        ("to", "measure", "value", "chance", "chance_low", "chance_high", "shuffles", "refused"),
        _similarity,
    ),
}
