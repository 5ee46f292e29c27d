"""The harness: what stands beside a model, how far of the way it has come, and what no figure may hide."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from numpy.typing import ArrayLike

from ml.evaluation.baselines import CONSTANT, HUMAN_ELSEWHERE, MEAN_MAP, TRIVIAL, Trivial
from ml.evaluation.harness import Evaluation, evaluate, shuffled
from ml.evaluation.tables import text
from ml.metrics.cases import (
    INTER_READER,
    SAME_READER,
    EvaluationError,
    ModelRun,
    PlainCase,
    Prediction,
    another,
    reader_pairs,
    repeat_pairs,
    truths,
)
from ml.metrics.catalogue import METRICS
from ml.metrics.scores import MetricTable, Share
from tests.ml.golden import random_path

FILM = np.zeros((40, 32), np.uint8)


def near(rng: np.random.Generator, path: np.ndarray, spread: float) -> np.ndarray:
    """The same path, read by somebody whose eye lands elsewhere by so much."""
    out = path + np.column_stack([rng.normal(0, spread, (len(path), 2)), np.zeros(len(path))])
    return np.concatenate([out[:, :2].clip(0, 1), path[:, 2:]], axis=1)


def world(count: int, seed: int, readers: int = 2, spread: float = 0.03) -> tuple[list[PlainCase], list[np.ndarray]]:
    """Cases that each have a path of their own, and those paths."""
    rng = np.random.default_rng(seed)
    paths = [random_path(rng, int(n)) for n in rng.integers(5, 15, count)]
    cases = [
        PlainCase(f"{seed}-{i}", FILM, "word " * len(p), tuple((f"r{k}", near(rng, p, spread)) for k in range(readers)))
        for i, p in enumerate(paths)
    ]
    return cases, paths


def run(name: str, paths: list[np.ndarray], **fields: object) -> ModelRun:
    return ModelRun(name, [Prediction(path) for path in paths], **fields)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def found() -> Evaluation:
    cases, paths = world(30, 1)
    train, _ = world(20, 2)
    rng = np.random.default_rng(3)
    lost = [random_path(rng, 9) for _ in cases]
    models = [run("good", paths), run("lost", lost), run("good, blind", lost, ablation_of="good")]
    return evaluate(cases, models, train, metrics=("ScanMatch", "mIoU", "SED"))


def test_every_trivial_baseline_and_the_readers_stand_beside_every_model(found: Evaluation) -> None:
    wanted = {"good", "lost", "good, blind", shuffled("good"), shuffled("lost"), INTER_READER, *TRIVIAL}
    assert set(found.scores["mIoU"]) == wanted
    assert set(found.scores["ScanMatch"]) == wanted - {MEAN_MAP}


def test_a_model_that_knows_the_case_is_near_the_readers_and_one_that_does_not_is_near_nothing(
    found: Evaluation,
) -> None:
    for name in ("ScanMatch", "mIoU", "SED"):
        good, lost = found.shares[name]["good"], found.shares[name]["lost"]
        assert good is not None and lost is not None
        assert good.low > 0.8 and lost.high < 0.2, name


def test_lower_is_better_is_turned_round_in_shares_and_in_verdicts(found: Evaluation) -> None:
    assert found.scores["SED"]["good"].estimate.value < found.scores["SED"]["lost"].estimate.value
    verdicts = {(d.metric, d.first, d.second): d.better for d in found.differences}
    assert verdicts["SED", "good", "lost"] == "good" == verdicts["ScanMatch", "good", "lost"]
    assert verdicts["mIoU", "good", "good, blind"] == "good"


def test_two_equal_models_are_not_told_apart() -> None:
    cases, paths = world(6, 4)
    twins = evaluate(cases, [run("a", paths), run("b", paths)], cases, metrics=("mIoU",), limit=4)
    assert [d.better for d in twins.differences] == [""]


def test_the_result_is_plain_json_without_nan(found: Evaluation) -> None:
    loaded = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert loaded["scores"]["ScanMatch"]["good"]["cases"] == 30
    assert loaded["recipes"]["ScanMatch"]["bin_s"] == 0.05
    assert len(loaded["by_case"]["mIoU"]["lost"]) == len(loaded["keys"]) == 30


def test_the_result_says_what_baselines_and_intervals_were_made_with() -> None:
    """Twenty training cases of two readings each; at most five of either are tried for the constant path."""
    (cases, paths), (train, _) = world(4, 1), world(20, 2)
    result = evaluate(cases, [run("a", paths)], train, metrics=("mIoU",), seed=3, limit=5).to_dict()
    assert result["baselines"] == {
        "all": {"seed": 3, "training_readings": 40},
        "centre Gaussian": {"standard_deviation": 0.15},
        "dataset mean map": {"fixations": sum(len(path) for case in train for path in truths(case))},
        "best constant path": {"limit": 5, "readings_tried": 5, "training_cases": 5},
    }
    assert result["bootstrap"] == {"draws": 2000, "draws_of_difficulty": 1000, "seed": 0}


def test_the_same_recipe_makes_the_same_result_again() -> None:
    (cases, paths), (train, _) = world(4, 1), world(6, 2)
    once, again = (evaluate(cases, [run("a", paths)], train, metrics=("mIoU",), seed=3).to_dict() for _ in range(2))
    assert once == again


def test_the_text_names_every_row_and_what_is_lower_is_better(found: Evaluation) -> None:
    lines = text(found)
    assert all(row in lines for row in found.scores["mIoU"])
    assert "SED (lower)" in lines and "not told apart" not in lines.split("SED: good - lost")[1].splitlines()[0]


def share_of(baselines: tuple[str, ...] = ("base",), **rows: ArrayLike) -> Share | None:
    """The model's share of the way, from a score a case in every row."""
    table = MetricTable(METRICS["ScanMatch"], {})
    table.values = {name: np.array(scores) for name, scores in rows.items()}
    return table.share("model", baselines, "ceiling")


