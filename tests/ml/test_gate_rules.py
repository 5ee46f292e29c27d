"""The gate's rules: their arithmetic, worked by hand, and the words they are said in."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml.evaluation.gate.judging import Measured, row
from ml.evaluation.gate.rules import BETTER, FILE, MEASURES, NON_INFERIOR, Rule, RulesInvalid, load_rules
from ml.metrics.catalogue import LIKELIHOOD, METRICS
from ml.metrics.intervals import Estimate
from tests.ml.golden import random_path

MARGIN = Rule("ScanMatch", NON_INFERIOR, 0.02)
LONGER = Rule("total duration error", NON_INFERIOR, 0.3)


def of(differences: list[float], **baselines: list[float]) -> Measured:
    """Scores of a champion who has .5 on every case, and of a candidate who differs by so much."""
    champion = np.full(len(differences), 0.5)
    return Measured(champion, champion + differences, {name: np.array(v) for name, v in baselines.items()})


@pytest.mark.parametrize(("differences", "low", "passed"), [
    ([-0.021, -0.021], -0.021, False),
    ([-0.019, -0.019], -0.019, True),
    ([-0.005, -0.025], -0.025, False),
    ([-0.001, -0.019], -0.019, True),
    ([-0.005, 0.300], -0.005, True),
    ([-0.030, 0.300], -0.030, False),
])  # fmt: skip
def test_a_candidate_passes_when_the_bound_of_the_difference_lies_within_the_margin(
    differences: list[float], low: float, passed: bool
) -> None:
    """With two cases a resample's mean is a, b or between them, a and b a quarter of the time each, so that the 95 %
    interval runs from the lesser to the greater. Margin .02: what decides is the lesser, not the mean (-.015 in the
    third row, which fails; -.010 in the fourth, which passes)."""
    verdict = row(MARGIN, of(differences))
    assert verdict["passed"] is passed
    assert verdict["difference"]["low"] == pytest.approx(low)
    assert verdict["difference"]["value"] == pytest.approx(sum(differences) / 2)


@pytest.mark.parametrize(("differences", "passed"), [
    ([0.31, 0.31], False), ([0.29, 0.29], True), ([0.0, 0.31], False), ([-2.0, 0.29], True), ([-5.0, -5.0], True),
])  # fmt: skip
def test_where_less_is_better_the_upper_bound_decides(differences: list[float], passed: bool) -> None:
    """Margin .3 s, the same two cases: the greater of the two differences decides."""
    assert row(LONGER, of(differences))["passed"] is passed


def test_a_bound_that_is_the_margin_itself_or_no_number_fails() -> None:
    assert not MARGIN.holds(Estimate(0.0, -0.02, 0.02), {})
    assert MARGIN.holds(Estimate(0.0, -0.0199, 0.02), {})
    assert not MARGIN.holds(Estimate(0.0, np.nan, np.nan), {})
    assert not Rule("ScanMatch", BETTER).holds(Estimate(0.0, 0.0, 0.0), {"centre": Estimate(0.1, np.nan, np.nan)})


@pytest.mark.parametrize(("name", "higher"), [
    ("ScanMatch", True), ("mIoU", True), (LIKELIHOOD, False), ("total duration error", False),
])  # fmt: skip
def test_each_metric_is_better_in_its_own_direction(name: str, higher: bool) -> None:
    better = 0.4 if higher else -0.4
    rule = Rule(name, NON_INFERIOR, 0.3)
    assert row(rule, of([better] * 3))["passed"] and not row(rule, of([-better] * 3))["passed"]
    assert row(rule, of([0.0] * 3))["higher_is_better"] is higher


@pytest.mark.parametrize("name", [name for name in MEASURES if name != LIKELIHOOD])
def test_the_direction_is_that_of_the_scores_themselves(name: str) -> None:
    """The truth itself against another, longer path: whichever scores higher tells which way is better."""
    rng = np.random.default_rng(4)
    truth, other = random_path(rng, 6), random_path(rng, 15)
    assert (METRICS[name](truth, truth) > METRICS[name](other, truth)) is MEASURES[name].higher_is_better


def test_a_candidate_has_to_be_better_than_every_baseline() -> None:
    """Candidate .5 and .7 over two cases. Its lead over the first is .2 and .4: bound .2. Over the second -.1 and .6:
    bound -.1, though its mean is .25 above."""
    rule = Rule("ScanMatch", BETTER)
    scores = of([0.0, 0.2], constant=[0.3, 0.3])
    assert row(rule, scores)["passed"] and row(rule, scores)["over_baseline"]["low"] == pytest.approx(0.2)
    verdict = row(rule, replace(scores, baselines={**scores.baselines, "centre": np.array([0.6, 0.1])}))
    assert not verdict["passed"]
    assert verdict["baseline"] == {"name": "centre", "value": 0.35}
    assert verdict["over_baseline"] == {"value": 0.25, "low": pytest.approx(-0.1), "high": pytest.approx(0.6)}


def test_an_error_has_to_be_below_every_baselines() -> None:
    rule = Rule("total duration error", BETTER)
    assert row(rule, of([0.0, 0.1], centre=[0.7, 0.7]))["passed"]
    assert not row(rule, of([0.0, 0.1], centre=[0.7, 0.7], constant=[0.4, 0.9]))["passed"]


def test_without_a_baseline_nothing_is_better_than_them() -> None:
    assert not row(Rule("ScanMatch", BETTER), of([0.1, 0.1]))["passed"]


def test_a_case_without_a_score_fails_whatever_the_others_say() -> None:
    scores = of([0.2, 0.2, 0.2])
    for missing in (np.nan, np.inf):
        holed = replace(scores, candidate=np.array([0.7, missing, 0.7]))
        verdict = row(MARGIN, holed)
        assert not verdict["passed"] and verdict["cases"] == 2 and verdict["difference"]["low"] > 0
    verdict = row(MARGIN, replace(scores, candidate=np.full(3, np.nan)))
    assert not verdict["passed"] and verdict["candidate"] == {"value": None, "low": None, "high": None}


def test_the_sentence_is_made_from_the_rule() -> None:
    bound = "(97.5 % bound of the difference)"
    assert MARGIN.sentence == f"ScanMatch with duration must not be 0.02 or more below the champion's {bound}"
    assert replace(LONGER, margin=1.5).sentence == (
        f"total duration error must not be 1.5 s or more above the champion's {bound}"
    )
    assert Rule("mIoU", BETTER).sentence == f"mIoU must be above that of every trivial baseline {bound}"
    assert "must be below that" in Rule("total duration error", BETTER).sentence


def test_the_rules_that_are_shipped_ask_for_every_metric_and_for_more_than_the_baselines_have() -> None:
    found = load_rules()
    assert found.sha256 == hashlib.sha256(FILE.read_bytes()).hexdigest() and found.version == 1
    asked = {(rule.metric, rule.kind) for rule in found.rules}
    assert {name for name, kind in asked if kind == NON_INFERIOR} == set(MEASURES)
    assert {name for name, kind in asked if kind == BETTER} == set(MEASURES) - {LIKELIHOOD}
    assert MARGIN in found.rules


@pytest.mark.parametrize(("rules", "said"), [
    ([], "everything would pass"),
    ([{"metric": "beauty", "kind": NON_INFERIOR, "margin": 0.1}], "'beauty'"),
    ([{"metric": "mIoU", "kind": "superior", "margin": 0.1}], "'superior'"),
    ([{"metric": "mIoU", "kind": NON_INFERIOR}], "a margin above 0"),
    ([{"metric": "mIoU", "kind": NON_INFERIOR, "margin": -0.1}], "a margin above 0"),
    ([{"metric": "mIoU", "kind": BETTER, "margin": 0.1}], "a margin above 0"),
    ([{"metric": LIKELIHOOD, "kind": BETTER}], "the baselines are paths"),
    ([{"metric": "mIoU", "kind": BETTER, "weight": 2}], "not rules of the gate"),
])  # fmt: skip
def test_rules_that_cannot_be_judged_are_refused(tmp_path: Path, rules: list[dict[str, Any]], said: str) -> None:
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"version": 1, "rules": rules}))
    with pytest.raises(RulesInvalid, match=said):
        load_rules(file)
