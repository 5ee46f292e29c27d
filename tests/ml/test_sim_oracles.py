"""The bench: frozen by digest, and what readers know who see only part of a case."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ml.demo import oracles, simulated
from ml.metrics.cases import INTER_READER
from ml.metrics.intervals import Estimate
from ml.simulator import frozen
from ml.simulator.cases import Case, simulate_case
from ml.simulator.findings import Finding
from ml.simulator.pool import make_pool
from ml.simulator.readers import READERS, Reader
from ml.simulator.reports import Report

HOW = 'run `python -m ml.simulator.frozen "why"`, measure again, and say in the model card which version was used'


def test_the_simulator_is_the_frozen_one() -> None:
    assert frozen.changed() == [], f"simulator code changed without a new version of the bench: {HOW}"


def test_the_same_seeds_still_make_the_same_cases() -> None:
    last = json.loads(frozen.RECORD.read_text())["versions"][-1]
    assert frozen.sample_sha256() == last["sample_sha256"], (
        f"the same code makes other cases, perhaps by another NumPy: {HOW}"
    )


def test_every_module_that_decides_what_a_case_is_is_frozen() -> None:
    """All of ml/simulator but the package's own text, the trees of files, films for people and the bench itself."""
    aside = {"__init__", "films", "frozen", "teaching"}
    assert {p.stem for p in frozen.HERE.glob("*.py")} - aside == set(frozen.FILES)


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The bench's files and record, where a test may change them."""
    for name in frozen.FILES:
        shutil.copy(frozen.HERE / f"{name}.py", tmp_path)
    shutil.copy(frozen.RECORD, tmp_path)
    monkeypatch.setattr(frozen, "HERE", tmp_path)
    monkeypatch.setattr(frozen, "RECORD", tmp_path / "frozen.json")
    return tmp_path


def test_a_changed_file_is_told_until_the_version_is_raised(copied: Path) -> None:
    before = frozen.version()
    with pytest.raises(ValueError, match="nothing to raise"):
        frozen.raise_version("no reason")
    (copied / "readers.py").write_text("# other readers")
    assert frozen.changed() == ["readers.py"] and frozen.version() == before
    number = frozen.raise_version("other readers")
    assert frozen.changed() == [] and frozen.version().startswith(f"{number} (") and frozen.version() != before


