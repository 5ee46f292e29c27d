"""Splits: by patient, frozen, refused when changed or used with other data, and checked for leaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml.cli import main
from ml.data import splits
from ml.data.splits import PARTS, Split, check_leaks, load_split, save_split
from ml.data.types import DataError, FilmFile, GazeCase, Report
from tests.ml.datakit import EgdTree


def case(key: str, patient: str, *, film: str = "", part: str = "", site: str = "bidmc") -> GazeCase:
    file = FilmFile(Path("nowhere") / key, 4, 3, film or key)
    return GazeCase(key, file, Report("Clear."), patient, site, "egd-cxr", official_split=part)


CASES = [case(f"f{i:03d}", f"p{i // 3}") for i in range(300)]  # 100 patients of three films


def test_no_patient_is_in_two_parts_and_the_parts_have_their_shares() -> None:
    split = splits.by_patient(CASES)
    check_leaks(split, CASES)
    assert [len(split.parts[part]) for part in PARTS] == [240, 30, 30]
    assert sum(len(split.of(CASES, part)) for part in PARTS) == 300


def test_a_seed_makes_one_split_whatever_the_order_of_the_cases() -> None:
    assert splits.by_patient(CASES) == splits.by_patient(CASES[::-1])
    assert splits.by_patient(CASES).parts != splits.by_patient(CASES, seed=1).parts


def test_patients_of_two_sets_are_one_and_of_two_sites_are_two() -> None:
    both = [*(case(f"a{i}", f"p{i}") for i in range(50)), *(case(f"b{i}", f"p{i}") for i in range(50))]
    split = splits.by_patient(both)
    for part in PARTS:
        keys = set(split.parts[part])
        assert all((f"a{i}" in keys) == (f"b{i}" in keys) for i in range(50))
    assert case("a", "p1").person != case("b", "p1", site="elsewhere").person


def test_the_papers_split_has_its_sizes_and_says_that_it_leaks() -> None:
    """272 test films of 1,083 (arXiv 2407.00129)."""
    cases = [case(f"f{i}", f"p{i // 2}") for i in range(1083)]
    split = splits.paper(cases)
    assert len(split.parts["test"]) == 272 and sum(len(keys) for keys in split.parts.values()) == 1083
    assert "by patient" in split.notes
    check_leaks(split, cases, by_film_only=True)
    with pytest.raises(DataError, match="patient .* is in .* and in .*; split by patient"):
        check_leaks(split, cases)


def test_official_parts_are_taken_as_given_or_refused_where_one_is_missing() -> None:
    cases = [case("a", "1", part="train"), case("b", "2", part="validate"), case("c", "3", part="test")]
    assert splits.official(cases).parts == {"train": ("a",), "validate": ("b",), "test": ("c",)}
    with pytest.raises(DataError, match="case d and 0 more have no official split"):
        splits.official([*cases, case("d", "4")])


def test_a_frozen_split_comes_back_and_knows_its_digest(tmp_path: Path) -> None:
    split = splits.by_patient(CASES)
    save_split(split, tmp_path / "s.json")
    assert load_split(tmp_path / "s.json", CASES) == split
    assert json.loads((tmp_path / "s.json").read_text())["sha256"] == split.sha256


@pytest.mark.parametrize("change", [{"parts": splits.by_patient(CASES, seed=1).parts}, {"seed": 7}])
def test_a_split_changed_by_hand_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "s.json"
    save_split(splits.by_patient(CASES), path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(DataError, match=r"s\.json: changed since it was frozen"):
        load_split(path, CASES)


@pytest.mark.parametrize(
    "other", [CASES[:-1], [*CASES[:-1], case("f299", "p0")], [*CASES[:-1], case("f299", "p99", film="x")]]
)
def test_a_split_of_other_cases_films_or_patients_is_refused(tmp_path: Path, other: list[GazeCase]) -> None:
    save_split(splits.by_patient(CASES), tmp_path / "s.json")
    with pytest.raises(DataError, match="made from other cases"):
        load_split(tmp_path / "s.json", other)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"sha256": "x", "format": "medgaze-split", "version": 1}'])
def test_what_is_no_split_file_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "s.json").write_text(content)
    with pytest.raises(DataError, match="not a split"):
        load_split(tmp_path / "s.json", CASES)


def parted(*cases: GazeCase) -> Split:
    parts = {part: tuple(c.key for c in cases if c.official_split == part) for part in PARTS}
    return Split("s", 0, splits.FRACTIONS, parts, splits.identity(cases))


def test_a_film_under_two_keys_in_two_parts_leaks() -> None:
    cases = [case("a", "1", film="x", part="train"), case("b", "1", film="x", part="test")]
    with pytest.raises(DataError, match=r"film bidmc/x of case b is in train and in test"):
        check_leaks(parted(*cases), cases)


def test_a_case_in_no_part_or_of_no_data_is_told() -> None:
    cases = [case("a", "1", part="train"), case("b", "2", part="test")]
    with pytest.raises(DataError, match="1 cases are in it or in the data alone, as b"):
        check_leaks(parted(cases[0]), cases)


def test_the_same_pixels_under_another_name_leak_when_asked(tmp_path: Path) -> None:
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    cases = []
    for key, part, values in (("a", "train", pixels), ("b", "test", pixels), ("c", "validate", pixels.T.reshape(3, 4))):
        Image.fromarray(values).save(tmp_path / f"{key}.png")
        cases.append(replace(case(key, key, part=part), film=FilmFile(tmp_path / f"{key}.png", 4, 3, key)))
    check_leaks(parted(*cases), cases)
    with pytest.raises(DataError, match="film's pixels .* of case b is in train and in test"):
        check_leaks(parted(*cases), cases, pixels=True)


def test_the_command_freezes_a_split_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], refused: Callable[..., str]
) -> None:
    EgdTree(tmp_path / "egd").write()
    out = tmp_path / "s.json"
    main(["split", str(tmp_path / "egd"), "--out", str(out)])
    assert "1 cases" in capsys.readouterr().out and out.exists()
    assert "frozen once" in refused("split", str(tmp_path / "egd"), "--out", str(out))


def test_the_shares_of_a_split_can_be_chosen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], refused: Callable[..., str]
) -> None:
    EgdTree(tmp_path / "egd").write()
    data, other = str(tmp_path / "egd"), str(tmp_path / "t.json")
    main(["split", data, "--fractions", "0", "0", "1", "--out", str(tmp_path / "s.json")])
    assert "test            1 cases" in capsys.readouterr().out
    assert "add up to 1" in refused("split", data, "--fractions", ".5", ".1", ".5", "--out", other)
    paper = ["--split", "paper", "--fractions", ".5", ".1", ".4"]
    assert "sizes of their own" in refused("split", data, *paper, "--out", other) and not Path(other).exists()
