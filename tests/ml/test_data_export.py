"""The research export: what is written is read back, says what it is, and is refused where it was changed."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ml.data.export import INDEX, NAME, About, Column, Table, escaped, read_export, unescaped, write_export
from ml.data.types import DataError, GazeCase
from ml.gaze.scanpath import Fixation
from tests.ml.exportkit import (
    ABOUT,
    ADDRESS,
    MODEL,
    PLACES,
    bend,
    case,
    export,
    index,
    keep_film,
    reading,
    write_index,
)


def content(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def header_and_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    with path.open(newline="", encoding="utf-8") as file:
        first, *others = csv.reader(file)
    return first, others


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    (read,) = read_export(export(tmp_path))
    assert (read.key, read.patient, read.site, read.official_split) == ("case-1", "p-1", "site", "test")
    assert read.report.text == "No “effusion”.\nClear." and read.labels == {"mass": 1.0} and not read.simulated
    assert read.film.key == read.film.pixels_sha256 == ADDRESS and (read.film.width_px, read.film.height_px) == (4, 3)
    (looked,) = read.readings
    assert looked.reader == "=reader" and looked.scanpath.fixations == PLACES and looked.scanpath.source == "human"


def test_a_reading_keeps_source_device_rate_and_model(tmp_path: Path) -> None:
    written = [
        reading("tracker", device="-bar, 60", rate_hz=59.94),
        reading("import", rate_hz=1000.0),
        reading("simulated"),
        reading("model", "champion"),
    ]
    export(tmp_path, case(tmp_path, *written))
    named = ["tracker", "import", "simulated", "model"]
    (read,) = read_export(tmp_path, sources=named)
    of = [r.provenance for r in read.readings]
    assert [(p.gaze, p.device, p.rate_hz) for p in of] == [
        ("tracker", "-bar, 60", 59.94), ("import", "", 1000.0), ("simulated", "", None), ("model", "", None),
    ]  # fmt: skip
    assert [p.simulated for p in of] == [False, False, True, False]
    assert [p.model_sha256 for p in of] == ["", "", "", MODEL]
    assert [r.scanpath.source for r in read.readings] == ["human", "human", "human", "model"]


def test_a_persons_reading_of_a_simulated_film_stays_a_persons(tmp_path: Path) -> None:
    (read,) = read_export(export(tmp_path, case(tmp_path, simulated=True)))
    assert read.simulated and not read.readings[0].provenance.simulated
    assert index(tmp_path)["simulated"] is True


def test_the_index_says_what_the_data_set_is_and_how_much_of_it_is_simulated(tmp_path: Path) -> None:
    both = [reading("simulated"), reading("tracker", places=PLACES[:1])]
    export(tmp_path, case(tmp_path, *both), case(tmp_path, key="case-0", site="other"))
    said = index(tmp_path)
    assert {name: said[name] for name in ("format", "version", "name", "dataset_version", "licence", "citation")} == {
        "format": NAME, "version": 2, "name": "two readings", "dataset_version": "1.0", "licence": "CC-BY-4.0",
        "citation": "Somebody, 2026.",
    }  # fmt: skip
    assert said["sites"] == ["other", "site"] and said["simulated"] and said["films"] and said["reports"]
    assert said["counts"] == {
        "cases": 2, "readings": 3, "fixations": 5, "simulated_cases": 0, "simulated_readings": 1,
        "readings_by_source": {"simulated": 1, "tracker": 2},
    }  # fmt: skip


def test_the_dictionary_has_the_columns_of_every_table_with_unit_and_meaning(tmp_path: Path) -> None:
    tables = json.loads((export(tmp_path) / "dictionary.json").read_text())["tables"]
    assert set(tables) == {path.name for path in tmp_path.glob("*.csv")}
    for file, table in tables.items():
        header, _ = header_and_rows(tmp_path / file)
        assert [column["name"] for column in table["columns"]] == header
        assert all(column["meaning"].endswith(".") and column["type"] for column in table["columns"])
    units = {c["name"]: c.get("unit") for c in tables["fixations.csv"]["columns"]}
    assert (units["onset_s"], units["duration_s"], units["x_fraction"]) == ("s", "s", "film width")
    assert next(c["unit"] for c in tables["readings.csv"]["columns"] if c["name"] == "rate_hz") == "Hz"


def test_only_cells_that_the_dictionary_lets_be_blank_are(tmp_path: Path) -> None:
    export(tmp_path, case(tmp_path, labels={}, official_split=""))
    tables = json.loads((tmp_path / "dictionary.json").read_text())["tables"]
    for file, table in tables.items():
        blank = {column["name"] for column in table["columns"] if column["may_be_blank"]}
        header, (first, *_) = header_and_rows(tmp_path / file)
        assert {name for name, cell in zip(header, first, strict=True) if not cell} == blank


def test_one_row_a_fixation_with_units_in_the_names(tmp_path: Path) -> None:
    header, (first, _) = header_and_rows(export(tmp_path) / "fixations.csv")
    assert header[4:] == ["onset_s", "duration_s", "x_fraction", "y_fraction"]
    assert first == ["case-1", "1", "'=reader", "1", "0.1000", "0.2000", "0.250000", "0.500000"]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "'quoted", "plain", ""])
def test_no_cell_begins_like_a_formula_and_each_comes_back(cell: str) -> None:
    assert not escaped(cell).startswith(("=", "+", "-", "@", "\t"))
    assert unescaped(escaped(cell)) == cell


def test_gaze_off_the_film_is_counted(tmp_path: Path) -> None:
    """Left of the film too: a number below zero is no formula."""
    places = (Fixation(1.2, 0.5, 0.1, 0.2), Fixation(-0.2, 0.5, 0.3, 0.2), PLACES[1])
    looked = read_export(export(tmp_path, case(tmp_path, reading(places=places))))[0].readings[0]
    assert looked.scanpath.fixations == PLACES[1:] and looked.provenance.dropped == {"off film": 2}


def test_the_same_data_is_the_same_bytes_whatever_the_order_of_its_cases_and_labels(tmp_path: Path) -> None:
    mass_first, edema_first = {"mass": 1.0, "edema": 0.5}, {"edema": 0.5, "mass": 1.0}
    for name, keys, labels in (("a", ("x", "y", "case-1"), mass_first), ("b", ("case-1", "x", "y"), edema_first)):
        root = tmp_path / name
        readings = [reading("tracker"), reading("simulated", "r2")]
        export(root, *(case(root, *readings, key=key, labels=labels) for key in keys))
    assert content(tmp_path / "a") == content(tmp_path / "b")


@pytest.mark.parametrize(
    "name",
    ["cases.csv", "readings.csv", "fixations.csv", "dictionary.json", "reports/case-1.txt", f"films/{ADDRESS}.png"],
)  # fmt: skip
def test_a_changed_byte_is_refused_by_name(tmp_path: Path, name: str) -> None:
    path = export(tmp_path) / name
    before = path.read_bytes()
    path.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    with pytest.raises(DataError, match=f"{name}: changed since it was exported"):
        read_export(tmp_path)


def test_a_lost_and_a_foreign_file_are_refused(tmp_path: Path) -> None:
    (export(tmp_path) / "reports" / "case-1.txt").unlink()
    with pytest.raises(DataError, match=r"case-1\.txt: is missing"):
        read_export(tmp_path)
    (export(tmp_path / "b") / "reports" / "more.txt").touch()
    with pytest.raises(DataError, match=r"more\.txt: is not in the index"):
        read_export(tmp_path / "b")


@pytest.mark.parametrize("key", ["../../secret", "case-2"])
def test_a_case_whose_report_is_not_among_the_exports_files_is_refused(tmp_path: Path, key: str) -> None:
    bend(export(tmp_path), "cases.csv", "case-1", key)
    with pytest.raises(DataError, match=r"cases\.csv, row 2: reports/.* is not among the export's files"):
        read_export(tmp_path)


def test_another_version_is_refused(tmp_path: Path) -> None:
    write_index(export(tmp_path), version=3)
    with pytest.raises(DataError, match="version 3, this program reads 1 and 2"):
        read_export(tmp_path)


@pytest.mark.parametrize("missing", ["simulated", "films", "reports", "sha256"])
def test_an_index_that_leaves_something_unsaid_is_refused(tmp_path: Path, missing: str) -> None:
    write_index(export(tmp_path), **{missing: None})
    with pytest.raises(DataError, match="is missing; make the export anew"):
        read_export(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("tracker,0", "eye,0", "source is 'eye'"),
        ("tracker,0", "simulated,0", "source is simulated, but simulated is 0"),
        ("tracker,0", "model,0", "a model's reading names its model"),
        ("tracker,0,,,", f"tracker,0,,,{MODEL}", "others none"),
        ("tracker,0,,", "tracker,0,,fast", "rate_hz is 'fast', not a number"),
        (
            "tracker,0,,,\r\n",
            "tracker,0,,,\r\ncase-1,1,other,tracker,0,,,\r\n",
            "reading 1 of case case-1 stands twice",
        ),
    ],
)
def test_a_reading_that_says_what_cannot_be_is_refused_by_its_row(
    tmp_path: Path, old: str, new: str, why: str
) -> None:  # fmt: skip
    bend(export(tmp_path), "readings.csv", old, new)
    with pytest.raises(DataError, match=rf"readings\.csv, row \d: .*{why}"):
        read_export(tmp_path)


def test_fixations_of_a_reading_or_case_that_is_nowhere_are_refused(tmp_path: Path) -> None:
    bend(export(tmp_path / "a"), "readings.csv", "'=reader", "other")
    with pytest.raises(DataError, match=r"fixations\.csv, row 2: reading 1 of case case-1 by =reader is not in"):
        read_export(tmp_path / "a")
    root = export(tmp_path / "b", case(tmp_path / "b"), case(tmp_path / "b", key="case-2"))
    lines = (root / "cases.csv").read_text().splitlines(keepends=True)
    bend(root, "cases.csv", lines[2].strip(), "")
    with pytest.raises(DataError, match=r"case case-2 is not in cases\.csv"):
        read_export(root)


# --- what is not written


def test_what_a_data_set_must_say_of_itself_is_not_left_blank(tmp_path: Path) -> None:
    for field in ("name", "version", "licence", "citation"):
        with pytest.raises(DataError, match=f"the data set's {field} is blank"):
            export(tmp_path, about=replace(ABOUT, **{field: " "}))
    assert not (tmp_path / INDEX).exists() and isinstance(ABOUT, About)


def test_a_reading_without_a_source_or_of_an_unnamed_model_is_not_written(tmp_path: Path) -> None:
    for looked, why in (
        (reading(""), "its source is ''"),
        (reading("model", model_sha256=""), "a model's reading names its model"),
        (reading("tracker", model_sha256=MODEL), "others none"),
    ):
        with pytest.raises(DataError, match=why):
            export(tmp_path, case(tmp_path, looked))
    assert not (tmp_path / INDEX).exists()


def test_a_case_that_cannot_name_a_file_or_stands_twice_is_not_written(tmp_path: Path) -> None:
    for cases, why in (
        ([case(tmp_path, key="../up")], "a case is named by letters"),
        ([case(tmp_path), case(tmp_path)], "case-1 is given twice"),
    ):
        with pytest.raises(DataError, match=why):
            export(tmp_path, *cases)
    with pytest.raises(DataError, match="not by the sha256 of its pixels"):
        export(tmp_path, replace(case(tmp_path), film=replace(case(tmp_path).film, key="film-a")))


def test_films_and_reports_that_are_not_of_the_export_never_slip_into_it(tmp_path: Path) -> None:
    (tmp_path / "a" / "films").mkdir(parents=True)
    (tmp_path / "a" / "films" / "spare.png").touch()
    with pytest.raises(DataError, match=r"spare\.png: of no case of this export"):
        export(tmp_path / "a")
    (tmp_path / "b" / "reports").mkdir(parents=True)
    (tmp_path / "b" / "reports" / "case-1.txt").touch()
    with pytest.raises(DataError, match="reports lie there that are not to go along"):
        export(tmp_path / "b", reports=False)
    (tmp_path / "c" / "films").mkdir(parents=True)
    with pytest.raises(DataError, match="the film of case case-1 is missing; give all films, or none"):
        export(tmp_path / "c", films=False)


# --- case by case, and further tables

MORE = Table(
    "notes.csv", "One row a note.", (Column("case", "text", "Of which case."), Column("n", "integer", "How many."))
)


def test_cases_that_come_in_order_are_written_before_the_next_is_asked_for(tmp_path: Path) -> None:
    """The second case sees the first one's row on the disk, or in what is about to be written there: its report is."""

    def one_by_one() -> Iterator[GazeCase]:
        yield case(tmp_path, key="a")
        assert (tmp_path / "reports" / "a.txt").exists()
        yield case(tmp_path, key="b")

    keep_film(tmp_path / "films")
    write_export(tmp_path, one_by_one(), ABOUT, reports=True, in_order=True)
    export(tmp_path / "sorted", case(tmp_path / "sorted", key="b"), case(tmp_path / "sorted", key="a"))
    before = content(tmp_path / "sorted")
    assert {name: text for name, text in content(tmp_path).items() if not name.startswith("sorted/")} == before


