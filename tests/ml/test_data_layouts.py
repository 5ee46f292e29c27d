"""Every layout of data sets is read: which one a folder has is recognised by its tables."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from ml.data.export import NAME
from ml.data.layouts import combined, load_dataset, recognise
from ml.data.marker import MARKER
from ml.data.types import DataError
from tests.ml.datakit import EgdTree, ReflacxTree, write_csv, write_film, write_report
from tests.ml.exportkit import case, export, reading


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


def test_sources_are_chosen_in_every_layout_and_cases_stay(tmp_path: Path) -> None:
    EgdTree(tmp_path / "egd").write()
    export(tmp_path / "own", case(tmp_path / "own", reading("aperture"), reading("tracker")))
    skipped: Counter[str] = Counter()
    of = {n: load_dataset(tmp_path / n, sources=["aperture"], skipped=skipped) for n in ("egd", "own")}
    assert [len(c.readings) for c in of["egd"]] == [0]
    assert [r.provenance.gaze for c in of["own"] for r in c.readings] == ["aperture"]
    assert skipped["reading of source tracker, which nobody asked for"] == 2
    assert len(load_dataset(tmp_path / "egd", sources=["tracker"])[0].readings) == 1
    assert len(load_dataset(tmp_path / "egd")[0].readings) == 1


def test_a_source_that_nobody_knows_is_refused_in_every_layout(tmp_path: Path) -> None:
    """Also where there is no reading, and so nothing to choose."""
    mimic_tree(tmp_path)
    with pytest.raises(DataError, match="no source of gaze is called 'eye'; choose among tracker, aperture"):
        load_dataset(tmp_path, sources=["eye"])
    with pytest.raises(DataError, match="no source of gaze is named"):
        load_dataset(tmp_path, sources=[])


def test_simulated_readings_of_any_layout_are_no_trackers(tmp_path: Path) -> None:
    EgdTree(tmp_path).write()
    (tmp_path / MARKER).touch()
    assert [len(load_dataset(tmp_path, sources=[s])[0].readings) for s in ("tracker", "simulated")] == [0, 1]
