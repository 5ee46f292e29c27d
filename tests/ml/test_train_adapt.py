"""One reader's adapter: it helps that reader, fits in a small file, and leaves the general model alone."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from ml.data.prepare import prepare_splits
from ml.data.types import GazeCase
from ml.models.medgaze import MedGazeModel
from ml.predictor import MedGazePredictor
from ml.training.adapt import AdapterRefused, adapt, attach, load_adapted, settle
from tests.ml.gaze import gaze_case, read_png, reading
from tests.ml.kit import batch, likelihood_config, save_model, without_fixations


def slow_and_high(folder: Path, number: int) -> GazeCase:
    """Most read low and fast (``a``, ``b``); ``h`` reads the same films high and slowly."""
    case = gaze_case(folder, number, readers=())
    rng = np.random.default_rng([number, 8])

    def path(y: float, pace: float) -> np.ndarray:
        x = rng.uniform(0.2, 0.8, 5)
        return np.stack([x, y + rng.normal(0, 0.03, 5), pace * np.exp(rng.normal(0, 0.1, 5))], 1)

    readings = (reading("a", path(0.8, 0.2)), reading("b", path(0.8, 0.2)), reading("h", path(0.2, 0.6)))
    return dataclasses.replace(case, readings=readings)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A general model that learnt from all readers for a moment, and data of all of them."""
    root = tmp_path_factory.mktemp("adapt")
    config = likelihood_config(num_modes=2, simulated=True)
    cases = [slow_and_high(root / "films", number) for number in range(24)]
    keys = [case.key for case in cases]
    splits = {"train": keys[:12], "validate": keys[12:16], "test": keys[16:]}
    prepare_splits(cases, splits, root / "data", config, read_film=read_png, show=False)
    save_model(root / "general", config)
    return root


def test_the_adapter_fits_its_reader_better_and_leaves_the_general_weights_alone(place: Path) -> None:
    weights = place / "general" / "model.safetensors"
    before = hashlib.sha256(weights.read_bytes()).hexdigest()
    told = adapt(place / "general", place / "data", "h", place / "h", show=False, passes=25)
    assert hashlib.sha256(weights.read_bytes()).hexdigest() == before == told["base_sha256"]
    assert told["cases"] == {"train": 12, "validate": 4, "test": 8}
    for name in ("loss", "ScanMatch"):
        assert told["held_out"][name]["gain"]["low"] > 0, told["held_out"]
    assert sorted(path.name for path in (place / "h").iterdir()) == ["adapter.json", "adapter.safetensors"]
    case = slow_and_high(place / "films", 20)
    film = read_png(case.film)
    own = load_adapted(place / "general", place / "h").predict(film, case.report.text).samples[0]
    general = MedGazePredictor.load(place / "general", device="cpu").predict(film, case.report.text).samples[0]
    assert np.mean([f.y for f in own.fixations]) < np.mean([f.y for f in general.fixations])


def test_an_adapter_is_refused_on_another_model(place: Path) -> None:
    adapt(place / "general", place / "data", "a", place / "a", show=False, passes=1)
    other = save_model(place / "other", likelihood_config(num_modes=2), seed=1)
    with pytest.raises(AdapterRefused, match="adapter of a was learnt on the model"):
        load_adapted(other, place / "a")


def test_a_reader_with_hardly_a_recording_is_refused(place: Path) -> None:
    with pytest.raises(AdapterRefused, match="0 training cases of nobody; 4 are the fewest"):
        adapt(place / "general", place / "data", "nobody", place / "x", show=False)


def test_a_new_adapter_changes_nothing_and_settling_changes_no_answer() -> None:
    config = likelihood_config()
    model = MedGazeModel.build(config).eval()
    inputs = without_fixations(batch(config))
    plain = model(**inputs).paths
    names = attach(model, rank=2)
    assert torch.equal(model(**inputs).paths.place, plain.place)
    assert {name.split(".")[0] for name in names} == {"decoder", "heads"}
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for name in names:
            parameters[name].normal_(std=0.1)
    changed = model(**inputs).paths
    assert not torch.allclose(changed.place, plain.place)
    settled = settle(model)
    torch.testing.assert_close(settled(**inputs).paths.place, changed.place)
    assert set(settled.state_dict()) == set(MedGazeModel.build(config).state_dict())
