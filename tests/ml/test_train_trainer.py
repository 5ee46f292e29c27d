"""The trainer of both stages: devices, averages, early ends, refusals, and what passes from stage 1 to stage 2."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import torch
from accelerate.state import AcceleratorState, PartialState
from safetensors.torch import load_file, save_file

from ml.data.prepared import PreparedMismatch, load_prepared
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.vr2 import VR2Model
from ml.training.batches import Plan, PlannedBatches
from ml.training.run import RunRefused, train
from ml.training.stage1 import Stage1Mismatch
from ml.training.trainer import MedGazeTrainer, TrainingDiverged, checkpoints
from tests.environment import free_port
from tests.ml.kit import tiny_config
from tests.ml.runs import fork, go, prepared, small


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared(tmp_path_factory.mktemp("gaze"))


@pytest.fixture(scope="module")
def straight(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run nobody disturbed."""
    run = tmp_path_factory.mktemp("straight") / "run"
    go(small(), data, run)
    return run


def test_a_finished_run_is_not_trained_again(data: Path, straight: Path) -> None:
    before = {
        path: path.stat().st_mtime_ns for path in straight.rglob("*") if path.is_file() and "logs" not in str(path)
    }
    go(small(), data, straight)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_two_devices_make_the_weights_of_one_with_twice_the_batches(data: Path, straight: Path, tmp_path: Path) -> None:
    """Two processes over gloo, one batch a step each, against ``straight``: one process, two batches a step.

    Sums of gradients are taken in another order, so equality is to rounding.
    """
    port = free_port()

    def device(rank: int) -> None:
        os.environ |= {
            "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2",
            "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port),
        }  # fmt: skip
        AcceleratorState._reset_state(reset_partial_state=True)
        PartialState._reset_state()
        go(small(accumulate=1), data, tmp_path / "run")
        torch.distributed.destroy_process_group()

    children = [fork.Process(target=device, args=(rank,)) for rank in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join(90)
    assert [child.exitcode for child in children] == [0, 0]
    one, two = (load_file(run / "model" / "model.safetensors") for run in (straight, tmp_path / "run"))
    for name in one:
        torch.testing.assert_close(two[name], one[name], rtol=1e-3, atol=2e-5, msg=name)
    losses = [
        [
            line["eval_loss"]
            for line in json.loads((checkpoints(run)[-1] / "trainer_state.json").read_text())["log_history"]
            if "eval_loss" in line
        ]
        for run in (straight, tmp_path / "run")
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_a_checkpoint_is_a_model_folder_without_a_pickle(straight: Path) -> None:
    for folder in [*checkpoints(straight), straight / "model"]:
        assert {path.suffix for path in folder.iterdir()} == {".json", ".safetensors"}
        assert MedGazeModel.from_pretrained(folder).config.preset == "tiny"
    assert not hasattr(MedGazeModel.from_pretrained(straight / "model").config, "use_cache")


def test_the_average_is_what_a_checkpoint_keeps(data: Path, tmp_path: Path) -> None:
    """By the rule: from the first weights w0, two steps with decays (1 + 1) / (10 + 1) and (1 + 2) / (10 + 2)."""
    go(small(steps=2, save_every=1, validate_every=None, keep=2), data, tmp_path / "run")
    name = "decoder.queries"
    first = dict(MedGazeModel.build(tiny_config(), seed=42).named_parameters())[name].detach()
    one, two = (
        load_file(folder / "training.safetensors")[f"weights.{name}"] for folder in checkpoints(tmp_path / "run")
    )
    after_one = 2 / 11 * first + 9 / 11 * one
    kept = load_file(tmp_path / "run" / "model" / "model.safetensors")[name]
    torch.testing.assert_close(kept, 3 / 12 * after_one + 9 / 12 * two)
    assert not torch.equal(kept, two)


def test_the_curves_are_there_for_tensorboard(straight: Path) -> None:
    events = b"".join(path.read_bytes() for path in (straight / "logs").iterdir())
    for name in (b"train/loss", b"train/place", b"validate/loss"):
        assert name in events


def test_another_recipe_or_other_data_in_the_same_folder_is_refused(data: Path, straight: Path) -> None:
    with pytest.raises(RunRefused, match=r"settings.optimizer.fast_rate was 0.003, is now 0.01"):
        rates = {"slow_rate": 1e-3, "time_rate": 1e-3, "fast_rate": 1e-2}
        go(small(optimizer=rates), data, straight)
    with pytest.raises(PreparedMismatch, match="max_fixations is 6, wanted 4"):
        go(small(model={"preset": "tiny", "max_fixations": 4}), data, straight)


def test_a_run_without_improvement_ends_early_and_keeps_the_best(data: Path, tmp_path: Path) -> None:
    """High rates make the loss jump about; the run ends at the second look in a row that beats no earlier one."""
    rates = {"slow_rate": 0.1, "time_rate": 0.1, "fast_rate": 0.1}
    hasty = small(
        steps=40, optimizer=rates, law="constant", warmup=0, average=None, save_every=1, validate_every=1, patience=2
    )
    go(hasty, data, tmp_path / "run")
    training = json.loads((tmp_path / "run" / "model" / "training.json").read_text())
    history = json.loads((checkpoints(tmp_path / "run")[-1] / "trainer_state.json").read_text())["log_history"]
    losses = [line["eval_loss"] for line in history if "eval_loss" in line]
    assert training["steps"] == len(losses) < 40
    assert training["validation_loss"] == min(losses) == losses[training["kept_step"] - 1]
    assert training["kept_step"] == training["steps"] - 2
    go(hasty, data, tmp_path / "run")  # ended, so nothing is trained
    assert len(json.loads((tmp_path / "run" / "model" / "training.json").read_text())) == len(training)


def test_a_loss_that_is_no_number_stops_the_run(data: Path, tmp_path: Path) -> None:
    rates = {"slow_rate": 1e30, "time_rate": 1e30, "fast_rate": 1e30}
    with pytest.raises(TrainingDiverged, match="lower the rates"):
        go(small(optimizer=rates, warmup=0, law="constant", clip=None), data, tmp_path / "run")


def test_bfloat16_needs_no_word_that_there_is_no_gpu(data: Path, tmp_path: Path) -> None:
    model = train(small(precision="bfloat16"), data, tmp_path / "run", show=False)
    assert (model / "model.safetensors").is_file()


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_stage_2_takes_over_what_a_run_of_stage_1_learnt(precision: str, data: Path, tmp_path: Path) -> None:
    stage1 = go(small(stage="vr2", steps=4, precision=precision, average=None), data, tmp_path / "vr2")
    begun = VR2Model.build(tiny_config(), seed=42).state_dict()
    learnt = load_file(stage1 / "model.safetensors")
    assert not torch.equal(learnt["vision.project.weight"], begun["vision.project.weight"])
    resting = {"slow_rate": 1e-30, "time_rate": 1e-30, "fast_rate": 1e-3, "weight_decay": 0.0}
    model = go(small(optimizer=resting, precision=precision), data, tmp_path / "vlc", stage1=stage1)
    after = load_file(model / "model.safetensors")
    own = [n for n in after if n.startswith(("backbone.", "vision.", "medformer."))]
    for name in own:
        torch.testing.assert_close(after[name], learnt[name], rtol=0, atol=1e-6)
    training = json.loads((model / "training.json").read_text())["stage1"]
    assert sorted(training["matched"]) == sorted(own)
    assert training["missing"] == []


def test_stage_1_may_begin_from_the_eye_of_another_model(data: Path, tmp_path: Path) -> None:
    other = MedGazeModel.build(tiny_config(), seed=7)
    other.save_pretrained(tmp_path / "other")
    resting = {"slow_rate": 1e-30, "time_rate": 1e-30, "fast_rate": 1e-30, "weight_decay": 0.0}
    settings = small(stage="vr2", steps=1, optimizer=resting, average=None)
    model = go(settings, data, tmp_path / "vr2", stage1=tmp_path / "other")
    begun, given = load_file(model / "model.safetensors"), other.state_dict()
    encoder = [name for name in begun if name.startswith(("backbone.", "vision."))]
    assert encoder
    for name in encoder:
        torch.testing.assert_close(begun[name], given[name], rtol=0, atol=1e-6)


@pytest.mark.parametrize("stage", ["vr2", "vlc"])
@pytest.mark.parametrize("simulated", [True, False])
def test_what_learnt_from_simulated_films_says_so_for_whatever_takes_it_over(
    stage: str, simulated: bool, tmp_path: Path
) -> None:
    """The run itself learns from recorded cases."""
    MedGazeModel.build(tiny_config(simulated=simulated), seed=7).save_pretrained(tmp_path / "other")
    recorded = prepared(tmp_path / "gaze", simulated=False)
    model = go(small(stage=stage, steps=1), recorded, tmp_path / "run", stage1=tmp_path / "other")
    assert json.loads((model / "config.json").read_text())["simulated"] == simulated


def test_a_stage_1_folder_with_nothing_to_take_over_is_an_error(data: Path, tmp_path: Path) -> None:
    save_file({"other.weight": torch.zeros(2)}, tmp_path / "model.safetensors")
    with pytest.raises(Stage1Mismatch, match="none of its 1 tensors"):
        go(small(), data, tmp_path / "run", stage1=tmp_path)


def test_the_frozen_language_model_is_not_touched_by_training(data: Path, tmp_path: Path) -> None:
    model = MedGazeModel.build(tiny_config(), seed=42)
    assert model.frozen.language is not None
    before = {name: p.clone() for name, p in model.frozen.language.model.named_parameters()}
    cases = load_prepared(data / "train")
    MedGazeTrainer(model, small(), tmp_path, cases, show=False, cpu=True).train()
    for name, p in model.frozen.language.model.named_parameters():
        assert torch.equal(p, before[name]), name


def test_rates_rise_in_a_line_and_fall_along_half_a_cosine(data: Path, tmp_path: Path) -> None:
    """Warm-up of 4 from a tenth: .1 + .9 / 4 = .325 at step 0; step 4 + half of the way: floor + (1 - floor) / 2."""
    settings = small(steps=24, warmup=4, warmup_from=0.1, floor=0.2, average=None)
    model = MedGazeModel.build(tiny_config())
    share = MedGazeTrainer(model, settings, tmp_path, load_prepared(data / "train"), show=False, cpu=True).rate_share
    assert share(0) == pytest.approx(0.325)
    assert share(3) == pytest.approx(1.0)
    assert share(14) == pytest.approx(0.6)
    assert share(24) == pytest.approx(0.2)


def test_each_pass_sees_each_case_once_and_devices_share_a_step() -> None:
    plan = Plan(cases=8, batch=2, steps=4, accumulate=1, devices=2, seed=5)
    first, second = (list(PlannedBatches(plan, device)) for device in range(2))
    for turn in range(2):
        seen = [i for batches in (first, second) for pair in batches[2 * turn : 2 * turn + 2] for i in pair]
        assert sorted(seen) == list(range(8))
    alone = list(PlannedBatches(Plan(cases=8, batch=2, steps=4, accumulate=2, seed=5), 0))
    assert alone[0::2] == first and alone[1::2] == second
