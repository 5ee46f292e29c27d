"""The comparison models: what each leaves out is out, and each learns, is saved and read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from ml.medgaze.config import ConfigError, MedGazeConfig
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.predictor import MedGazePredictor
from ml.metrics.cases import Prediction
from ml.training.optim import paper_optimizer
from ml.training.settings import OptimizerSettings
from tests.ml.kit import batch, film, likelihood_config, save_model, tiny_config, without_fixations

PARALLEL = {"memory_positions": "learned", "encoder_dropout": 0.0, "decoder_dropout": 0.0, "output_dropout": 0.0}
BARE = {"medformer": "none", "grid_memory": False, **PARALLEL}
DETERMINISTIC = {"deterministic": True, "decode": "mean"}
MODELS: dict[str, MedGazeConfig] = {
    "vision only": tiny_config(fusion="vision", **BARE),
    "text only": tiny_config(see_film=False, **PARALLEL),
    "text only, a pointer": likelihood_config(see_film=False),
    "pooled text": tiny_config(fusion="joint", pool_report=True, **BARE),
    "deterministic": tiny_config(**DETERMINISTIC, **PARALLEL),
}


def built(name: str) -> MedGazeModel:
    return MedGazeModel.build(MODELS[name]).eval()


def place(model: MedGazeModel, inputs: dict[str, Any]) -> torch.Tensor:
    with torch.no_grad():
        paths = model(**without_fixations(inputs)).paths
    assert paths is not None
    return torch.cat([paths.place, paths.time[..., None], paths.log_valid[..., None]], -1)


def other_film(inputs: dict[str, Any]) -> dict[str, Any]:
    return inputs | {"pixel_values": inputs["pixel_values"].flip(0) * 2 + 1}


def other_report(inputs: dict[str, Any]) -> dict[str, Any]:
    return inputs | {"input_ids": inputs["input_ids"].flip(0) + 3}


@pytest.mark.parametrize(
    ("name", "by_film", "by_report"),
    [
        ("vision only", True, False),
        ("text only", False, True),
        ("text only, a pointer", False, True),
        ("pooled text", True, True),
        ("deterministic", True, True),
    ],
)
def test_what_a_model_is_not_to_know_does_not_change_its_answer(name: str, by_film: bool, by_report: bool) -> None:
    model, inputs = built(name), batch(MODELS[name])
    straight = place(model, inputs)
    assert torch.equal(straight, place(model, other_film(inputs))) is not by_film
    assert torch.equal(straight, place(model, other_report(inputs))) is not by_report


def test_pooled_text_knows_which_states_the_report_has_and_not_their_order() -> None:
    config = MODELS["pooled text"]
    model, inputs = built("pooled text"), batch(config, tokens=9)
    inputs["attention_mask"][:, 6:] = 0
    del inputs["input_ids"]
    states = torch.randn(2, 9, config.language.width, generator=torch.Generator().manual_seed(3))
    straight = place(model, inputs | {"text_features": states})
    order = torch.tensor([3, 0, 5, 1, 4, 2, 7, 8, 6])
    torch.testing.assert_close(place(model, inputs | {"text_features": states[:, order]}), straight)
    padded = states.clone()
    padded[:, 6:] = 50.0
    torch.testing.assert_close(place(model, inputs | {"text_features": padded}), straight)
    assert not torch.allclose(place(model, inputs | {"text_features": states.flip(0)}), straight)


def test_a_deterministic_model_draws_the_same_path_whatever_the_seed_and_claims_no_spread(tmp_path: Path) -> None:
    predictor = MedGazePredictor.load(save_model(tmp_path, MODELS["deterministic"]), device="cpu")
    readings = [predictor.predict(film(), "Clear.", samples=3, seed=seed) for seed in (0, 1)]
    assert len({sample.fixations for reading in readings for sample in reading.samples}) == 1
    said = Prediction.of(readings[0])
    assert said.duration_interval is None and said.spread is not None and torch.isnan(torch.tensor(said.spread)).all()


def test_a_deterministic_model_is_trained_on_its_mean_whatever_the_seed() -> None:
    model, inputs = built("deterministic"), batch(MODELS["deterministic"])
    losses = [model(**inputs, generator=torch.Generator().manual_seed(seed)).loss for seed in (0, 1)]
    assert torch.equal(*losses) and torch.isfinite(losses[0])
    assert not any("logvar" in name for name, _ in model.named_parameters())


@pytest.mark.parametrize("name", list(MODELS))
def test_each_learns_from_a_few_steps(name: str) -> None:
    model, inputs = built(name), batch(MODELS[name])
    rates = OptimizerSettings(slow_rate=2e-2, time_rate=2e-2, fast_rate=2e-2)
    optimizer = paper_optimizer(model, rates)
    losses = []
    for step in range(40):
        loss = model(**inputs, generator=torch.Generator().manual_seed(step)).loss
        losses.append(float(loss.detach()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert sum(losses[-5:]) < 0.95 * sum(losses[:5])


@pytest.mark.parametrize("name", list(MODELS))
def test_each_is_saved_and_read_again_without_a_change(name: str, tmp_path: Path) -> None:
    folder = save_model(tmp_path, MODELS[name], seed=4)
    inputs = batch(MODELS[name])
    read = MedGazeModel.from_pretrained(folder)
    torch.testing.assert_close(place(read, inputs), place(MedGazeModel.build(MODELS[name], seed=4).eval(), inputs))
    reading = MedGazePredictor.load(folder, device="cpu").predict(film(), "Opacity on the left.", seed=1)
    assert len(reading.samples[0].fixations) >= 1


def test_a_model_that_sees_no_film_carries_no_encoder() -> None:
    assert {name for name, _ in built("text only").named_parameters() if name.startswith(("vision", "backbone"))} == {
        "vision.position_embedding", "vision.norm.weight", "vision.norm.bias",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"see_film": False, "fusion": "vision", **BARE}, "leaves nothing to look at"),
        ({"pool_report": True, "memory_positions": "learned"}, "pool_report needs fusion='joint'"),
        ({"deterministic": True, "decode": "sample"}, "deterministic needs decode='mean', not 'sample'"),
        ({**DETERMINISTIC, "loss": "nll"}, "deterministic needs loss='l1', not 'nll'"),
        ({**DETERMINISTIC, "stop_law": "hazard"}, "deterministic needs stop_law='independent'"),
        (
            {"fusion": "joint", "pool_report": True, "region_match": 3, **BARE},
            "region_match matches the film with words",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        tiny_config(**fields)