def test_other_names_keep_the_version_only_where_the_same_cases_come_of_them(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = frozen.version()
    (copied / "readers.py").write_text("# other names")
    monkeypatch.setattr(frozen, "places_sha256", lambda: "another")
    with pytest.raises(ValueError, match="makes other cases"):
        frozen.renamed()
    assert frozen.changed() == ["readers.py"]
    *_, last = json.loads(frozen.RECORD.read_text())["versions"]
    monkeypatch.setattr(frozen, "places_sha256", lambda: last["places_sha256"])
    frozen.renamed()
    assert frozen.changed() == [] and frozen.version() == before


# --- oracles

BOX = (0.1, 0.1, 0.4, 0.4)
SEEN = Finding("mass", "right upper", ((0.2, 0.2, 0.25, 0.25),), 0.9)
FAINT = Finding("nodule", "left upper", ((0.7, 0.2, 0.75, 0.25),), 0.1)
HIDDEN = Finding("nodule", "left lower", ((0.7, 0.7, 0.75, 0.75),), 0.0)


def case(boxes: dict[str, tuple[float, float, float, float]]) -> Case:
    report = Report("Mass in the left lower zone.", ("left lower",), ())
    return Case(np.zeros((4, 4), np.uint8), report, (SEEN, FAINT, HIDDEN), boxes, (), ())


def test_text_only_knows_the_report_and_the_usual_boxes() -> None:
    train = [case({"right upper": (0.0, 0.0, 0.2, 0.4)}), case({"right upper": (0.2, 0.2, 0.4, 0.6), "heart": BOX})]
    known = oracles.text_only(oracles.mean_boxes(train))(case({"right upper": BOX}))
    assert known.boxes["right upper"] == pytest.approx((0.1, 0.1, 0.3, 0.5)) and known.boxes["heart"] == BOX
    assert known.asserted == ("left lower",) and known.findings == ()


def test_film_only_knows_what_can_be_seen_and_not_what_is_said() -> None:
    known = oracles.film_only(case({"right upper": BOX}))
    assert known.boxes == {"right upper": BOX} and [f.spots for f in known.findings] == [SEEN.spots, FAINT.spots]
    assert known.asserted == (known.findings[0].place,)  # the plain one; by its place on the film, not by its name


def test_anatomy_and_name_knows_no_finding() -> None:
    known = oracles.anatomy_and_name(case({"right upper": BOX}))
    assert known.boxes == {"right upper": BOX} and known.asserted == ("left lower",) and known.findings == ()


def test_an_oracle_draws_the_same_readings_for_a_seed_and_serves_one_of_them() -> None:
    pool = make_pool(1, seed=3, projected=False)
    known = oracles.everything(simulate_case(pool[0], 4, long_side=64))
    first, second = (simulated.draws(known, 2, 7) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert any(np.array_equal(simulated.consensus(first), path) for path in first)


def test_knowing_the_reader_is_worth_all_where_each_reader_always_looks_at_a_place_of_his_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """His own draws are the truth: agreement 1. Anybody's medoid is one reader's place: for the other three it is 0."""

    def always(known: simulated.Knowledge, who: Reader, rng: np.random.Generator) -> np.ndarray:
        corner = READERS.index(who)
        return np.tile([0.1 + 0.8 * (corner % 2), 0.1 + 0.8 * (corner // 2), 0.3], (5, 1))

    monkeypatch.setattr(simulated, "reading", always)
    monkeypatch.setattr(oracles, "reading", always)
    bench = SimpleNamespace(
        seeds=SimpleNamespace(test_seed=3), drawn=[case({"heart": BOX})], test=[SimpleNamespace(key="a")]
    )
    found = oracles.knowing_the_reader(bench)  # type: ignore[arg-type]
    assert sorted(round(gains["mIoU"].value, 6) for gains in found.values()) == [0, 1, 1, 1]


def result(gap: float = 0.2, **shares: float) -> dict[str, Any]:
    """A bench's result with best baseline .2, another reader ``gap`` above it, and oracles a quarter of the way."""
    values = dict.fromkeys(simulated.BASELINES, 0.1) | {"mean path": 0.2, INTER_READER: 0.2 + gap, "text only": 0.25}
    share = dict.fromkeys(oracles.ORACLES, 0.25) | {name.replace("_", " "): v for name, v in shares.items()}
    return {
        "rows": {name: {m: Estimate(v, v, v) for m in oracles.METRICS} for name, v in values.items()},
        "share": dict.fromkeys(oracles.METRICS, share),
        "share intervals": dict.fromkeys(oracles.METRICS, share),
        oracles.KNOWING: {"side by side": dict.fromkeys(oracles.METRICS, Estimate(0.1, 0.1, 0.1))},
    }


def test_an_oracle_that_goes_half_of_the_way_is_a_fault_of_the_bench() -> None:
    assert oracles.faults(result()) == []
    assert oracles.faults(result(film_only=0.55)) == [
        "ScanMatch: film only goes 0.55 of the way", "mIoU: film only goes 0.55 of the way",
    ]  # fmt: skip


def test_a_bench_with_too_small_a_gap_is_told() -> None:
    assert oracles.faults(result(gap=0.095)) == ["ScanMatch: the gap is 0.095, below 0.1"]


def test_the_table_prints_every_row_and_fault() -> None:
    text = oracles.table(result(film_only=0.55))
    assert "| text only | 0.250 [0.250, 0.250] | 0.25 |" in text
    assert "worth of knowing the reader, side by side: ScanMatch 0.100 [0.100, 0.100]" in text
    assert "FAULT mIoU: film only goes 0.55 of the way" in text
