"""What a fine-tuning makes of an export: whose readings, which split, and that nobody stands on both sides."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import pytest

from ml.data.export import sha256
from ml.data.types import DataError
from ml.medgaze.config import MedGazeConfig
from ml.training.finedata import Parts, Wanted, load_parts
from ml.training.refusals import FineTuneRefused
from tests.ml.exportkit import index, write_index
from tests.ml.finekit import export_case, export_of, prepared_set, small_model


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> MedGazeConfig:
    return MedGazeConfig.from_pretrained(small_model(tmp_path_factory.mktemp("model")))


def parts_of(export: Path, run: Path, config: MedGazeConfig, **wanted: Any) -> Parts:
    return load_parts(export, run, config, seed=42, wanted=Wanted(**wanted), progress=lambda done, of: None)


def keys(parts: Parts) -> dict[str, set[str]]:
    found = {"train": parts.train, "validate": parts.validate, "test": parts.test}
    return {
        name: {part.whole.cases[int(number)].key for number in part.keep} if part else set()
        for name, part in found.items()
    }


def test_an_export_without_a_split_is_split_by_patient_seven_tenths_to_learn_from(
    config: MedGazeConfig, tmp_path: Path
) -> None:
    """Twenty films of ten patients: 14, 2 and 4, and each patient's two in one part."""
    root = tmp_path / "export"
    cases = [export_case(root, n, patient=f"patient-{n // 2}", official_split="") for n in range(20)]
    parts = parts_of(export_of(root, cases), tmp_path / "run", config)
    found = keys(parts)
    assert [len(found[name]) for name in ("train", "validate", "test")] == [14, 2, 4]
    part_of = {key: name for name, some in found.items() for key in some}
    assert all(part_of[f"case-{n:03d}"] == part_of[f"case-{n + 1:03d}"] for n in range(0, 20, 2))
    assert parts.about["split"] == "patient" and parts.about["train"]["readings"] == 28
    assert parts.held_out[0] == "test"
    other = load_parts(root, tmp_path / "other", config, seed=1, wanted=Wanted(), progress=lambda done, of: None)
    assert keys(other) != found


def test_an_export_keeps_the_split_that_it_has(config: MedGazeConfig, tmp_path: Path) -> None:
    root = tmp_path / "export"
    said = ["test", "train", "train", "validate", "train", "train", "train", "test"]
    cases = [export_case(root, n, official_split=part) for n, part in enumerate(said)]
    found = keys(parts_of(export_of(root, cases), tmp_path / "run", config))
    for n, part in enumerate(said):
        assert f"case-{n:03d}" in found[part]


def test_a_split_that_is_said_of_some_cases_only_is_refused(config: MedGazeConfig, tmp_path: Path) -> None:
    root = tmp_path / "export"
    cases = [export_case(root, n, official_split="train" if n else "") for n in range(8)]
    with pytest.raises(FineTuneRefused, match="not of case-000. Fill the column split of all cases, or of none"):
        parts_of(export_of(root, cases), tmp_path / "run", config)


def test_two_cases_of_one_film_stand_on_one_side_whoever_the_patients_are(
    config: MedGazeConfig, tmp_path: Path
) -> None:
    """Cases 0 and 1, 2 and 3 ... are of one film each; case 1's patient is also case 4's, so 0, 1, 4 and 5 belong
    together."""
    root = tmp_path / "export"
    cases = []
    for n in range(20):
        whose = {1: "both", 4: "both"}.get(n, f"patient-{n}")
        cases.append(dataclasses.replace(export_case(root, n - n % 2, patient=whose), key=f"case-{n:03d}"))
    found = keys(parts_of(export_of(root, cases), tmp_path / "run", config))
    part_of = {key: name for name, some in found.items() for key in some}
    assert all(part_of[f"case-{n:03d}"] == part_of[f"case-{n + 1:03d}"] for n in range(0, 20, 2))
    assert len({part_of[f"case-{n:03d}"] for n in (0, 1, 4, 5)}) == 1


