"""The gate's frozen set: what it holds, that it is the frozen one, and that it can be made again."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml.data.export import INDEX, read_export, sha256, verify
from ml.data.pixels import load_film
from ml.demo import recipe
from ml.demo.gate_set import CASES, LEARNT_CASES, LEARNT_SEED, LONG_SIDE, READINGS, SEED, make
from ml.evaluation.gate import GateRefused
from ml.evaluation.gate.frozen import JUDGED, LEARNT, SET, load_set
from ml.metrics.cases import truths
from ml.simulator import projection
from ml.simulator.frozen import RECORD, Seeds

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The set in a folder where it may be damaged."""
    return Path(shutil.copytree(SET, tmp_path / "set"))


def test_the_set_is_an_export_of_simulated_cases_with_films_and_reports() -> None:
    index = verify(SET / JUDGED)
    assert index["version"] == 2 and index["films"] and index["reports"] and index["simulated"]
    counts = index["counts"]
    assert counts["cases"] == counts["simulated_cases"] == CASES == 240
    assert counts["readings"] == counts["simulated_readings"] == READINGS * CASES
    cases = read_export(SET / JUDGED)
    assert len({case.person for case in cases}) == len({case.film_id for case in cases}) == CASES
    assert all(len({reading.reader for reading in case.readings}) == READINGS for case in cases)
    assert all(case.report.text and case.official_split == "test" for case in cases)


def test_it_is_loaded_whole_with_its_films_and_what_the_baselines_learn_from() -> None:
    found = load_set()
    assert len(found.cases) == CASES and found.readings == READINGS * CASES and len(found.learnt) == LEARNT_CASES
    assert {max(case.film.shape) for case in found.cases} == {LONG_SIDE}
    assert all(case.film.std() > 5 for case in found.cases)
    assert min(len(truths(case)) for case in found.learnt) == 2
    assert {reading[1].tobytes() for case in found.cases for reading in case.readings}.isdisjoint(
        reading[1].tobytes() for case in found.learnt for reading in case.readings
    )


def test_only_the_first_cases_are_taken_where_so_many_are_wanted() -> None:
    few, whole = load_set(cases=3), load_set()
    assert [case.key for case in few.cases] == [case.key for case in whole.cases[:3]] and few.readings == 3 * READINGS
    assert few.sha256 == whole.sha256 and len(few.learnt) == LEARNT_CASES


def test_it_takes_at_most_two_and_a_half_megabytes() -> None:
    assert sum(path.stat().st_size for path in SET.rglob("*") if path.is_file()) <= 2.5e6


def test_no_training_and_no_bench_has_its_seeds() -> None:
    versions = json.loads(RECORD.read_text())["versions"]
    used = {seed for version in versions for seed in version["seeds"].values()}
    used |= {recipe.WORLD_SEED, recipe.CASE_SEED, recipe.REPORT_SEED, recipe.SCHEDULE.seed}
    assert {SEED, LEARNT_SEED}.isdisjoint(used) and SEED != LEARNT_SEED
    trials = Seeds.trial(0)
    assert max(used) + 1000 < SEED < min(trials.test_seed, trials.train_seed)  # versions to come count up from the last


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def reindexed(root: Path) -> None:
    """A table changed, and the index made to fit it."""
    table = root / JUDGED / "fixations.csv"
    table.write_bytes(table.read_bytes().replace(b",0.1000,", b",0.1001,", 1))
    path = root / JUDGED / INDEX
    index = json.loads(path.read_text())
    index["sha256"]["fixations.csv"] = sha256(table)
    path.write_text(json.dumps(index))


@pytest.mark.parametrize(("damage", "said"), [
    (lambda root: flip(next((root / JUDGED / "films").iterdir())), "changed since it was exported"),
    (lambda root: flip(root / JUDGED / "fixations.csv"), "fixations.csv: changed"),
    (lambda root: flip(root / LEARNT / "fixations.csv"), "fixations.csv: changed"),
    (lambda root: flip(root / JUDGED / "reports" / "g007.txt"), "g007.txt: changed"),
    (lambda root: (root / JUDGED / "reports" / "g007.txt").unlink(), "g007.txt: is missing"),
    (lambda root: (root / JUDGED / "more.txt").write_text("more"), "more.txt: is not in the index"),
    (reindexed, "an index of the gate's frozen set was changed"),
    (lambda root: shutil.rmtree(root / LEARNT), "No such file"),
])  # fmt: skip
def test_a_changed_byte_is_refused_and_said(copied: Path, damage: Callable[[Path], object], said: str) -> None:
    load_set(copied, cases=1)
    damage(copied)
    with pytest.raises(GateRefused, match=said) as refused:
        load_set(copied, cases=1)
    assert "out of the repository anew" in str(refused.value)


def test_it_is_made_again_from_its_seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first cases: the same words and order to the letter, the same places and greys but for rounding."""
    monkeypatch.setattr(projection, "projected_parts", cache(projection.projected_parts))  # it takes seconds
    make(tmp_path / "set", cases=3, learnt=2)
    for part, count in ((JUDGED, 3), (LEARNT, 2)):
        wanted = {f"g{number:03d}" for number in range(1, count + 1)}
        assert same_but_for_rounding(rows(tmp_path / "set" / part), [r for r in rows(SET / part) if r[0] in wanted])
    made, there = read_export(tmp_path / "set" / JUDGED), read_export(SET / JUDGED)
    for one, other in zip(made, there[:3], strict=True):
        assert (one.report, one.labels, one.patient) == (other.report, other.labels, other.patient)
        first, second = (load_film(case.film).astype(int) for case in (one, other))
        assert first.shape == second.shape and np.abs(first - second).mean() < 0.1


def rows(folder: Path) -> list[list[str]]:
    with (folder / "fixations.csv").open(newline="") as file:
        return list(csv.reader(file))[1:]


def same_but_for_rounding(one: list[list[str]], other: list[list[str]]) -> bool:
    named = [row[:4] for row in one] == [row[:4] for row in other]
    return named and np.allclose(*(np.array([row[4:] for row in rows], float) for rows in (one, other)), atol=2e-4)


def test_a_grey_keeps_six_bits(copied: Path) -> None:
    film = next((copied / JUDGED / "films").iterdir())
    assert not (np.asarray(Image.open(film)) & 3).any()


def test_the_set_is_found_from_anywhere_and_looked_at_without_torch() -> None:
    code = (
        "import sys; from ml.evaluation.gate.frozen import load_set; from ml.evaluation.gate import judge; "
        "assert load_set(cases=2).readings == 6; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd="/", env={"PYTHONPATH": str(ROOT)}, check=True)
