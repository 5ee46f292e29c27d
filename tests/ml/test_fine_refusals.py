"""What can stop a fine-tuning ends with words that say what to do, and leaves a run that goes on."""

from __future__ import annotations

import errno
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import ml.training.finetune as finetune
from ml.cli import main
from ml.data import prepare
from ml.medgaze.model_info import WEIGHTS
from ml.training import trainer as trainer_module
from ml.training.refusals import FineTuneRefused, refusal_of
from ml.training.runlog import KINDS, RunLog
from ml.training.trainer import MedGazeTrainer, checkpoints
from tests.ml.finekit import export_of, prepared_set, small_model, tune
from tests.ml.runs import in_child, same_end

DIES_AT = 3


@pytest.fixture(scope="module")
def undisturbed(base: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("undisturbed") / "run"
    tune(base, data, run)
    return run


def raised(error: BaseException) -> Callable[..., Any]:
    def stop(*a: Any, **k: Any) -> Any:
        raise error

    return stop


def at_step(monkeypatch: pytest.MonkeyPatch, what: Callable[..., Any]) -> None:
    """``what`` in place of the loss of step ``DIES_AT``."""
    whole = MedGazeTrainer.compute_loss

    def compute_loss(self: MedGazeTrainer, *a: Any, **k: Any) -> Any:
        if self.state.global_step == DIES_AT - 1 and self.model.training:
            return what(self, whole, *a, **k)
        return whole(self, *a, **k)

    monkeypatch.setattr(MedGazeTrainer, "compute_loss", compute_loss)


def no_number(self: MedGazeTrainer, whole: Any, *a: Any, **k: Any) -> Any:
    self._check(torch.tensor(float("nan")))


def refused(base: Path, data: Path, run: Path, kind: str, says: str, **asked: Any) -> RunLog:
    with pytest.raises(FineTuneRefused, match=says) as ended:
        tune(base, data, run, **asked)
    log = RunLog.read(run.with_suffix(".jsonl"))
    assert ended.value.kind == kind and kind in KINDS
    assert log.refused is not None
    assert (log.refused["kind"], log.refused["message"]) == (kind, str(ended.value))
    assert log.finished is None
    assert not (run / "model").exists() and not list(run.glob(".model.partial"))
    return log


STOPS: dict[str, tuple[str, str, Callable[[pytest.MonkeyPatch], None]]] = {
    "a loss that is no number": (
        "diverged", "loss is nan at step 2.*Begin another run.*lower rates", lambda m: at_step(m, no_number)
    ),
    "no memory for Python": (
        "out-of-memory", "not enough memory.*same command again", lambda m: at_step(m, raised(MemoryError()))
    ),
    "no memory for torch": (
        "out-of-memory", "not enough memory",
        lambda m: at_step(m, lambda *a, **k: torch.empty(2**62, dtype=torch.uint8)),
    ),
    "no memory on a GPU": (
        "out-of-memory", "not enough memory", lambda m: at_step(m, raised(torch.OutOfMemoryError("CUDA out of memory")))
    ),
    "a full disk under a checkpoint": (
        "disk-full", "is full. Free some room.*same command again",
        lambda m: m.setattr(trainer_module, "save_file", fails_later(trainer_module.save_file)),
    ),
    "a full disk under the model": (
        "disk-full", "is full", lambda m: m.setattr(finetune, "save_file", raised(OSError(errno.ENOSPC, "No space")))
    ),
    "a full disk under the manifest": (
        "disk-full", "is full", lambda m: m.setattr(finetune, "write_manifest", raised(OSError(errno.EDQUOT, "Quota")))
    ),
}  # fmt: skip


def fails_later(whole: Callable[..., Any]) -> Callable[..., Any]:
    """Writes two files of a checkpoint, and of the next one finds the disk full, as safetensors says it."""
    count = iter(range(1000))

    def save_file(tensors: Any, path: Path) -> None:
        if next(count) == 2:
            path.write_bytes(b"half")
            raise ValueError("Error while serializing: I/O error: No space left on device (os error 28)")
        whole(tensors, path)

    return save_file


@pytest.mark.parametrize("stop", STOPS)
def test_a_run_that_was_stopped_says_what_to_do_and_goes_on_to_the_same_weights(
    stop: str, base: Path, data: Path, undisturbed: Path, tmp_path: Path
) -> None:
    kind, says, arm = STOPS[stop]
    with pytest.MonkeyPatch.context() as patch:
        arm(patch)
        log = refused(base, data, tmp_path / "run", kind, says)
    assert all((tmp_path / "run" / f"checkpoint-{step}").exists() for step in log.checkpoints[-1:])
    log = tune(base, data, tmp_path / "run")
    same_end(tmp_path / "run", undisturbed)
    assert log.refused is None and log.finished is not None and log.resumed == 1


def test_a_disk_that_is_truly_full_ends_the_command_with_2_and_leaves_room_for_the_last_words(
    base: Path, data: Path, undisturbed: Path, tmp_path: Path
) -> None:
    """No file may grow beyond 20 kB, which a checkpoint does at once."""
    run, events = tmp_path / "run", tmp_path / "run.jsonl"
    command = ["train", "--from", str(base), "--data", str(data), "--run", str(run), "--steps", "4", "--cpu"]

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        main([*command, "--progress", str(events)])

    assert in_child(full) == 2
    log = RunLog.read(events)
    assert log.refused is not None and log.refused["kind"] == "disk-full"
    assert str(run) in log.refused["message"]
    assert not checkpoints(run) and not (run / "model").exists() and not list(run.rglob(".*partial"))
    main([*command, "--threads", "1"])
    same_end(run, undisturbed)


def test_a_full_disk_while_an_export_is_prepared_is_gone_on_from(base: Path, tmp_path: Path) -> None:
    """NumPy says it in words without a number."""
    export = export_of(tmp_path / "export", 10)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepare.np, "savez", raised(OSError("8192 requested and 17 written")))
        refused(base, export, tmp_path / "run", "disk-full", "is full")
    assert not list((tmp_path / "run").rglob(".*partial"))
    assert tune(base, export, tmp_path / "run").finished is not None


