"""The comparison of a model with the one it came from: what it counts, and that it claims no more than it shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from ml.data.prepared import Subset, load_prepared
from ml.medgaze.config import MedGazeConfig
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.predictor import MedGazePredictor
from ml.metrics.cases import as_path
from ml.metrics.scanmatch import ScanMatch
from ml.training.heldout import MOST_CASES, compare, losses_of, row
from tests.ml.finekit import prepared_set, small_model
from tests.ml.gaze import gaze_cases, prepare_parts
from tests.ml.kit import save_model, tiny_config

NLL = ("negative log-likelihood", "nats a fixation", False)
MATCH = ("ScanMatch", "", True)


def values(*numbers: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array(numbers, np.float64)


def test_lower_is_better_for_the_likelihood() -> None:
    """Six films, each lower by exactly half a nat."""
    found = row(*NLL, values(1, 2, 3, 1, 2, 3), values(1, 2, 3, 1, 2, 3) - 0.5, readings=9, part="test")
    assert found["sentence"] == (
        "Better: on 9 readings of 6 held-out films the new weights' negative log-likelihood is lower by 0.500 nats a "
        "fixation (95 % interval 0.500 to 0.500)."
    )
    assert found["difference"] == {"value": -0.5, "low": -0.5, "high": -0.5}
    assert (found["before"]["value"], found["after"]["value"]) == (2.0, 1.5)
    assert (found["cases"], found["readings"], found["unit"]) == (6, 9, "nats a fixation")


def test_lower_is_worse_for_scanmatch() -> None:
    found = row(*MATCH, np.full(6, 0.5), np.full(6, 0.4), readings=6, part="test")
    assert found["sentence"].startswith(
        "Worse: on 6 readings of 6 held-out films the new weights' ScanMatch is lower by 0.100 (95 % interval 0.100 to"
    )


def test_an_interval_that_holds_0_shows_no_difference() -> None:
    found = row(*MATCH, np.zeros(6), values(-0.2, 0.3, -0.1, 0.2, 0.1, -0.1), readings=6, part="test")
    assert found["difference"]["low"] < 0 < found["difference"]["high"]
    assert found["sentence"].startswith(
        "No difference in ScanMatch that 6 readings of 6 held-out films can show: +0.033, 95 % interval -0."
    )


def test_under_five_films_there_is_no_interval_and_no_claim() -> None:
    found = row(*NLL, values(3, 3, 3, 3), values(1, 1, 1, 1), readings=4, part="test")
    assert found["difference"] == {"value": -2.0, "low": None, "high": None}
    assert found["before"]["low"] is found["after"]["high"] is None
    assert found["sentence"] == (
        "Too few to say: on 4 readings of 4 held-out films the new weights' negative log-likelihood is lower by 2.000 "
        "nats a fixation, which may be chance."
    )
    one = row(*NLL, values(3), values(1), readings=1, part="test")
    assert "on 1 reading of 1 held-out film the" in one["sentence"]
    assert row(*NLL, values(3, 3, 3, 3, 3), values(1, 1, 1, 1, 1), readings=5, part="test")["difference"]["low"] == -2.0


def test_films_that_one_of_both_has_no_score_for_count_for_neither() -> None:
    found = row(*MATCH, values(0.1, np.nan, 0.3), values(0.2, 0.9, np.nan), readings=3, part="test")
    assert found["cases"] == 1 and found["before"]["value"] == 0.1 and found["after"]["value"] == 0.2
    nothing = row(*MATCH, values(np.nan), values(0.2), readings=1, part="test")
    assert nothing["difference"]["value"] is None
    assert nothing["sentence"] == "Nothing can be said of ScanMatch: no held-out reading could be scored."


def test_cases_that_chose_the_step_are_said_to_flatter() -> None:
    found = row(*NLL, np.full(6, 2.0), np.full(6, 1.0), readings=6, part="validate")
    assert found["sentence"].endswith("These cases also chose which step was kept, so it is too good by that.")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("heldout")
    small_model(root / "before")
    config = MedGazeConfig.from_pretrained(root / "before")
    save_model(root / "after", config, seed=1)
    prepared_set(root, {"test": 6})
    return root


def test_both_models_read_the_same_cases_and_are_told_apart(place: Path) -> None:
    """Worked out case by case: the served path of the case's own seed against the first reading of each reader."""
    whole = load_prepared(place / "data" / "test")
    cases = whole.only(range(6))
    ticks: list[tuple[int, int]] = []
    likelihood, match = compare(
        place / "before", place / "after", cases, part="test", cpu=True, progress=lambda *at: ticks.append(at)
    )
    assert ticks == [(n, 12) for n in range(1, 13)]
    for which in ("before", "after"):
        predictor, scores, losses = MedGazePredictor.load(place / which, device="cpu"), [], []
        for number in range(6):
            case = cases.evaluation(number)
            path = as_path(predictor.predict(case.film, case.report, seed=number).samples[0])
            scores.append(np.mean([ScanMatch()(path, truth) for _, truth in case.readings]))
            with torch.no_grad():
                losses.append(float(predictor.model(**cases.batch([number])).losses["nll"]))
        assert match[which]["value"] == pytest.approx(np.mean(scores))
        assert likelihood[which]["value"] == pytest.approx(np.mean(losses), rel=1e-5)
    assert likelihood["difference"]["value"] == pytest.approx(
        likelihood["after"]["value"] - likelihood["before"]["value"]
    )
    assert (likelihood["readings"], match["readings"], likelihood["cases"]) == (12, 12, 6)
    assert likelihood["metric"] == "negative log-likelihood" and match["metric"] == "ScanMatch"


def test_a_model_without_a_likelihood_is_compared_by_its_training_loss(tiny_folder: Path, tmp_path: Path) -> None:
    prepare_parts(gaze_cases(tmp_path / "films", 5), tmp_path / "data", tiny_config(), test=5)
    held_out = load_prepared(tmp_path / "data" / "test").only(range(5))
    loss, _ = compare(tiny_folder, tiny_folder, held_out, part="test", cpu=True, progress=lambda *at: None)
    assert (loss["metric"], loss["unit"]) == ("training loss", "")
    assert loss["difference"]["value"] == 0
    assert loss["before"]["value"] == pytest.approx(
        losses_of(MedGazeModel.from_pretrained(tiny_folder), held_out).mean()
    )


def test_of_very_many_cases_as_many_are_drawn(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_CASES >= 100
    monkeypatch.setattr("ml.training.heldout.MOST_CASES", 2)
    held_out: Subset = load_prepared(place / "data" / "test").only(range(6))
    likelihood, _ = compare(
        place / "before", place / "before", held_out, part="test", cpu=True, progress=lambda *at: None
    )
    assert (likelihood["cases"], likelihood["readings"]) == (2, 4)
