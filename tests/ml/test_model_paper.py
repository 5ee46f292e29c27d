"""The published model, faithful and without the defects of its published code."""

from __future__ import annotations

import builtins
import io
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModel

from ml.medgaze.assets import RANDOM
from ml.medgaze.config import ConfigError
from ml.medgaze.losses import path_losses
from ml.medgaze.modeling import FrozenPartsMissing, MedGazeModel
from ml.medgaze.presets import PRESETS, preset
from tests.ml.kit import batch, tiny_config, without_fixations


def on_meta(name: str) -> MedGazeModel:
    with torch.device("meta"):
        return MedGazeModel(preset(name))


def count(module: torch.nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def test_the_paper_preset_trains_306_million_parameters() -> None:
    assert count(on_meta("paper")) == pytest.approx(306e6, rel=0.01)


@pytest.mark.parametrize(("part", "millions"), [("vision", 74.3), ("medformer", 105.2)])
def test_the_paper_presets_parts_have_the_published_sizes(part: str, millions: float) -> None:
    assert count(getattr(on_meta("paper"), part)) == pytest.approx(millions * 1e6, rel=0.01)


def test_decoder_with_memory_projection_has_the_published_size() -> None:
    model = on_meta("paper")
    published = count(model.decoder.layers) + count(model.fusion.from_language)  # type: ignore[arg-type]
    assert published == pytest.approx(122.7e6, rel=0.01)


@pytest.mark.parametrize(("name", "millions"), [("opt-2.7b", 2652), ("pythia-2.8b", 2647), ("resnet-50", 23.5)])
def test_the_frozen_parts_have_the_published_sizes(name: str, millions: float) -> None:
    with torch.device("meta"):
        model = AutoModel.from_config(AutoConfig.for_model(**RANDOM[name]))
    assert count(model) == pytest.approx(millions * 1e6, rel=0.01)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_preset_survives_a_round_trip_through_its_file(name: str, tmp_path: Any) -> None:
    config = preset(name)
    config.save_pretrained(tmp_path)
    assert type(config).from_pretrained(tmp_path).to_dict() == config.to_dict()


def test_an_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(KeyError, match="paper, plus, open, small, tiny, demo"):
        preset("large")


def test_the_8x8_positions_refuse_any_other_number_of_tokens() -> None:
    with pytest.raises(ConfigError, match="64 memory tokens"):
        preset("paper", max_text_tokens=31)


def test_the_language_model_is_unchanged_after_a_training_step() -> None:
    config = tiny_config()
    model = MedGazeModel.build(config).train()
    assert model.frozen.language is not None
    before = {k: v.clone() for k, v in model.frozen.language.model.state_dict().items()}
    optimizer = torch.optim.AdamW(model.parameters(), lr=1.0)
    model(**batch(config)).loss.backward()
    optimizer.step()
    after = model.frozen.language.model.state_dict()
    assert all(torch.equal(before[k], after[k]) for k in before)


def test_the_language_model_stays_in_evaluation_mode_while_the_rest_trains() -> None:
    model = MedGazeModel.build(tiny_config()).train()
    assert model.frozen.language is not None
    assert model.training
    assert not model.frozen.language.model.training


def test_gradients_reach_every_trainable_parameter_through_the_frozen_language_model() -> None:
    config = tiny_config()
    model = MedGazeModel.build(config)
    model(**batch(config)).loss.backward()
    assert [name for name, p in model.named_parameters() if p.grad is None] == []


def test_forward_opens_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    config = tiny_config()
    model, inputs = MedGazeModel.build(config), batch(config)
    model(**inputs)

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError(f"forward opened {args[0]}")

    monkeypatch.setattr(builtins, "open", refuse)
    monkeypatch.setattr(io, "open", refuse)
    model(**inputs)


def test_forward_prints_nothing_and_leaves_anomaly_detection_off(capsys: pytest.CaptureFixture[str]) -> None:
    config = tiny_config()
    MedGazeModel.build(config)(**batch(config)).loss.backward()
    assert capsys.readouterr().out == ""
    assert not torch.is_anomaly_enabled()


def test_using_a_model_without_its_frozen_parts_says_what_to_call() -> None:
    config = tiny_config()
    with pytest.raises(FrozenPartsMissing, match="load_frozen_parts"):
        MedGazeModel(config)(**batch(config))


def test_the_first_fixation_stands_at_the_centre() -> None:
    config = tiny_config()
    model = MedGazeModel.build(config).eval()
    places, lengths = model(**without_fixations(batch(config))).paths.mean()
    assert places[..., 0, :2].eq(0.5).all()
    assert lengths.ge(1).all()


def test_another_report_changes_the_reading() -> None:
    config = tiny_config()
    model, inputs = MedGazeModel.build(config).eval(), without_fixations(batch(config))
    before = model(**inputs).paths.place
    inputs["input_ids"] = inputs["input_ids"].flip(1)
    assert not torch.allclose(before, model(**inputs).paths.place, atol=1e-4)


def test_the_published_loss_is_l1_in_pixels_and_seconds_plus_the_stop_token() -> None:
    config = tiny_config(max_fixations=2, force_centre=False)
    paths = MedGazeModel.build(config).eval()(**without_fixations(batch(config, cases=1))).paths
    set_to = {
        "place": torch.tensor([[[[20.0, 30.0], [0.0, 0.0]]]]),
        "place_logvar": torch.full((1, 1, 2, 2), -60.0),
        "time": torch.tensor([[[0.5, 9.0]]]),
        "time_logvar": torch.full((1, 1, 2), -60.0),
        "log_valid": torch.tensor([[[0.8, 0.5]]]).log(),
        "log_pad": torch.tensor([[[0.2, 0.5]]]).log(),
    }
    for name, value in set_to.items():
        object.__setattr__(paths, name, value)
    true = torch.tensor([[[[32 / 128, 64 / 128, 0.2], [0.9, 0.9, 5.0]]]])
    loss = path_losses(config, paths, true, torch.tensor([[[1.0, 0.0]]]))
    stop = -(torch.tensor(0.8).log() + torch.tensor(0.5).log()) / 2
    assert loss["path"].item() == pytest.approx(stop.item() + (12 + 34) + 0.3, abs=1e-4)


def test_the_bounds_of_the_fixation_space_come_from_the_configuration() -> None:
    for space in (128.0, 512.0):
        config = tiny_config(max_fixations=1, fixation_space=space, force_centre=False)
        paths = MedGazeModel.build(config).eval()(**without_fixations(batch(config, cases=1))).paths
        object.__setattr__(paths, "place", torch.zeros(1, 1, 1, 2))
        object.__setattr__(paths, "place_logvar", torch.full((1, 1, 1, 2), -60.0))
        beyond = torch.tensor([[[[1.5, 1.5, 0.0]]]])
        loss = path_losses(config, paths, beyond, torch.ones(1, 1, 1))
        assert loss["place"].item() == pytest.approx(2 * (space - 2))


def test_readings_that_only_pad_a_batch_change_no_loss() -> None:
    for config in (tiny_config(),):
        model, inputs = MedGazeModel.build(config).eval(), batch(config, cases=1, readings=1)
        alone = model(**inputs, generator=torch.Generator().manual_seed(3)).loss
        for name in ("fixations", "fixation_mask"):
            empty = torch.full_like(inputs[name], -3.0 if name == "fixations" else 0.0)
            inputs[name] = torch.cat([inputs[name], empty], 1)
        padded = model(**inputs, generator=torch.Generator().manual_seed(3)).loss
        assert padded.item() == pytest.approx(alone.item(), rel=1e-6)
