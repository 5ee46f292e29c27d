"""Settings files: complete ones load, wrong ones say which field and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml.medgaze.presets import preset
from ml.training.settings import CONFIGS, SettingsError, load_settings, parse_settings

SMALL = {"stage": "vlc", "model": {"preset": "tiny"}, "steps": 3}


@pytest.mark.parametrize("name", sorted(path.stem for path in CONFIGS.glob("*.yaml")))
def test_every_file_that_comes_with_the_program_loads(name: str) -> None:
    settings = load_settings(name)
    assert name.startswith(settings.stage)
    assert settings.config().preset == settings.model["preset"]


def test_the_papers_stage_2_is_the_published_recipe() -> None:
    """Rates, betas, eps, decay, batch, passes and seed of the model reference, section 3."""
    paper = load_settings("vlc-paper")
    rates = paper.optimizer
    assert (rates.slow_rate, rates.time_rate, rates.fast_rate) == (1e-6, 2e-6, 1e-4)
    assert (rates.betas, rates.eps, rates.weight_decay, rates.decay_vectors) == ((0.9, 0.98), 1e-9, 1e-4, True)
    assert (paper.batch, paper.passes, paper.seed, paper.clip, paper.law) == (32, 1000, 42, None, "constant")
    assert paper.average is None


def test_fields_of_the_preset_can_be_replaced() -> None:
    settings = parse_settings({**SMALL, "model": {"preset": "tiny", "max_fixations": 4}})
    assert settings.config().decoder.max_fixations == 4
    assert settings.config().width == preset("tiny").width


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batsh": 8}, "batsh is no setting; did you mean batch?"),
        ({"optimizer": {"slow_rat": 1e-3}}, "optimizer.slow_rat is no setting; did you mean slow_rate?"),
        ({"optimizer": {"fast_rate": -1}}, "optimizer.fast_rate is -1: must be greater than 0"),
        ({"batch": 0}, "batch is 0: must be greater than or equal to 1"),
        ({"steps": "many"}, "steps is 'many': must be a valid integer"),
        ({"stage": "gaze"}, "stage is 'gaze': must be 'vr2' or 'vlc'"),
        ({"average": 1.0}, "average is 1.0: must be less than 1"),
        ({"passes": 2}, "give steps or passes, and not both"),
        ({"validate_every": 30, "save_every": 20}, "validate_every is 30: must be a multiple of save_every"),
        ({"patience": 2}, "patience needs validate_every"),
        ({"model": {"preset": "tinny"}}, "model: preset is 'tinny'; did you mean tiny?"),
        ({"model": {"preset": "tiny", "widht": 8}}, "model: widht is no field of a model; did you mean width?"),
        ({"model": {"preset": "tiny", "width": "wide"}}, "model: width is 'wide': must be a valid integer"),
        ({"model": {"preset": "tiny", "backbone": "vit"}}, "model: backbone is 'vit'; choose one of resnet50, cnn"),
    ],
)
def test_what_is_wrong_is_said_by_field(change: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError) as error:
        parse_settings({**SMALL, **change}, "mine.yaml")
    assert str(error.value).startswith("mine.yaml: ")
    assert message in str(error.value)


def test_a_missing_field_is_named() -> None:
    with pytest.raises(SettingsError, match="stage is missing"):
        parse_settings({"model": {"preset": "tiny"}, "steps": 1})


def test_several_faults_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        parse_settings({**SMALL, "batch": 0, "clip": -1})
    assert len(str(error.value).splitlines()) == 2


def test_a_file_that_is_no_yaml_or_not_there_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("stage: [vlc")
    with pytest.raises(SettingsError, match="broken.yaml is no YAML"):
        load_settings(tmp_path / "broken.yaml")
    with pytest.raises(SettingsError, match="No such file"):
        load_settings(tmp_path / "absent.yaml")
    with pytest.raises(SettingsError, match="did you mean vlc-paper"):
        load_settings("vlc-papr")


def test_passes_become_steps_of_the_whole_batch() -> None:
    """3 passes over 100 cases, 10 a step on each of 2 devices with 2 batches each: 300 / 40 = 7.5, rounded to 8."""
    settings = parse_settings({"stage": "vlc", "model": {"preset": "tiny"}, "passes": 3, "batch": 10, "accumulate": 2})
    assert settings.steps_for(100, devices=2) == 8
