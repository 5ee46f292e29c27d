"""The gate on real models: the bundled one against itself, and against itself with something broken."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from ml.cli.places import DEMO
from ml.evaluation.baselines import TRIVIAL
from ml.evaluation.gate import GateRefused, judge
from ml.evaluation.gate.frozen import load_set
from ml.evaluation.gate.rules import BETTER, NON_INFERIOR, load_rules
from ml.evaluation.gate.running import nats_a_fixation, no_likelihood
from ml.medgaze.model_info import read_model_info
from ml.medgaze.predictor import MedGazePredictor
from ml.metrics.cases import PlainCase
from ml.metrics.catalogue import LIKELIHOOD
from tests.ml.kit import autoregressive_config, film, likelihood_config, save_model

CASES = 12
Weights = dict[str, Any]


@pytest.fixture(scope="module")
def itself() -> dict[str, Any]:
    return judge(DEMO, DEMO, cases=CASES, threads=1, device="cpu")


def damaged(folder: Path, damage: Callable[[Weights], None]) -> Path:
    """The bundled model with other weights."""
    weights = load_file(DEMO / "model.safetensors")
    damage(weights)
    folder.mkdir()
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    for name in ("config.json", "processor_config.json"):
        shutil.copy(DEMO / name, folder / name)
    return folder


def lost(weights: Weights) -> None:
    """Its gaze goes anywhere: every place is as likely as every other."""
    for name in ("query.weight", "query.bias", "urge.weight", "urge.bias"):
        weights[f"walker.{name}"][:] = 0


def slow(weights: Weights) -> None:
    """Its fixations last three times as long."""
    weights["walker.time.2.bias"][0] += np.float16(math.log(3))


@pytest.fixture(scope="module")
def lost_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return damaged(tmp_path_factory.mktemp("models") / "lost", lost)


def verdicts(verdict: dict[str, Any]) -> dict[tuple[str, str], bool]:
    return {(row["metric"], row["kind"]): row["passed"] for row in verdict["rows"]}


def test_the_bundled_model_against_itself_passes_and_differs_in_nothing(itself: dict[str, Any]) -> None:
    assert itself["passed"] and all(verdicts(itself).values())
    assert [row["difference"] for row in itself["rows"]] == [{"value": 0, "low": 0, "high": 0}] * len(itself["rows"])


def test_a_verdict_says_what_was_judged_by_what_and_on_what(itself: dict[str, Any]) -> None:
    rules, frozen, model = load_rules(), load_set(cases=1), read_model_info(DEMO).sha256
    assert itself["version"] == 1 and itself["rules"] == {"version": 1, "sha256": rules.sha256}
    assert itself["set"] == {
        "name": "gate-1", "sha256": frozen.sha256, "cases": CASES, "readings": 3 * CASES, "simulated": True,
    }  # fmt: skip
    assert itself["champion"] == itself["candidate"] == model
    assert [(row["metric"], row["kind"], row["margin"], row["rule"]) for row in itself["rows"]] == [
        (rule.metric, rule.kind, rule.margin, rule.sentence) for rule in rules.rules
    ]
    assert itself["left_out"] == [] and itself["seconds"] > 0
    json.dumps(itself, allow_nan=False)


def test_the_hardest_trivial_baseline_stands_beside_every_path_metric(itself: dict[str, Any]) -> None:
    for row in itself["rows"]:
        if row["metric"] == LIKELIHOOD:
            assert row["baseline"] is None and row["over_baseline"] is None
            continue
        assert row["baseline"]["name"] in TRIVIAL
        lead = row["candidate"]["value"] - row["baseline"]["value"]
        assert row["over_baseline"]["value"] == pytest.approx(lead, abs=2e-6)
        assert (lead > 0) is row["higher_is_better"]
        assert row["candidate"]["low"] < row["candidate"]["value"] < row["candidate"]["high"]


def test_a_model_whose_gaze_goes_anywhere_fails_by_place(lost_folder: Path) -> None:
    found = judge(DEMO, lost_folder, cases=CASES, threads=1, device="cpu")
    passed, difference = verdicts(found), {row["metric"]: row["difference"] for row in found["rows"]}
    assert not found["passed"]
    assert not any(passed[name, NON_INFERIOR] for name in ("ScanMatch", "mIoU", LIKELIHOOD))
    assert difference["ScanMatch"]["high"] < 0 and difference["mIoU"]["high"] < 0 and difference[LIKELIHOOD]["low"] > 0
    assert passed["total duration error", BETTER]
    assert found["champion"] == read_model_info(DEMO).sha256
    assert found["candidate"] == read_model_info(lost_folder).sha256 != found["champion"]


def test_a_model_that_is_slow_fails_by_time_and_is_still_better_than_the_baselines_by_place(tmp_path: Path) -> None:
    passed = verdicts(judge(DEMO, damaged(tmp_path / "slow", slow), cases=CASES, threads=1, device="cpu"))
    assert not passed["total duration error", NON_INFERIOR] and not passed["total duration error", BETTER]
    assert not passed["ScanMatch", NON_INFERIOR] and not passed[LIKELIHOOD, NON_INFERIOR]
    assert passed["mIoU", BETTER]


def test_a_better_candidate_passes_where_a_worse_one_fails(lost_folder: Path) -> None:
    rows = {row["metric"]: row for row in judge(lost_folder, DEMO, cases=4, threads=1, device="cpu")["rows"]}
    assert rows["ScanMatch"]["difference"]["value"] > 0 and rows["ScanMatch"]["passed"]
    assert rows[LIKELIHOOD]["difference"]["value"] < 0 and rows[LIKELIHOOD]["passed"]


def test_a_model_that_gives_places_that_are_no_numbers_is_refused(tmp_path: Path) -> None:
    folder = damaged(tmp_path / "nan", lambda weights: weights["walker.shape.bias"].fill(np.nan))
    with pytest.raises(GateRefused, match="the candidate gives no reading of case g001 or one after it"):
        judge(DEMO, folder, cases=2, threads=1, device="cpu")


def test_a_model_that_gives_readings_but_no_likelihood_of_theirs_fails(tmp_path: Path) -> None:
    """No number in the query: sampling then takes the first anchor there is, and says nothing."""
    folder = damaged(tmp_path / "nan", lambda weights: weights["walker.query.bias"].fill(np.nan))
    (row,) = (r for r in judge(DEMO, folder, cases=2, threads=1, device="cpu")["rows"] if r["metric"] == LIKELIHOOD)
    assert not row["passed"] and row["candidate"]["value"] is None is row["difference"]["value"]


def test_progress_counts_the_predictions_of_both_models(mixture_folder: Path) -> None:
    ticks: list[tuple[int, int]] = []
    judge(mixture_folder, mixture_folder, cases=20, progress=lambda done, of: ticks.append((done, of)), device="cpu")
    assert ticks == [(0, 40), (16, 40), (20, 40), (20, 40), (36, 40), (40, 40)]


# --- likelihood


def case(shape: tuple[int, int], count: int, readers: int = 2) -> PlainCase:
    rng = np.random.default_rng(count)
    paths = [np.column_stack([rng.random((count - k, 2)), rng.uniform(0.1, 0.6, count - k)]) for k in range(readers)]
    readings = tuple((f"r{k}", path) for k, path in enumerate(paths))
    return PlainCase(f"case {count}", film(shape[1], shape[0], seed=count), "Opacity in the left lung.", readings)


def training_loss(predictor: MedGazePredictor, one: PlainCase) -> float:
    """The negative log-likelihood that training minimises, in the model's square."""
    processor, (height, width) = predictor.processor, one.film.shape
    places, mask = processor.fixations([path for _, path in one.readings], processor.transform(width, height))
    with torch.no_grad():
        inputs = processor([one.film], [one.report])
        losses = predictor.model(**inputs, fixations=places[None], fixation_mask=mask[None]).losses
    return float(losses["nll"])


