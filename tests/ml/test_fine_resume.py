"""Whatever kills a fine-tuning, and wherever, the one that goes on ends with the same bytes; also on a budget of
minutes, which is of steps once it was timed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ml.training.budget as budget
import ml.training.finedata as finedata
import ml.training.finetune as finetune
from ml.medgaze.model_info import MANIFEST, WEIGHTS
from ml.training import trainer as trainer_module
from ml.training.runlog import RunLog
from ml.training.trainer import MedGazeTrainer
from tests.ml.finekit import export_of, tune
from tests.ml.runs import before, killed, same_end

ASKED: dict[str, Any] = {"steps": 5, "settings": {"save_every": 2}}  # checkpoints after steps 2, 4 and 5


@pytest.fixture(scope="module")
def undisturbed(base: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("undisturbed") / "run"
    tune(base, data, run, **ASKED)
    return run


def same_run(one: Path, other: Path) -> None:
    """The last checkpoints and all of the model's folder."""
    same_end(one, other)
    files = sorted(path.name for path in (one / "model").iterdir())
    assert files == sorted(path.name for path in (other / "model").iterdir())
    for name in files:
        assert (one / "model" / name).read_bytes() == (other / "model" / name).read_bytes(), name
    assert not list(one.rglob(".*partial"))


def cut_short(arm: Callable[[], None], base: Path, data: Path, run: Path, **asked: Any) -> None:
    killed(arm, lambda: tune(base, data, run, **asked))
    assert not (run / "model").exists()


@pytest.mark.parametrize("step", range(1, 6))
def test_a_run_killed_at_any_step_ends_as_an_undisturbed_one(
    step: int, base: Path, data: Path, undisturbed: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    at = before(MedGazeTrainer, "average_step", lambda trainer: trainer.state.global_step == step)
    cut_short(at, base, data, run, **ASKED)
    log = tune(base, data, run, **ASKED)
    same_run(run, undisturbed)
    whole = RunLog.read(undisturbed.with_suffix(".jsonl"))
    assert log.resumed == 1 and whole.resumed == 0
    assert (log.losses, log.validation, log.checkpoints) == (whole.losses, whole.validation, whole.checkpoints)
    assert log.held_out == whole.held_out and [point[0] for point in log.validation] == [0, 2, 4, 5]


POINTS: dict[str, Callable[[], None]] = {
    "before the budget is fixed": before(finetune, "budget_of"),
    "before the first step": before(MedGazeTrainer, "train"),
    "while a checkpoint is written": before(
        trainer_module, "save_file", lambda tensors, path: "checkpoint-4" in str(path)
    ),
    "while the model is written": before(finetune, "save_file"),
    "while the models are compared": before(finetune, "compare"),
    "before the manifest is written": before(finetune, "write_manifest"),
}


@pytest.mark.parametrize("point", POINTS)
def test_so_does_a_run_that_is_killed_between_its_stages(
    point: str, base: Path, data: Path, undisturbed: Path, tmp_path: Path
) -> None:
    cut_short(POINTS[point], base, data, tmp_path / "run", **ASKED)
    tune(base, data, tmp_path / "run", **ASKED)
    same_run(tmp_path / "run", undisturbed)


def timed(pace: float) -> Callable[[], None]:
    """A machine on which a step takes so many seconds."""

    def arm() -> None:
        budget._timed = lambda *a, **k: (pace, 0.0)

    return arm


def test_minutes_are_steps_once_they_were_timed_however_slow_the_machine_is_later(
    base: Path, data: Path, undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six seconds are five steps of 1.1 s; when the killed run goes on, a step takes a minute."""
    asked = {"minutes": 0.1, "settings": {"save_every": 2}}

    def arm() -> None:
        timed(1.1)()
        before(MedGazeTrainer, "average_step", lambda trainer: trainer.state.global_step == 3)()

    cut_short(arm, base, data, tmp_path / "run", **asked)
    monkeypatch.setattr(budget, "_timed", lambda *a, **k: (60.0, 0.0))
    log = tune(base, data, tmp_path / "run", **asked)
    assert log.finished is not None and log.finished["steps"] == 5
    same_run(tmp_path / "run", undisturbed)


def test_timing_the_first_steps_leaves_no_trace_in_the_weights(
    base: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    truly = budget._timed
    paces = []

    def once(*a: Any, **k: Any) -> tuple[float, float]:
        paces.append(truly(*a, **k))
        return 1.1, 0.0

    monkeypatch.setattr(budget, "_timed", once)
    tune(base, data, tmp_path / "timed", minutes=0.1)
    tune(base, data, tmp_path / "counted", steps=5)
    same_run(tmp_path / "timed", tmp_path / "counted")
    ((pace, looking),) = paces
    assert 0 < pace < 5 and 0 < looking < 5


def test_an_export_whose_preparing_was_killed_is_gone_on_with_and_needed_no_more_when_it_is_done(
    base: Path, tmp_path: Path
) -> None:
    export = export_of(tmp_path / "export", 12)
    cut_short(
        before(finedata, "write_json", lambda path, content: path.name == finedata.DONE), base, export, tmp_path / "run"
    )
    assert (tmp_path / "run" / "prepared" / "train" / "index.json").exists()
    tune(base, export, tmp_path / "run")
    tune(base, export, tmp_path / "whole")
    same_run(tmp_path / "run", tmp_path / "whole")
    cut_short(before(MedGazeTrainer, "train"), base, export, tmp_path / "again")
    export.rename(tmp_path / "elsewhere")
    tune(base, export, tmp_path / "again")
    same_run(tmp_path / "again", tmp_path / "whole")


def test_a_finished_run_that_is_given_again_says_so_and_changes_nothing(
    base: Path, data: Path, undisturbed: Path
) -> None:
    events = undisturbed.with_suffix(".jsonl")
    was = events.read_bytes()
    weights = undisturbed / "model" / WEIGHTS
    when = weights.stat().st_mtime_ns, (undisturbed / "model" / MANIFEST).stat().st_mtime_ns
    first = RunLog.read(events)
    log = tune(base, data, undisturbed, **ASKED)
    assert (weights.stat().st_mtime_ns, (undisturbed / "model" / MANIFEST).stat().st_mtime_ns) == when
    assert log.held_out == first.held_out and log.resumed == 0
    assert log.finished is not None and first.finished is not None
    assert log.finished["kept_step"] == first.finished["kept_step"]
    assert events.read_bytes()[: len(was)] == was
    events.write_bytes(was)


def test_a_run_keeps_the_threads_that_it_began_with(base: Path, data: Path, undisturbed: Path, tmp_path: Path) -> None:
    cut_short(before(MedGazeTrainer, "train"), base, data, tmp_path / "run", **ASKED)
    tune(base, data, tmp_path / "run", **ASKED, threads=2)
    same_run(tmp_path / "run", undisturbed)
