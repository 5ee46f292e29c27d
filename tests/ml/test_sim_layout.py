"""Simulated trees: read back by the same readers as real data, with the sets' traps, the same for any workers."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest

from ml.cli import main
from ml.data.findings import count_findings
from ml.data.layouts import combined, load_dataset, recognise
from ml.data.pixels import load_film
from ml.data.splits import by_patient, check_leaks, official
from ml.data.types import DataError, GazeCase
from ml.gaze.scanpath import Scanpath
from ml.metrics.cases import as_path
from ml.simulator import trees
from ml.simulator.films import Plan, SimulatedFilm, make_film, share_projection, slots
from ml.simulator.findings import KINDS
from ml.simulator.trees import LAYOUTS, make_tree
from ml.simulator.trees.egd_cxr import LATER
from ml.simulator.trees.parts import FOLDER
from tests.ml.datakit import digests

CASES, SEED, LONG_SIDE = 12, 5, 128
# of the tables' decimals
DURATION_STEP_S = {"egd-cxr": 1e-5, "reflacx": 1e-3, "medgaze-export": 1e-4, "mimic-cxr": 0.0}


@pytest.fixture(scope="module", autouse=True)
def _drawn_worlds_only() -> None:
    share_projection(None)  # the projected CT takes seconds


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("trees")
    for layout in LAYOUTS:
        make_tree(root / layout, Plan(layout, CASES, SEED, LONG_SIDE))
    return {layout: root / layout for layout in LAYOUTS}


def truth(layout: str, cases: list[GazeCase]) -> list[tuple[GazeCase, SimulatedFilm]]:
    """Each case with the film it was written from. An export's cases are numbered, the others have the film's key."""
    plan = Plan(layout, CASES, SEED, LONG_SIDE)
    wanted = {slot.key: slot for slot in slots(plan)} | {f"case-{s.index + 1:05d}": s for s in slots(plan)}
    return [(case, make_film(plan, wanted[case.key], LAYOUTS[layout].readers(wanted[case.key]))) for case in cases]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_the_simulator_knows_is_what_the_reader_reads(made: dict[str, Path], layout: str) -> None:
    """Places within a pixel, durations within the format's rounding, nothing lost and nothing that should be left out
    kept; pixels as the film's, bright is bright."""
    cases = load_dataset(made[layout])
    assert len(cases) == CASES
    for case, film in truth(layout, cases):
        height, width = film.pixels.shape
        assert case.film.width_px == width and case.film.height_px == height and case.patient == film.slot.subject
        if layout != "mimic-cxr":
            assert len(case.readings) == len(film.readings)
            assert case.report.text.split() == film.readings[0].report.text.split()
        for reading, looked in zip(case.readings, film.readings, strict=False):
            read = as_path(reading.scanpath)
            assert read.shape == looked.path.shape
            assert (np.abs(read - looked.path)[:, :2] * [width, height]).max() < 1
            assert np.abs(read - looked.path)[:, 2].max() <= 1.01 * DURATION_STEP_S[case.dataset]
            onsets = [f.onset_s for f in reading.scanpath.fixations]
            assert onsets == sorted(onsets) and onsets[0] < 2
        pixels = load_film(case.film).astype(np.float64)
        assert np.corrcoef(pixels.ravel(), film.pixels.ravel())[0, 1] > 0.98


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_tree_says_that_it_is_simulated(made: dict[str, Path], layout: str) -> None:
    root = made[layout]
    assert "Nothing in this folder comes from a person" in (root / "SIMULATED.md").read_text()
    for case in load_dataset(root):
        assert case.simulated and case.site == "simulated" and case.patient.startswith("9")
        assert all(reading.provenance.simulated for reading in case.readings)
    for path in root.rglob("*.dcm"):
        tags = pydicom.dcmread(path, stop_before_pixels=True)
        assert "Simulated" in tags.ImageComments and str(tags.PatientName) == "SIMULATED"
    assert recognise(root) == ("medgaze-export" if layout == "export" else layout)


def test_the_sets_traps_are_in_the_trees(made: dict[str, Path]) -> None:
    skipped: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    for layout in LAYOUTS:
        for case in load_dataset(made[layout], skipped=skipped):
            for reading in case.readings:
                dropped.update(reading.provenance.dropped)
    assert {"row of a calibration image", "eye tracking discarded", "not frontal"} <= set(skipped)
    assert {"off film", "missing", "on button", "beside the shown part", "not valid"} <= set(dropped)
    assert "out of order, put right" not in dropped
    sheet = (made["egd-cxr"] / "master_sheet.csv").read_text()
    assert sheet.count("\n") > CASES + 1  # quoted newlines
    firsts = {p.read_text().split(",")[0] for p in (made["reflacx"] / "main_data").glob("*/fixations.csv")}
    assert len(firsts) > 3  # shuffled columns
    polarities = {pydicom.dcmread(p).PhotometricInterpretation for p in made["egd-cxr"].rglob("*.dcm")}
    assert polarities == {"MONOCHROME1", "MONOCHROME2"}


@pytest.mark.parametrize("layout", ["egd-cxr", "export"])
def test_every_fourth_film_is_read_twice_by_one_reader_each_time_otherwise(made: dict[str, Path], layout: str) -> None:
    twice = 0
    for case in load_dataset(made[layout]):
        of_reader: dict[str, list[Scanpath]] = {}
        for reading in case.readings:
            of_reader.setdefault(reading.reader, []).append(reading.scanpath)
        again = [paths for paths in of_reader.values() if len(paths) > 1]
        assert all(len(paths) == 2 and paths[0] != paths[1] for paths in again)
        twice += len(again)
    assert twice == CASES / 4


