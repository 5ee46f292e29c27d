"""The plan of a study: what each variant is, beside what it stands, and what is refused before anything is trained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ml.evaluation.plan import Arm, StudyRefused, plan
from ml.evaluation.questions import comparisons
from ml.evaluation.variants import VARIANTS
from ml.medgaze.config_layout import flat
from ml.medgaze.presets import preset
from ml.training.settings import TrainingSettings, load_settings, parse_settings
from tests.ml.gaze import gaze_case, prepare_parts
from tests.ml.kit import tiny_config

TINY = load_settings("vlc-tiny")


def prepared(root: Path, readers: Sequence[tuple[str, ...]], folder: str = "data", **fields: Any) -> Path:
    """A case for each tuple of readers: two thirds to learn from, then a sixth each to validate and test on."""
    cases = [gaze_case(root / "films", number, readers=who) for number, who in enumerate(readers)]
    sixth = len(cases) // 6
    parts = {"train": len(cases) - 2 * sixth, "validate": sixth, "test": sixth}
    return prepare_parts(cases, root / folder, tiny_config(**fields), **parts)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Readers a and b read every film, c one in three; two sites."""
    readers = [("a", "b", "c") if number % 3 == 0 else ("a", "b") for number in range(36)]
    return prepared(tmp_path_factory.mktemp("two"), readers)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One reader."""
    return prepared(tmp_path_factory.mktemp("one"), [("a",)] * 12)


def mixture() -> TrainingSettings:
    """A model whose heads are not the published ones."""
    model = {"preset": "tiny", "loss": "nll", "num_modes": 2, "logvar_bounds": [-8.0, 4.0], "stop_law": "hazard"}
    return parse_settings({"stage": "vlc", "model": model, "steps": 5})


def refused(data: Path, *names: str, settings: TrainingSettings = TINY, **how: Any) -> str:
    with pytest.raises(StudyRefused) as error:
        plan(settings, data, names, **how)
    return str(error.value)


def the(arms: list[Arm], name: str) -> Arm:
    return next(arm for arm in arms if arm.name == name)


SERVED = [name for name in VARIANTS if name not in {"gaussian", "no-encoder-positions", "single-set"}]


@pytest.mark.parametrize("name", SERVED)
def test_every_variant_is_base_but_for_what_it_says(name: str, data: Path, tmp_path: Path) -> None:
    arms = plan(TINY, data, [name], stage1=tmp_path)
    base, found = arms[0], arms[-1]
    assert base.name == "base" and base.settings.model == TINY.model and base.stage1 == tmp_path
    variant, config = VARIANTS[name], found.settings.config()
    message = flat(config.to_dict())
    assert all(message[field] == value for field, value in variant.model.items())
    changed = {key for key in found.settings.model if found.settings.model[key] != base.settings.model.get(key)}
    assert changed <= set(variant.model)
    assert found.settings.seed == TINY.seed + variant.seed
    assert (found.readings is not None) == bool(variant.by)
    assert found.stage1 == (tmp_path if variant.stage1 else None)


@pytest.mark.parametrize("size", ["paper", "plus", "small", "demo"])
@pytest.mark.parametrize("name", [name for name, variant in VARIANTS.items() if variant.model])
def test_every_variant_is_a_model_in_the_sizes_that_are_meant_to_be_studied(name: str, size: str) -> None:
    config = preset(size, **VARIANTS[name].model)
    assert (config.width, config.vision.backbone) == (preset(size).width, preset(size).vision.backbone)


def test_all_models_are_trained_for_as_many_steps_however_few_readings_they_learn_from(data: Path) -> None:
    """24 training cases, 2 passes in batches of 8: 6 steps, though reader c read 8 cases only."""
    settings = parse_settings({"stage": "vlc", "model": {"preset": "tiny"}, "passes": 2, "batch": 8})
    arms = plan(settings, data, ["single-reader", "vision-only"])
    assert {arm.settings.steps for arm in arms} == {6} and len(arms) == 5
    assert {arm.settings.steps for arm in plan(settings, data, ["vision-only"], steps=9)} == {9}


def test_a_variant_brings_along_the_one_it_differs_from_in_nothing_but_its_point(data: Path) -> None:
    arms = plan(mixture(), data, ["deterministic"])
    assert [arm.name for arm in arms] == ["base", "gaussian", "deterministic"]
    assert comparisons(arms) == [("gaussian", "base"), ("deterministic", "base"), ("deterministic", "gaussian")]
    ours, beside = (the(arms, name).settings.model for name in ("deterministic", "gaussian"))
    assert {key for key in ours if ours[key] != beside.get(key)} == {"decode", "deterministic"}


def test_where_that_one_is_base_itself_it_is_not_trained_twice(data: Path) -> None:
    arms = plan(TINY, data, ["deterministic"])
    assert [arm.name for arm in arms] == ["base", "deterministic"]
    assert comparisons(arms) == [("deterministic", "base")]


def test_two_that_stand_beside_each_other_are_compared_once(data: Path) -> None:
    arms = plan(TINY, data, ["tokens-32", "tokens-128"])
    assert [arm.name for arm in arms] == ["base", "tokens-128", "tokens-32"]
    pairs = comparisons(arms)
    assert len(pairs) == 3 and len({frozenset(pair) for pair in pairs}) == 3


def test_a_model_for_each_reader_or_for_the_one_that_is_named(data: Path) -> None:
    named = [arm.name for arm in plan(TINY, data, ["leave-one-reader-out", "single-reader:c"])]
    assert named == ["base", "without reader a", "without reader b", "without reader c", "only reader c"]
    sites = [arm.name for arm in plan(TINY, data, ["leave-one-site-out"])]
    assert sites == ["base", "without site north", "without site south"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("visoin-only", "no such variant; did you mean vision-only? There are vision-only, text-only"),
        ("no-encoder-positions", "changes nothing: the settings say so already"),
        ("gaussian", "changes nothing"),
        ("no-stage1", "there is no --stage1 to leave out"),
        ("single-set", "all training readings are of one set, simulated"),
        ("single-reader:z", "no reader 'z'; there are a, b, c"),
        ("vision-only:a", "is one model"),
        ("vr2-tiny", "is for stage vr2"),
        ("absent.yaml", "No such file"),
    ],
)
def test_what_cannot_be_served_is_refused_with_the_reason(name: str, message: str, data: Path) -> None:
    assert message in refused(data, name)


def test_two_models_of_one_name_are_refused(data: Path, tmp_path: Path) -> None:
    other = tmp_path / "base.yaml"
    other.write_text("stage: vlc\nmodel: {preset: tiny, width: 8}\nsteps: 3\n")
    assert "another model is called base already" in refused(data, str(other))


def test_one_reader_and_one_site_leave_nobody_out(alone: Path, tmp_path: Path) -> None:
    message = refused(alone, "leave-one-reader-out", "single-reader", "vision-only")
    assert message.count("all training readings are of one reader, a") == 2 and "vision-only" not in message
    north = prepared(tmp_path, [("a",)] * 12)
    for part in ("train", "validate", "test"):
        for lines in (north / part).glob("shard-*/cases.jsonl"):
            lines.write_text(lines.read_text().replace('"south"', '"north"'))
    assert "all training readings are of one site, north" in refused(north, "leave-one-site-out")


def test_a_reader_with_next_to_no_test_readings_is_left_out_and_refused_by_name(tmp_path: Path) -> None:
    data = prepared(tmp_path, [("a", "b") if number < 8 else ("a",) for number in range(12)])
    assert [arm.name for arm in plan(TINY, data, ["leave-one-reader-out"])] == ["base", "without reader a"]
    assert "reader b has readings of 0 test films, 2 are the fewest" in refused(data, "leave-one-reader-out:b")


def test_without_a_validation_reading_patience_is_refused(data: Path, tmp_path: Path) -> None:
    last = [("a", "b")] * 8 + [("a",)] * 2 + [("a", "b")] * 2
    lacking = prepared(tmp_path, last)
    patient = parse_settings(
        {"stage": "vlc", "model": {"preset": "tiny"}, "steps": 4, "save_every": 2, "validate_every": 2, "patience": 2}
    )
    assert "no validation case has a reading only reader b" in refused(lacking, "single-reader:b", settings=patient)


def test_a_contradiction_with_the_settings_is_told_by_field(data: Path) -> None:
    blind = parse_settings({"stage": "vlc", "model": {**TINY.model, "fusion": "vision", **LEARNED}, "steps": 2})
    assert "leaves nothing to look at" in refused_on(blind, "text-only", data)


LEARNED = {"memory_positions": "learned"}


def refused_on(settings: TrainingSettings, name: str, data: Path) -> str:
    """The same on data prepared for these settings."""
    other = prepared(data.parent, [("a", "b")] * 12, "blind", **{**settings.model, "preset": "tiny"})
    return refused(other, name, settings=settings)


def test_settings_that_see_films_otherwise_need_their_own_data_of_the_same_split(data: Path, tmp_path: Path) -> None:
    other = tmp_path / "boxed.yaml"
    other.write_text("stage: vlc\nmodel: {preset: tiny, letterbox: true}\nsteps: 3\n")
    assert "letterbox is false, wanted true. Prepare the same split" in refused(data, str(other))
    readers = [("a", "b", "c") if number % 3 == 0 else ("a", "b") for number in range(36)]
    own = prepared(tmp_path, readers, letterbox=True)
    arms = plan(TINY, data, [f"{other}={own}"])
    assert [(arm.name, arm.data) for arm in arms] == [("base", data), ("boxed", own)]
    fewer = prepared(tmp_path, readers[:30], "fewer", letterbox=True)
    assert "holds other cases" in refused(data, f"{other}={fewer}")