def test_weights_that_a_step_left_without_numbers_are_not_kept(base: Path, data: Path, tmp_path: Path) -> None:
    """The last step's loss is a number and its gradient is none; nothing looks at the validation cases after it."""
    only = prepared_set(tmp_path / "only", {"train": 8, "test": 3})

    def infinite(self: MedGazeTrainer, whole: Any, *a: Any, **k: Any) -> Any:
        weight = next(p for p in self.model.parameters() if p.requires_grad)
        return whole(self, *a, **k) + _bad(weight)

    with pytest.MonkeyPatch.context() as patch:
        at_step(patch, infinite)
        refused(base, only, tmp_path / "run", "diverged", "a weight is no number after step 3", steps=3)
    assert [c.name for c in checkpoints(tmp_path / "run")] == ["checkpoint-2"]


def _bad(weight: torch.Tensor) -> torch.Tensor:
    """0 whose gradient is no number: the root of 0 times 0."""
    zero = (weight - weight.detach()).sum()
    return (zero * zero).sqrt()


def test_nothing_to_learn_from_is_refused_with_what_to_do(base: Path, tmp_path: Path) -> None:
    export = export_of(tmp_path / "clicks", 8, source="clicks")
    refused(base, export, tmp_path / "a", "no-data", "source clicks, which nobody asked for, 16.*Name other --sources")
    refused(base, tmp_path / "nowhere", tmp_path / "b", "no-data", "neither a prepared set nor an export.*ml prepare")
    unread = export_of(tmp_path / "unread", 8, readings=())
    refused(base, unread, tmp_path / "c", "no-data", "holds no reading that is wanted")


def test_too_little_to_learn_from_or_compare_on_is_refused_with_what_to_do(base: Path, tmp_path: Path) -> None:
    few = export_of(tmp_path / "few", 4)
    refused(base, few, tmp_path / "a", "too-little-data", "6 readings of 3 cases.*4 cases are the fewest. Take more")
    alone = prepared_set(tmp_path / "alone", {"train": 5})
    refused(base, alone, tmp_path / "b", "too-little-data", "no reading to compare the models on.*test part")
    assert tune(base, prepared_set(tmp_path / "just", {"train": 4, "validate": 1}), tmp_path / "c").finished


def test_a_run_that_had_too_little_begins_with_more_and_with_settings_that_were_mended(
    base: Path, tmp_path: Path
) -> None:
    few, many = (export_of(tmp_path / f"{count}", count) for count in (4, 12))
    refused(base, few, tmp_path / "run", "too-little-data", "Take more")
    refused(base, many, tmp_path / "run", "refused", "did you mean batch", settings={"batsh": 2})
    assert tune(base, many, tmp_path / "run").finished
    whole = tune(base, many, tmp_path / "whole")
    same_end(tmp_path / "run", tmp_path / "whole")
    assert whole.resumed == 0


def test_a_model_that_is_not_whole_is_refused(base: Path, data: Path, tmp_path: Path) -> None:
    refused(tmp_path / "none", data, tmp_path / "a", "refused", "there is no such folder")
    cut = small_model(tmp_path / "cut")
    (cut / WEIGHTS).write_bytes((cut / WEIGHTS).read_bytes()[:-9])
    refused(cut, data, tmp_path / "b", "refused", "cut short")
    refused(small_model(tmp_path / "other", max_fixations=5), data, tmp_path / "c", "refused", "for another model")


def test_a_run_that_was_asked_for_something_else_is_refused(base: Path, data: Path, undisturbed: Path) -> None:
    was = undisturbed.with_suffix(".jsonl").read_bytes()
    for other in ({"steps": 5}, {"minutes": 1.0}, {"seed": 1}, {"settings": {"batch": 4}}):
        with pytest.raises(FineTuneRefused, match="holds another run.*Give another folder"):
            tune(base, data, undisturbed, **other)
    undisturbed.with_suffix(".jsonl").write_bytes(was)


def test_what_nobody_at_the_command_line_can_mend_is_no_refusal(base: Path, data: Path, tmp_path: Path) -> None:
    assert refusal_of(KeyError("x"), tmp_path) is None
    assert refusal_of(RuntimeError("mat1 and mat2 shapes cannot be multiplied"), tmp_path) is None
    with pytest.MonkeyPatch.context() as patch:
        at_step(patch, raised(KeyError("x")))
        with pytest.raises(KeyError):
            tune(base, data, tmp_path / "run")
    assert RunLog.read(tmp_path / "run.jsonl").refused is None
