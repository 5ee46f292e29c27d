"""The research export: what is written is read back, and a changed, lost or foreign file is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml.data.export import INDEX, NAME, escaped, read_export, sha256, unescaped, write_tables
from ml.data.load import combined, load_dataset, recognise
from ml.data.types import DataError, FilmFile, GazeCase, GazeReading, Provenance, Report
from ml.types import Fixation, Scanpath
from tests.ml.datakit import EgdTree, ReflacxTree, write_csv, write_film, write_report


def export(root: Path, *, reader: str = "=reader", x: float = 0.25) -> Path:
    (root / "films").mkdir(parents=True)
    Image.fromarray(np.arange(12, dtype=np.uint16).reshape(3, 4)).save(root / "films" / "f.png")
    digest = sha256(root / "films" / "f.png")
    film = FilmFile((root / "films" / "f.png").rename(root / "films" / f"{digest}.png"), 4, 3, digest)
    path = Scanpath((Fixation(x, 0.5, 0.1, 0.2), Fixation(0.75, 1.0, 0.4, 0.3)), "human")
    reading = GazeReading(reader, path, Provenance(NAME, "test"))
    case = GazeCase(
        "case-1", film, Report("No “effusion”.\nClear."), "p-1", "site", NAME, (reading,), {"mass": 1.0}, "test"
    )
    write_tables(root, [case], name="n", site="site", simulated=False)
    return root


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    (case,) = read_export(export(tmp_path))
    assert (case.key, case.patient, case.site, case.official_split) == ("case-1", "p-1", "site", "test")
    assert case.report.text == "No “effusion”.\nClear." and case.labels == {"mass": 1.0}
    (reading,) = case.readings
    assert reading.reader == "=reader"
    assert reading.scanpath.fixations == (Fixation(0.25, 0.5, 0.1, 0.2), Fixation(0.75, 1.0, 0.4, 0.3))


def test_one_row_a_fixation_with_units_in_the_names(tmp_path: Path) -> None:
    with (export(tmp_path) / "fixations.csv").open(newline="") as file:
        header, first, _ = csv.reader(file)
    assert header[4:] == ["onset_s", "duration_s", "x_fraction", "y_fraction"]
    assert first == ["case-1", "1", "'=reader", "1", "0.1000", "0.2000", "0.250000", "0.500000"]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "'quoted", "plain", ""])
def test_no_cell_begins_like_a_formula_and_each_comes_back(cell: str) -> None:
    assert not escaped(cell).startswith(("=", "+", "-", "@", "\t"))
    assert unescaped(escaped(cell)) == cell


def test_gaze_off_the_film_is_counted(tmp_path: Path) -> None:
    reading = read_export(export(tmp_path, x=1.2))[0].readings[0]
    assert len(reading.scanpath.fixations) == 1 and reading.provenance.dropped == {"off film": 1}


@pytest.mark.parametrize("name", ["cases.csv", "fixations.csv", "reports/case-1.txt"])
def test_a_changed_file_is_refused_by_name(tmp_path: Path, name: str) -> None:
    path = export(tmp_path) / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(DataError, match=f"{name}: changed since it was exported"):
        read_export(tmp_path)


def test_a_lost_and_a_foreign_file_are_refused(tmp_path: Path) -> None:
    (export(tmp_path) / "reports" / "case-1.txt").unlink()
    with pytest.raises(DataError, match=r"case-1\.txt: is missing"):
        read_export(tmp_path)
    (export(tmp_path / "b") / "reports" / "more.txt").touch()
    with pytest.raises(DataError, match=r"more\.txt: is not in the index"):
        read_export(tmp_path / "b")


@pytest.mark.parametrize(("old", "new"), [("case-1", "../../secret"), ("case-1", "case-2")])
def test_a_case_whose_report_is_not_among_the_exports_files_is_refused(tmp_path: Path, old: str, new: str) -> None:
    path = export(tmp_path) / "cases.csv"
    path.write_text(path.read_text().replace(old, new))
    index = json.loads((tmp_path / INDEX).read_text())
    index["sha256"]["cases.csv"] = sha256(path)
    (tmp_path / INDEX).write_text(json.dumps(index))
    with pytest.raises(DataError, match=r"cases\.csv, row 2: reports/.* is not among the export's files"):
        read_export(tmp_path)


def test_another_version_is_refused(tmp_path: Path) -> None:
    index = json.loads((export(tmp_path) / INDEX).read_text())
    (tmp_path / INDEX).write_text(json.dumps({**index, "version": 2}))
    with pytest.raises(DataError, match="version 2, this program reads 1"):
        read_export(tmp_path)


# --- one door to every layout


def mimic_tree(root: Path) -> None:
    row = {"dicom_id": "film-a", "subject_id": "10000032", "study_id": "50414267", "ViewPosition": "PA"}
    write_csv(root / "mimic-cxr-2.0.0-metadata.csv", (*row,), [row])
    write_film(root, "film-a", 401, 300)
    write_report(root)


def reflacx_tree(root: Path) -> None:
    tree = ReflacxTree(root)
    tree.reading("P102R000001", [tree.fixation(10, 10, 0, 1)])
    tree.write()


TREES = {
    "egd-cxr": lambda root: EgdTree(root).write(),
    "reflacx": reflacx_tree,
    "mimic-cxr": mimic_tree,
    NAME: export,
}


@pytest.mark.parametrize("layout", TREES)
def test_a_layout_is_told_by_its_columns_whatever_its_files_are_called(tmp_path: Path, layout: str) -> None:
    TREES[layout](tmp_path)
    for path in [*tmp_path.glob("*.csv"), *tmp_path.glob("main_data/*.csv")] if layout != NAME else []:
        path.rename(path.with_suffix(".data"))
    assert recognise(tmp_path) == layout
    (case,) = load_dataset(tmp_path)
    assert case.dataset == layout


def test_films_of_mimic_beside_gaze_do_not_hide_the_gaze(tmp_path: Path) -> None:
    EgdTree(tmp_path).write()
    mimic_tree(tmp_path)
    assert recognise(tmp_path) == "egd-cxr"
    assert load_dataset(tmp_path, layout="mimic-cxr")[0].readings == ()


def test_a_folder_of_two_gaze_sets_is_refused_until_one_is_named(tmp_path: Path) -> None:
    EgdTree(tmp_path).write()
    reflacx_tree(tmp_path)
    with pytest.raises(DataError, match="could be egd-cxr or reflacx; say which"):
        load_dataset(tmp_path)
    assert load_dataset(tmp_path, layout="reflacx")[0].dataset == "reflacx"


def test_no_data_set_at_all_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no known data set"):
        load_dataset(tmp_path)
    with pytest.raises(DataError, match="no layout is called 'x'"):
        load_dataset(tmp_path, layout="x")
    with pytest.raises(DataError, match="no such folder"):
        load_dataset(tmp_path / "gone")


def test_a_film_of_two_sets_is_one_film_of_one_patient(tmp_path: Path) -> None:
    EgdTree(tmp_path / "egd").write()
    reflacx_tree(tmp_path / "reflacx")
    export(tmp_path / "own")
    cases = combined(*(load_dataset(tmp_path / name) for name in ("egd", "reflacx", "own")))
    assert [case.key for case in cases] == ["egd-cxr:film-a", "reflacx:film-a", f"{NAME}:case-1"]
    assert len({case.person for case in cases}) == 2 and len({case.film_id for case in cases}) == 2


def test_a_set_given_twice_is_refused(tmp_path: Path) -> None:
    cases = load_dataset(export(tmp_path))
    with pytest.raises(DataError, match="in two of the sets"):
        combined(cases, cases)
