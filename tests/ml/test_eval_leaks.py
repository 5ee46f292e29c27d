"""Who stands in both splits: refused, but for a split by film as published, of which every result says so. And which
data a result is of."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from ml.cli import Refusal, evaluate, main
from ml.cli.evaluate import read_split
from ml.data.prepared import ReadCase, load_prepared
from ml.simulator.films import share_projection
from tests.ml.gaze import gaze_cases, prepare_parts
from tests.ml.kit import tiny_config
from tests.ml.test_eval_command import small_cases

PARTS = ("test", "train")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, tiny_folder: Path) -> Path:
    """A simulated set, split and prepared as published, and a tiny model scored on it in ``out``."""
    share_projection(None)  # the projected CT takes seconds
    root = tmp_path_factory.mktemp("published")
    data, split = str(root / "set"), str(root / "split.json")
    main(["simulate", "--layout", "export", "--cases", "16", "--long-side", "64", "--out", data])
    main(["split", data, "--split", "paper", "--out", split])
    main(["prepare", data, "--split", split, "--settings", "vlc-tiny", "--out", str(root / "data")])
    few = ["--samples", "2", "--no-ablations", "--metric", "ScanMatch", "--device", "cpu"]
    main(["evaluate", "--data", str(root / "data"), "--model", str(tiny_folder), "--out", str(root / "out"), *few])
    return root


def note(root: Path) -> str:
    """What is to be said of the set: how many patients are in both parts."""
    people = [{(c.site, c.patient) for c in load_prepared(root / "data" / part).cases} for part in PARTS]
    both = len(people[0] & people[1])
    assert both > 0
    return f"Split by film, as published: {both} patients are in both parts; scores are too good by that."


def test_a_result_on_the_published_split_says_first_how_many_patients_leak_and_which_data_it_is_of(
    published: Path,
) -> None:
    text, page, result = ((published / "out" / f"evaluation.{end}").read_text() for end in ("txt", "html", "json"))
    assert text.splitlines()[0] == note(published)
    assert f"</h1><p class='warning'>{note(published)}</p>" in page
    assert json.loads(result)["note"] == note(published)
    assert json.loads(result)["data"] == {part: load_prepared(published / "data" / part).sha256 for part in PARTS}


def test_a_study_on_the_published_split_says_how_many_patients_leak(published: Path) -> None:
    few = ["--steps", "1", "--samples", "2", "--metric", "ScanMatch", "--device", "cpu", "--train", "vision-only"]
    out = published / "study"
    main(["ablate", "--data", str(published / "data"), "--out", str(out), "--settings", "vlc-tiny", *few])
    assert (out / "evaluation.txt").read_text().startswith(note(published))
    assert note(published) in (out / "evaluation.html").read_text()
    assert json.loads((out / "evaluation.json").read_text())["note"] == note(published)


@pytest.fixture(scope="module")
def by_number(tmp_path_factory: pytest.TempPathFactory) -> list[ReadCase]:
    """Prepared cases: 0 and 1 have one patient number at two sites, 4 and 5 one at the same site."""
    root = tmp_path_factory.mktemp("sites")
    prepare_parts(gaze_cases(root / "films", 6), root / "data", tiny_config(), all=6)
    out = [case for case in read_split(root / "data", "all") if isinstance(case, ReadCase)]
    assert [(case.site, case.patient) for case in out[:2]] == [("south", "patient-0"), ("north", "patient-0")]
    assert [(case.site, case.patient) for case in out[4:]] == [("north", "patient-2")] * 2
    return out


def test_two_sites_may_use_the_same_patient_number(by_number: list[ReadCase]) -> None:
    assert evaluate.refuse_leak(by_number[:1], by_number[1:2], "test and train") == ""


def test_a_patient_of_one_site_in_both_splits_is_refused(by_number: list[ReadCase]) -> None:
    with pytest.raises(Refusal, match="test and train share 1 patients, such as north/patient-2"):
        evaluate.refuse_leak(by_number[4:5], by_number[5:], "test and train")


def test_a_case_in_both_splits_is_refused() -> None:
    cases = small_cases(3, 7)
    with pytest.raises(Refusal, match="test and train share 1 films, such as 7-2"):
        evaluate.refuse_leak(cases, cases[2:], "test and train")
    assert evaluate.refuse_leak(cases[:2], cases[2:], "test and train") == ""


def test_a_film_in_both_parts_is_refused_of_a_split_by_film_too(by_number: list[ReadCase]) -> None:
    second_report = dataclasses.replace(by_number[4], key=f"{by_number[4].key}#2")
    with pytest.raises(Refusal, match="share 1 films"):
        evaluate.refuse_leak(by_number[4:5], [second_report], "test and train", by_film=True)
