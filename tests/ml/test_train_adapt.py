"""One reader's adapter: it helps that reader, fits in a small file, and leaves the general model alone."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from ml.data.types import GazeCase
from ml.medgaze.model_info import read_model_info
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.predictor import MedGazePredictor
from ml.metrics.cases import as_path
from ml.metrics.scanmatch import ScanMatch
from ml.training.adapt import AdapterRefused, _cases_of, adapt, attach, compare, load_adapted, merge
from tests.ml.gaze import gaze_case, prepare_parts, read_png, reading
from tests.ml.kit import batch, likelihood_config, save_model, without_fixations


def slow_and_high(folder: Path, number: int) -> GazeCase:
    """Most read low and fast (``a``, ``b``); ``h`` reads the same films high and slowly, the last four twice."""
    case = gaze_case(folder, number, readers=())
    rng = np.random.default_rng([number, 8])

    def path(y: float, pace: float) -> np.ndarray:
        x = rng.uniform(0.2, 0.8, 5)
        return np.stack([x, y + rng.normal(0, 0.03, 5), pace * np.exp(rng.normal(0, 0.1, 5))], 1)

    readings = [reading("a", path(0.8, 0.2)), reading("b", path(0.8, 0.2)), reading("h", path(0.2, 0.6))]
    if number >= 20:
        readings.append(reading("h", path(0.2, 0.6)))
    return dataclasses.replace(case, readings=tuple(readings))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A general model that learnt from all readers for a moment, and data of all of them."""
    root = tmp_path_factory.mktemp("adapt")
    config = likelihood_config(num_modes=2, simulated=True)
    cases = [slow_and_high(root / "films", number) for number in range(24)]
    prepare_parts(cases, root / "data", config, train=12, validate=4, test=8)
    save_model(root / "general", config)
    return root


def test_the_adapter_fits_its_reader_better_and_leaves_the_general_weights_alone(place: Path) -> None:
    weights = place / "general" / "model.safetensors"
    before = hashlib.sha256(weights.read_bytes()).hexdigest()
    about = adapt(place / "general", place / "data", "h", place / "h", show=False, passes=150)
    assert hashlib.sha256(weights.read_bytes()).hexdigest() == before == about["base_sha256"]
    assert about["cases"] == {"train": 12, "validate": 4, "test": 8}
    for name in ("loss", "ScanMatch"):
        assert about["held_out"][name]["gain"]["low"] > 0, about["held_out"]
    assert sorted(path.name for path in (place / "h").iterdir()) == ["adapter.json", "adapter.safetensors"]
    again, others = about["ceilings"]["same reader again"], about["ceilings"]["inter-reader"]
    assert (again["films"], others["films"]) == (4, 8)
    assert again["score"]["value"] > others["score"]["value"]  # the others look elsewhere
    assert 0 < again["share"]["value"] <= 1.5
    case = slow_and_high(place / "films", 20)
    film = read_png(case.film)
    own = load_adapted(place / "general", place / "h").predict(film, case.report.text)
    general = MedGazePredictor.load(place / "general", device="cpu").predict(film, case.report.text)
    higher, lower = (np.mean([f.y for f in reading.samples[0].fixations]) for reading in (own, general))
    assert higher < lower
    assert own.model_sha256 != general.model_sha256


def test_a_ceiling_is_held_against_the_adapted_model_film_by_film(place: Path) -> None:
    """One model as both: what is lacking to the ceiling is its score less the model's over the four films that ``h``
    read twice, ScanMatch of the second reading against the first, and no part of the way is gone."""
    general = place / "general"
    model = MedGazeModel.from_pretrained(general)
    test = _cases_of("h", place / "data" / "test", model)
    assert test is not None
    about = compare(model, model, general, read_model_info(general), test)
    predictor, match, gaps, scores = MedGazePredictor.load(general, device="cpu"), ScanMatch(), [], []
    for number in range(4, 8):
        case = test.evaluation(number)
        first, second = (path for _, path in case.readings)
        served = predictor.predict(case.film, case.report, seed=number).samples[0]
        scores.append(match(second, first))
        gaps.append(scores[-1] - match(as_path(served), first))
    again = about["ceilings"]["same reader again"]
    assert again["score"].value == pytest.approx(np.mean(scores))
    assert again["lacking"].value == pytest.approx(np.mean(gaps))
    assert again["share"].value == 0
    assert about["held_out"]["ScanMatch"]["gain"].value == about["held_out"]["loss"]["gain"].value == 0


def test_a_reader_who_read_nothing_twice_has_no_ceiling_of_his_own(place: Path) -> None:
    about = adapt(place / "general", place / "data", "b", place / "b", show=False, passes=1)
    assert list(about["ceilings"]) == ["inter-reader"]


def test_an_adapter_is_refused_on_another_model(place: Path) -> None:
    adapt(place / "general", place / "data", "a", place / "a", show=False, passes=1)
    other = save_model(place / "other", likelihood_config(num_modes=2), seed=1)
    with pytest.raises(AdapterRefused, match="adapter of a was learnt on the model"):
        load_adapted(other, place / "a")


def test_a_reader_with_hardly_a_recording_is_refused(place: Path) -> None:
    with pytest.raises(AdapterRefused, match="0 training cases of nobody; 4 are the fewest"):
        adapt(place / "general", place / "data", "nobody", place / "x", show=False)


@torch.no_grad()  # as answers are given; attention takes its sums otherwise where gradients are wanted
def test_a_new_adapter_changes_nothing_and_merging_changes_no_answer() -> None:
    config = likelihood_config()
    model = MedGazeModel.build(config).eval()
    inputs = without_fixations(batch(config))
    plain = model(**inputs).paths
    names = attach(model, rank=2)
    assert torch.equal(model(**inputs).paths.place, plain.place)
    assert {name.split(".")[0] for name in names} == {"decoder", "heads"}
    parameters = dict(model.named_parameters())
    for name in names:
        parameters[name].normal_(std=0.1)
    changed = model(**inputs).paths
    assert not torch.allclose(changed.place, plain.place)
    merged = merge(model)
    torch.testing.assert_close(merged(**inputs).paths.place, changed.place)
    assert set(merged.state_dict()) == set(MedGazeModel.build(config).state_dict())


@torch.no_grad()  # as answers are given; attention takes its sums otherwise where gradients are wanted
def test_an_autoregressive_decoder_gets_a_reader_embedding_in_its_initial_hidden_state() -> None:
    config = likelihood_config(decoder="autoregressive", num_modes=1, mode_temperature=0.0, region_match=3)
    model = MedGazeModel.build(config).eval()
    inputs = without_fixations(batch(config))
    plain = model(**inputs).paths.anchors
    names = attach(model, rank=2)
    assert {name.split(".")[0] for name in names} == {"autoregressive_decoder"}
    assert torch.equal(model(**inputs).paths.anchors.initial, plain.initial)
    embedding = dict(model.named_parameters())["autoregressive_decoder.initial_state.parametrizations.bias.0.by"]
    assert embedding.shape == plain.initial.shape[1:] and not embedding.any()
    with torch.no_grad():
        embedding.normal_()
    moved = model(**inputs).paths.anchors
    assert not torch.allclose(moved.initial, plain.initial)
    assert torch.equal(moved.keys, plain.keys)
