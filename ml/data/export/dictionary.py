"""The data dictionary of an export, made from the columns that its tables are written with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ml.data.export.layout import Column, Table
from ml.data.gaze_sources import SOURCES


def dictionary(tables: Sequence[Table]) -> dict[str, Any]:
    """Tables by file, their columns in order; the sources of gaze with what each is."""
    return {
        "tables": {table.file: {"meaning": table.meaning, "columns": _columns(table)} for table in tables},
        "sources": SOURCES,
    }


def _columns(table: Table) -> list[dict[str, Any]]:
    return [_column(column) for column in table.columns]


def _column(column: Column) -> dict[str, Any]:
    unit = {"unit": column.unit} if column.unit else {}
    return {
        "name": column.name, "type": column.kind, **unit, "meaning": column.meaning, "may_be_blank": column.blank,
    }  # fmt: skip