def test_a_second_reading_stands_in_a_later_session_of_its_own(made: dict[str, Path]) -> None:
    for case in load_dataset(made["egd-cxr"]):
        numbers = [int(r.provenance.source.split("session ")[1].split(",")[0]) for r in case.readings]
        assert numbers == [1, 1 + LATER][: len(numbers)]


def test_a_simulated_export_says_of_every_kind_of_finding_whether_it_is_there(made: dict[str, Path]) -> None:
    cases = load_dataset(made["export"])
    assert all(case.labels.keys() == KINDS.keys() for case in cases)
    counted = [count_findings(case.labels, case.dataset) for case in cases]
    assert counted == [len(set(film.kinds)) for _, film in truth("export", cases)] and 0 in counted


def test_samples_of_a_simulated_tree_give_the_same_fixations(made: dict[str, Path], tmp_path: Path) -> None:
    root = tmp_path / "egd"
    shutil.copytree(made["egd-cxr"], root)
    (root / "fixations.csv").unlink()
    for ours, theirs in zip(load_dataset(root), load_dataset(made["egd-cxr"]), strict=True):
        assert [r.scanpath for r in ours.readings] == [r.scanpath for r in theirs.readings]


def test_some_patients_have_several_films_and_never_two_official_parts(made: dict[str, Path]) -> None:
    cases = load_dataset(made["mimic-cxr"])
    assert len({case.person for case in cases}) < CASES
    check_leaks(official(cases), cases)


def test_one_seed_makes_the_same_patients_and_films_in_every_layout(made: dict[str, Path]) -> None:
    both = combined(load_dataset(made["egd-cxr"]), load_dataset(made["reflacx"]))
    assert len({case.film_id for case in both}) == CASES
    check_leaks(by_patient(both), both)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_number_of_workers_makes_the_same_bytes(
    made: dict[str, Path], layout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trees, "projected_ct", lambda: None)
    make_tree(tmp_path / "again", Plan(layout, CASES, SEED, LONG_SIDE), workers=2)
    assert digests(tmp_path / "again") == digests(made[layout])


@pytest.mark.parametrize("layout", ["egd-cxr", "export"])
def test_a_run_that_was_broken_off_goes_on_where_it_stopped(made: dict[str, Path], layout: str, tmp_path: Path) -> None:
    plan, seen = Plan(layout, CASES, SEED, LONG_SIDE), []

    def stop_at_five(done: int, of: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_tree(tmp_path / "t", plan, progress=stop_at_five)
    assert (tmp_path / "t" / FOLDER).is_dir()
    make_tree(tmp_path / "t", plan, progress=lambda done, of: seen.append(done))
    assert seen[0] == 5 and seen[-1] == CASES
    assert digests(tmp_path / "t") == digests(made[layout])
    make_tree(tmp_path / "t", plan, progress=lambda done, of: pytest.fail("a whole tree is left alone"))


def test_a_folder_that_holds_something_else_is_left_alone(made: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for root, seed in ((tmp_path, SEED), (made["export"], SEED + 1)):
        with pytest.raises(DataError, match="holds something else already"):
            make_tree(root, Plan("export", CASES, seed, LONG_SIDE))


def test_the_command_writes_a_tree_and_shows_its_pace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], refused: Callable[..., str]
) -> None:
    out = tmp_path / "t"
    arguments = ["simulate", "--layout", "export", "--cases", "2", "--long-side", "64", "--out", str(out)]
    main(arguments)
    said = capsys.readouterr()
    assert "films a second" in said.out and "2/2" in said.err
    assert len(load_dataset(out)) == 2
    assert "must be 1 or more" in refused(*arguments[:4], "0", *arguments[5:])


def test_two_sites_share_no_patient_and_each_has_its_house_style(made: dict[str, Path], tmp_path: Path) -> None:
    """Also with the same seed. North's films are brighter than south's, and its readers look for a shorter time."""
    for site in ("north", "south"):
        make_tree(tmp_path / site, Plan("export", CASES, SEED, LONG_SIDE, site))
    north, south = (load_dataset(tmp_path / site) for site in ("north", "south"))
    everything = combined(north, south, load_dataset(made["export"]))
    assert Counter(case.site for case in everything) == {"north": CASES, "south": CASES, "simulated": CASES}
    assert len({case.film_id for case in everything}) == 3 * CASES
    assert not {case.patient for case in north} & {case.patient for case in south}
    assert {r.reader for c in north for r in c.readings} == {f"north-reader-{k}" for k in range(1, 6)}

    def brightness(cases: list[GazeCase]) -> float:
        return float(np.mean([load_film(case.film).mean() for case in cases]))

    def usual_s(cases: list[GazeCase]) -> float:
        return float(np.median([f.duration_s for case in cases for r in case.readings for f in r.scanpath.fixations]))

    assert brightness(north) > 1.05 * brightness(south)
    assert usual_s(north) < 0.9 * usual_s(south)


def test_a_site_belongs_to_the_layout_that_can_name_it(tmp_path: Path, refused: Callable[..., str]) -> None:
    for layout, site, why in (("reflacx", "north", "--layout export"), ("export", "North Wing", "small letters")):
        words = ["--layout", layout, "--cases", "1", "--site", site, "--out", str(tmp_path / "t")]
        assert why in refused("simulate", *words)
    assert not (tmp_path / "t").exists()