@pytest.fixture(scope="module")
def autoregressive(tmp_path_factory: pytest.TempPathFactory) -> MedGazePredictor:
    folder = save_model(tmp_path_factory.mktemp("autoregressive"), autoregressive_config())
    return MedGazePredictor.load(folder, device="cpu")


@pytest.mark.parametrize("whose", ["autoregressive", "mixture_folder"])
def test_the_likelihood_is_what_training_minimises(whose: str, request: pytest.FixtureRequest) -> None:
    """On a square film, whose fractions are those of the model's square."""
    found = request.getfixturevalue(whose)
    predictor = found if isinstance(found, MedGazePredictor) else MedGazePredictor.load(found, device="cpu")
    cases = [case((48, 48), 7), case((48, 48), 4, readers=1)]
    for one, nats in zip(cases, nats_a_fixation(predictor, cases), strict=True):
        assert nats == pytest.approx(training_loss(predictor, one), rel=1e-5)


def test_the_likelihood_is_of_places_on_the_film_not_in_the_models_square(autoregressive: MedGazePredictor) -> None:
    """A film of 24 x 48 px takes half of the square: a density is half as high by the film as by the square, and each
    fixation log 2 less surprising by the square."""
    one = case((48, 24), 6, readers=1)
    (nats,) = nats_a_fixation(autoregressive, [one])
    assert nats - training_loss(autoregressive, one) == pytest.approx(math.log(2), rel=1e-4)


def test_a_first_fixation_that_is_given_counts_no_place(tmp_path: Path) -> None:
    """The same film: of 6 fixations 5 have a place, so that the film's half takes off 5/6 log 2."""
    folder = save_model(tmp_path / "given", likelihood_config(force_centre=True))
    predictor, one = MedGazePredictor.load(folder, device="cpu"), case((48, 24), 6, readers=1)
    nats = nats_a_fixation(predictor, [one])[0]
    assert nats - training_loss(predictor, one) == pytest.approx(5 / 6 * math.log(2), rel=1e-4)


def test_a_reading_is_likelier_than_one_that_was_moved() -> None:
    """The direction of the likelihood, on the bundled model: true readings against the same turned upside down."""
    predictor, cases = MedGazePredictor.load(DEMO, device="cpu"), list(load_set(cases=6).cases)
    turned = [
        PlainCase(c.key, c.film, c.report, tuple((who, path * [1, -1, 1] + [0, 1, 0]) for who, path in c.readings))
        for c in cases
    ]
    assert nats_a_fixation(predictor, cases).mean() < nats_a_fixation(predictor, turned).mean() - 0.5


def test_without_a_likelihood_of_both_that_row_is_left_out_and_said(tiny_folder: Path) -> None:
    found = judge(DEMO, tiny_folder, cases=4, device="cpu")
    assert LIKELIHOOD not in {row["metric"] for row in found["rows"]} and len(found["rows"]) == 6
    assert found["left_out"] == [
        {"metric": LIKELIHOOD, "reason": "the candidate: it was trained by l1, not by likelihood"}
    ]


def test_a_model_that_cannot_say_a_reading_to_its_end_has_no_likelihood_of_it(autoregressive: MedGazePredictor) -> None:
    limit = autoregressive.model.config.decoder.max_fixations
    assert no_likelihood(autoregressive, [case((48, 48), limit)]) == ""
    assert f"{limit} fixations at most" in no_likelihood(autoregressive, [case((48, 48), limit + 1)])
