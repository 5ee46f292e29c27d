"""Whatever stops a run, the one that goes on makes the same weights, bit for bit (one machine, one thread count)."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml.training import trainer as trainer_module
from ml.training.settings import TrainingSettings
from ml.training.trainer import MedGazeTrainer, checkpoints
from tests.ml.runs import before, go, killed, prepared, same_end, small

KINDS = {
    "stage 2": small(),
    "stage 2 in bfloat16": small(precision="bfloat16"),
    "stage 1": small(stage="vr2"),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared(tmp_path_factory.mktemp("gaze"))


@pytest.fixture(scope="module")
def undisturbed(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A whole run of each kind."""
    root = tmp_path_factory.mktemp("undisturbed")
    for kind, settings in KINDS.items():
        go(settings, data, root / kind)
    return {kind: root / kind for kind in KINDS}


def killed_after(step: int, settings: TrainingSettings, data: Path, run: Path) -> None:
    """SIGKILL when the step is done, before anything of it may be saved."""
    at = before(MedGazeTrainer, "average_step", lambda trainer: trainer.state.global_step == step)
    killed(at, lambda: go(settings, data, run))
    assert len(checkpoints(run)) == (step - 1) // 3


@pytest.mark.parametrize("step", range(1, 9))
def test_a_run_killed_at_any_step_ends_with_the_weights_of_an_undisturbed_one(
    step: int, data: Path, undisturbed: dict[str, Path], tmp_path: Path
) -> None:
    killed_after(step, KINDS["stage 2"], data, tmp_path / "run")
    go(KINDS["stage 2"], data, tmp_path / "run")
    same_end(tmp_path / "run", undisturbed["stage 2"])


@pytest.mark.parametrize("kind", ["stage 1", "stage 2 in bfloat16"])
def test_so_does_a_run_of_either_stage_and_precision_that_is_killed_twice(
    kind: str, data: Path, undisturbed: dict[str, Path], tmp_path: Path
) -> None:
    killed_after(5, KINDS[kind], data, tmp_path / "run")
    killed_after(8, KINDS[kind], data, tmp_path / "run")
    go(KINDS[kind], data, tmp_path / "run")
    same_end(tmp_path / "run", undisturbed[kind])


@pytest.mark.parametrize("second_save", [False, True])
def test_a_run_killed_while_it_saves_does_not_count_the_half_written_checkpoint(
    second_save: bool, data: Path, undisturbed: dict[str, Path], tmp_path: Path
) -> None:
    """The kill comes when the weights are written and the optimiser's state is not."""
    saves = before(
        trainer_module, "save_file", lambda tensors, path: not second_save or "checkpoint-6" in str(path)
    )  # fmt: skip
    run = tmp_path / "run"
    killed(saves, lambda: go(small(), data, run))
    assert [c.name for c in checkpoints(run)] == (["checkpoint-3"] if second_save else [])
    assert (run / f".checkpoint-{6 if second_save else 3}.partial" / "model.safetensors").exists()
    go(small(), data, run)
    same_end(run, undisturbed["stage 2"])
    assert not list(run.glob(".*partial"))