def test_only_wanted_sources_are_learnt_from_and_cases_without_them_are_left_out(
    config: MedGazeConfig, tmp_path: Path
) -> None:
    root = tmp_path / "export"
    cases = [export_case(root, n, source="aperture" if n >= 8 else "tracker") for n in range(14)]
    export = export_of(root, cases)
    usual = parts_of(export, tmp_path / "usual", config)
    assert set().union(*keys(usual).values()) == {f"case-{n:03d}" for n in range(8)}
    assert usual.about["left_out"] == {"reading of source aperture, which nobody asked for": 12}
    assert usual.about["train"]["sources"] == {"tracker": usual.about["train"]["readings"]}
    assert usual.about["train"]["simulated_readings"] == 0
    asked = parts_of(export, tmp_path / "asked", config, sources=["aperture"])
    assert set().union(*keys(asked).values()) == {f"case-{n:03d}" for n in range(8, 14)}
    with pytest.raises(DataError, match="no source of gaze is called 'eyes'"):
        parts_of(export, tmp_path / "x", config, sources=["eyes"])


def test_films_and_reports_that_did_not_come_along_are_found_where_they_lie(
    config: MedGazeConfig, tmp_path: Path
) -> None:
    export = root = export_of(tmp_path / "export", 10)
    whole = parts_of(export, tmp_path / "whole", config)
    for name in ("films", "reports"):
        shutil.move(root / name, tmp_path / name)
    digests = {name: digest for name, digest in index(root)["sha256"].items() if "/" not in name}
    write_index(root, films=False, reports=False, sha256=digests)
    with pytest.raises(DataError, match="name the folder that holds it"):
        parts_of(export, tmp_path / "run", config)
    found = parts_of(export, tmp_path / "run", config, films=[tmp_path / "films"], reports=tmp_path / "reports")
    assert keys(found) == keys(whole)
    for one, other in zip(found.train.whole.cases, whole.train.whole.cases, strict=True):
        assert one.report == other.report and one.report


def test_an_export_of_version_1_is_taken_too(config: MedGazeConfig, tmp_path: Path) -> None:
    """It has neither readings.csv nor a dictionary, and names films by the digest of their files."""
    export = root = export_of(tmp_path / "export", 10)
    for name in ("readings.csv", "dictionary.json"):
        (root / name).unlink()
    cases = (root / "cases.csv").read_text().splitlines()
    (root / "cases.csv").write_text("".join(line.rpartition(",")[0] + "\r\n" for line in cases))
    digests = {path.relative_to(root).as_posix(): sha256(path) for path in root.rglob("*") if path.is_file()}
    digests.pop("dataset.json")
    write_index(root, version=1, sha256=digests)
    assert parts_of(export, tmp_path / "run", config).about["train"]["cases"] == 7


def test_progress_is_told_film_by_film(config: MedGazeConfig, tmp_path: Path) -> None:
    export = export_of(tmp_path / "export", 9)
    ticks: list[tuple[int, int]] = []
    load_parts(
        export, tmp_path / "run", config, seed=42, wanted=Wanted(), progress=lambda done, of: ticks.append((done, of))
    )  # fmt: skip
    assert ticks == [(n, 9) for n in range(10)]


def test_a_prepared_set_is_taken_as_it_is_and_takes_no_wishes(config: MedGazeConfig, tmp_path: Path) -> None:
    data = prepared_set(tmp_path / "fine", {"train": 5, "validate": 2})
    parts = parts_of(data, tmp_path / "run", config)
    assert parts.held_out[0] == "validate" and parts.test is None
    assert parts.about["validate"] == {
        "cases": 2, "readings": 4, "readers": 2, "simulated_readings": 4, "sources": {"simulated": 4},
    }  # fmt: skip
    assert not (tmp_path / "run" / "prepared").exists()
    with pytest.raises(FineTuneRefused, match="go with an export, and .* is prepared"):
        parts_of(data, tmp_path / "run", config, sources=["tracker"])


def test_an_export_that_was_changed_is_refused(config: MedGazeConfig, tmp_path: Path) -> None:
    export = root = export_of(tmp_path / "export", 6)
    report = next((root / "reports").iterdir())
    report.write_text("Clear.")
    with pytest.raises(DataError, match="changed since it was exported"):
        parts_of(export, tmp_path / "run", config)
