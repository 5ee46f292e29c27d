"""What comes of a fine-tuning: other weights of the same model, and a manifest that says where they come from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from ml.demo.modeling import DemoMedGazeModel
from ml.medgaze.model_info import CONFIG, MANIFEST, PROCESSOR, WEIGHTS, check_files, read_model_info
from ml.medgaze.predictor import MedGazePredictor
from ml.medgaze.weight_names import current_names
from ml.training import trainer as trainer_module
from ml.training.refusals import FineTuneRefused
from ml.training.runlog import RunLog
from tests.ml.finekit import export_of, prepared_set, small_model, tune
from tests.ml.kit import in_former_names


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fine-tuned model whose parent is kept in half precision and under former names, as the bundled one is."""
    root = tmp_path_factory.mktemp("model")
    base = small_model(root / "base", region_match=3)
    halves = {name: tensor.half() for name, tensor in load_file(base / WEIGHTS).items()}
    save_file(halves, base / WEIGHTS, metadata={"format": "pt"})
    in_former_names(base / WEIGHTS)
    config = json.loads((base / CONFIG).read_text())
    (base / CONFIG).write_text(json.dumps({**config, "dtype": "float16"}))  # in no order of keys of anybody's
    data = prepared_set(root)
    tune(base, data, root / "run", name="ours", settings={"optimizer": {"fast_rate": 1e-2}})
    return root


def test_configuration_and_processor_stay_byte_for_byte(place: Path) -> None:
    for name in (CONFIG, PROCESSOR):
        assert (place / "run" / "model" / name).read_bytes() == (place / "base" / name).read_bytes()
    assert sorted(path.name for path in (place / "run" / "model").iterdir()) == sorted(
        [CONFIG, PROCESSOR, WEIGHTS, MANIFEST]
    )


def test_weights_are_kept_in_the_parents_precision_and_what_sees_and_reads_has_not_moved(place: Path) -> None:
    before, after = current_names(load_file(place / "base" / WEIGHTS)), load_file(place / "run" / "model" / WEIGHTS)
    assert before.keys() == after.keys()
    assert {tensor.dtype for tensor in after.values()} == {torch.float16}
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved and not [name for name in moved if name.startswith(DemoMedGazeModel.frozen_in_fine_tuning)]
    assert {name.split(".")[0] for name in moved} >= {"decoder", "heads", "fusion"}
    assert any(name.startswith("grounding.") for name in before)


def test_the_version_is_another_by_its_weights_alone(place: Path) -> None:
    before, after = read_model_info(place / "base"), read_model_info(place / "run" / "model")
    assert after.sha256 != before.sha256 and after.weights_sha256 != before.weights_sha256
    named = {"name", "sha256", "weights_sha256", "size_bytes", "scores", "notes"}
    assert all(getattr(before, f) == getattr(after, f) for f in type(before).__slots__ if f not in named)
    check_files(place / "run" / "model")
    assert MedGazePredictor.load(place / "run" / "model").model_info.name == "ours"


def test_the_manifest_says_parent_steps_data_and_the_comparison(place: Path) -> None:
    info = read_model_info(place / "run" / "model")
    log = RunLog.read(place / "run.jsonl")
    assert info.name == "ours"
    assert info.notes["parent"] == read_model_info(place / "base").sha256
    assert info.notes["steps"] == 4 and info.notes["kept_step"] in log.checkpoints
    assert info.notes["data"]["train"] == {
        "cases": 8, "readings": 16, "readers": 2, "simulated_readings": 16, "sources": {"simulated": 16},
    }  # fmt: skip
    assert len(info.notes["data"]["sha256"]) == 64
    assert log.held_out == [info.scores["negative log-likelihood"], info.scores["ScanMatch"]]
    assert log.finished is not None
    assert info.notes["validation_loss"]["after"] == log.finished["validation_loss"]
    assert info.notes["validation_loss"]["before"] == dict(log.validation)[0]
    assert log.finished["validation_loss"] == dict(log.validation)[log.finished["kept_step"]]


def test_a_run_tells_its_stages_in_order_and_its_end_last(place: Path) -> None:
    lines = [json.loads(line) for line in (place / "run.jsonl").read_text().splitlines()]
    stages = [line["stage"] for line in lines if line["event"] == "stage"]
    assert list(dict.fromkeys(stages)) == ["preparing", "training", "comparing", "saving"]
    assert [line["event"] for line in lines[-2:]] == ["held-out", "finished"]
    steps = [line for line in lines if line["event"] == "step"]
    assert [line["step"] for line in steps] == [1, 2, 3, 4] and {line["of"] for line in steps} == {4}
    assert steps[-1]["eta_s"] == 0 and steps[0]["seconds_a_step"] > 0 and steps[0]["memory_mb"] > 50
    assert lines[-1]["model"] == str(place / "run" / "model")


def test_the_new_version_is_called_after_its_parent_where_nobody_names_it(place: Path, tmp_path: Path) -> None:
    tune(place / "base", place / "data", tmp_path / "run", steps=1)
    assert read_model_info(tmp_path / "run" / "model").name == "base, fine-tuned"


@pytest.mark.parametrize(("source", "simulated"), [("tracker", False), ("simulated", True)])
def test_what_learnt_from_simulated_readings_says_so_from_then_on(source: str, simulated: bool, tmp_path: Path) -> None:
    base = small_model(tmp_path / "base")
    config = json.loads((base / CONFIG).read_text())
    (base / CONFIG).write_text(json.dumps({**config, "simulated": False}))
    tune(base, export_of(tmp_path / "export", 8, source=source, simulated=simulated), tmp_path / "run", steps=1)
    after = json.loads((tmp_path / "run" / "model" / CONFIG).read_text())
    assert after == {**config, "simulated": simulated}


def test_the_best_validated_step_is_kept(place: Path, tmp_path: Path) -> None:
    """At a rate that undoes the model the first look is the best, and patience ends the run."""
    wild = {"optimizer": {"fast_rate": 0.3, "slow_rate": 0.3, "time_rate": 0.3}, "warmup": 0, "patience": 2}
    log = tune(place / "base", place / "data", tmp_path / "run", steps=12, settings=wild)
    assert log.finished is not None
    losses = dict(log.validation)
    trained = {step: loss for step, loss in losses.items() if step}
    best = min(trained, key=lambda step: trained[step])
    assert log.finished["kept_step"] == best and log.finished["steps"] == best + 2 < 12
    kept = load_file(tmp_path / "run" / f"checkpoint-{best}" / WEIGHTS)
    for name, tensor in load_file(tmp_path / "run" / "model" / WEIGHTS).items():
        assert torch.equal(tensor, kept[name].half()), name


def test_weights_too_large_for_the_parents_precision_are_refused(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trainer_module.save_file

    def grown(tensors: dict[str, torch.Tensor], path: Path) -> None:
        whole(tensors, path)
        weights = load_file(path.parent / WEIGHTS)
        save_file({n: torch.full_like(t, 1e6) for n, t in weights.items()}, path.parent / WEIGHTS, {"format": "pt"})

    monkeypatch.setattr(trainer_module, "save_file", grown)
    with pytest.raises(FineTuneRefused, match="too large for the precision") as ended:
        tune(place / "base", place / "data", tmp_path / "run", steps=1)
    assert ended.value.kind == "diverged" and not (tmp_path / "run" / "model").exists()