def test_share_by_hand() -> None:
    """B is the better of two baselines, 0.2 in every case; the ceiling 0.6; the model 0.3: a quarter of the way."""
    share = share_of(("low", "high"), model=[0.3] * 8, ceiling=[0.6] * 8, low=[0.1] * 8, high=[0.2] * 8)
    assert share is not None and share.baseline == "high" and share.cases == 8
    assert [share.value, share.low, share.high] == pytest.approx([0.25] * 3)
    assert share.gap.value == pytest.approx(0.4)


def test_the_interval_of_a_share_carries_the_error_of_baseline_and_ceiling() -> None:
    """The model is the same in every case; only baseline and ceiling vary, and yet the share is uncertain."""
    rng = np.random.default_rng(0)
    share = share_of(model=[0.4] * 40, ceiling=rng.normal(0.7, 0.1, 40), base=rng.normal(0.2, 0.1, 40))
    assert share is not None and share.certain and share.high - share.low > 0.05


def test_a_share_of_no_certain_gap_has_no_bounds() -> None:
    rng = np.random.default_rng(0)
    share = share_of(**{name: rng.normal(0.5, 0.1, 40) for name in ("model", "ceiling", "base")})
    assert share is not None and not share.certain and str(share) == "no certain gap"


def test_a_case_that_one_row_lacks_enters_no_share() -> None:
    share = share_of(model=[0.5, 0.5, 0.0], ceiling=[0.9, 0.9, np.nan], base=[0.1, 0.1, 0.1])
    assert share is not None and share.cases == 2 and share.value == pytest.approx(0.5)


def test_one_reader_a_case_has_no_ceiling_and_no_share() -> None:
    cases, paths = world(5, 6, readers=1)
    alone = evaluate(cases, [run("a", paths)], cases, metrics=("mIoU",), limit=3)
    assert alone.shares["mIoU"]["a"] is None
    assert INTER_READER not in alone.scores["mIoU"]
    assert "no case was read by two readers" in text(alone)


def test_a_reader_counts_once_and_reading_again_is_a_row_of_its_own() -> None:
    rng = np.random.default_rng(0)
    first, other, again = (random_path(rng, 5) for _ in range(3))
    case = PlainCase("c", FILM, "", (("ann", first), ("bob", other), ("ann", again)))
    assert truths(case) == [first, other]
    assert same(repeat_pairs([case]), [[(again, first)]])
    assert same(reader_pairs([case]), [[(other, first), (first, other)]])
    cases, paths = world(4, 8)
    twice = [dataclasses.replace(c, readings=(*c.readings, c.readings[0])) for c in cases]
    scores = evaluate(twice, [run("a", paths)], cases, metrics=("ScanMatch",), limit=3).scores["ScanMatch"]
    assert scores[SAME_READER].estimate.value == pytest.approx(1.0)