def test_cases_said_to_be_in_order_that_are_not_are_refused(tmp_path: Path) -> None:
    cases = [case(tmp_path, key="b"), case(tmp_path, key="a")]
    keep_film(tmp_path / "films")
    with pytest.raises(DataError, match="case a comes after b"):
        write_export(tmp_path, cases, ABOUT, reports=True, in_order=True)
    assert not (tmp_path / INDEX).exists()


def test_a_further_table_is_written_explained_checked_and_read_past(tmp_path: Path) -> None:
    keep_film(tmp_path / "films")
    rows = [{"case": "=1", "n": 2}]
    write_export(tmp_path, [case(tmp_path)], ABOUT, reports=True, more=[(MORE, rows)])
    assert header_and_rows(tmp_path / "notes.csv") == (["case", "n"], [["'=1", "2"]])
    tables = json.loads((tmp_path / "dictionary.json").read_text())["tables"]
    assert list(tables) == ["cases.csv", "readings.csv", "fixations.csv", "notes.csv"]
    assert tables["notes.csv"]["meaning"] == "One row a note."
    assert len(read_export(tmp_path)) == 1
    (tmp_path / "notes.csv").write_text("case,n\r\n")
    with pytest.raises(DataError, match=r"notes\.csv: changed"):
        read_export(tmp_path)


def test_a_further_table_may_not_take_the_place_of_another(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="two tables of one name"):
        write_export(tmp_path, [], ABOUT, reports=False, more=[(replace(MORE, file="cases.csv"), [])])