def same(found: list, wanted: list) -> bool:
    """The very same arrays in the same places."""
    return [[tuple(map(id, pair)) for pair in pairs] for pairs in found] == [
        [tuple(map(id, pair)) for pair in pairs] for pairs in wanted
    ]


def test_reports_of_one_film_give_each_other_readers_and_are_never_each_other_s_other_case() -> None:
    """As REFLACX is prepared: every reader's own report is a case, ``<case>`` and ``<case>#2``."""
    rng = np.random.default_rng(0)
    ann, bob, cat, ann_again = (random_path(rng, 5) for _ in range(4))
    cases = [
        PlainCase("x", FILM, "one", (("ann", ann),)),
        PlainCase("x#2", FILM, "two", (("bob", bob),)),
        PlainCase("y", FILM, "three", (("cat", cat),)),
        PlainCase("x#3", FILM, "four", (("ann", ann_again),)),
    ]
    assert same(reader_pairs(cases), [[(bob, ann)], [(ann, bob)], [], [(bob, ann_again)]])
    assert same(repeat_pairs(cases), [[(ann_again, ann)], [], [], [(ann, ann_again)]])
    assert another(cases) == [2, 2, 3, 2]


def test_reports_of_one_film_count_as_one_case_in_every_interval() -> None:
    """Scores 1, 1 of one film and 0 of another: mean 1/2 over two films, not 2/3 over three cases."""
    here, there = np.array([[0.1, 0.1, 0.2]]), np.array([[0.9, 0.9, 0.2]])
    rows = {"m": [[(here, here)], [(here, here)], [(here, there)]]}
    table = MetricTable(METRICS["ScanMatch"], rows, ["x", "x", "y"])
    assert table.mean("m").value == pytest.approx(0.5) and table.scored("m") == 2
    assert table.by_case["m"].tolist() == [1.0, 1.0, 0.0]


def test_the_best_constant_path_is_the_training_reading_that_suits_the_other_cases_most() -> None:
    """Three training cases look at one place, one looks elsewhere: one of the three is chosen, by each metric."""
    here, there = np.tile([0.3, 0.3, 0.2], (5, 1)), np.tile([0.8, 0.8, 0.2], (5, 1))
    train = [PlainCase(f"t{i}", FILM, "", (("r", p),)) for i, p in enumerate([there, here, here.copy(), here.copy()])]
    trivial = Trivial(train, train)
    for name in ("mIoU", "SED"):
        pairs = trivial.rows(name)[CONSTANT]
        assert all(np.array_equal(predicted, here) for case in pairs for predicted, _ in case)
        assert trivial.constants[name] == "t1"


def test_another_case_is_never_the_case_itself() -> None:
    cases, _ = world(7, 9)
    assert another(cases) == [1, 2, 3, 4, 5, 6, 0]
    own = [{id(path) for path in truths(case)} for case in cases]
    assert not any(
        id(path) in mine for path, mine in zip(Trivial(cases, cases).paths[HUMAN_ELSEWHERE], own, strict=True)
    )


def test_a_prediction_that_cannot_be_scored_is_listed_and_counted() -> None:
    cases, paths = world(6, 10)
    paths[2] = paths[2] * [1, 1, 1000]  # milliseconds
    result = evaluate(cases, [run("a", paths)], cases, metrics=("mIoU",), limit=3)
    assert result.scores["mIoU"]["a"].cases == 5 and " n=5" in text(result)
    mine = [refused for refused in result.refused["mIoU"] if refused.row == "a"]
    assert {(refused.case, refused.side, refused.reason) for refused in mine} == {
        (2, "predicted", "durations not in seconds")
    }
    assert "milliseconds" in text(result)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda cases, models: evaluate(cases, models, []), "no training|training readings"),
        (
            lambda cases, models: evaluate(cases[:1], [run("a", [cases[0].readings[0][1]])], cases),
            "fewer than two films",
        ),
        (lambda cases, models: evaluate(cases, [*models, *models], cases), "share a name"),
        (lambda cases, models: evaluate(cases[:3], models, cases), "4 predictions for 3 cases"),
        (
            lambda cases, models: evaluate([*cases[:3], dataclasses.replace(cases[3], readings=())], models, cases),
            "no reading",
        ),
    ],
)
def test_what_cannot_be_scored_fairly_is_refused(spoil: object, message: str) -> None:
    cases, paths = world(4, 11)
    with pytest.raises(EvaluationError, match=message):
        spoil(cases, [run("a", paths)])  # type: ignore[operator]
