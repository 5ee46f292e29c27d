"""Training runs of a second or two, whole or killed, and how their ends are compared."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from ml.data.types import GazeCase
from ml.training.run import train
from ml.training.settings import TrainingSettings, parse_settings
from ml.training.trainer import checkpoints
from tests.ml.gaze import gaze_cases, prepare_parts
from tests.ml.kit import tiny_config

fork = multiprocessing.get_context("fork")


def small(**changes: Any) -> TrainingSettings:
    """Eight steps of the tiny published chain, dropout, sampled loss, average and validation included."""
    return parse_settings(
        {
            "stage": "vlc", "model": {"preset": "tiny"}, "steps": 8, "batch": 3, "accumulate": 2,
            "optimizer": {"slow_rate": 1e-3, "time_rate": 1e-3, "fast_rate": 3e-3}, "law": "cosine", "warmup": 2,
            "clip": 1.0, "average": 0.9, "save_every": 3, "validate_every": 3, "log_every": 2, **changes,
        }
    )  # fmt: skip


def prepared(folder: Path, *, simulated: bool = True) -> Path:
    """Ten cases to learn from, four to validate on."""
    cases = [_said(case, simulated) for case in gaze_cases(folder / "films", 14)]
    return prepare_parts(cases, folder / "data", tiny_config(), train=10, validate=4)


def _said(case: GazeCase, simulated: bool) -> GazeCase:
    """The case with the word of where it comes from changed."""
    readings = tuple(replace(one, provenance=replace(one.provenance, simulated=simulated)) for one in case.readings)
    return replace(case, simulated=simulated, readings=readings)


def go(settings: TrainingSettings, data: Path, run: Path, **how: Any) -> Path:
    return train(settings, data, run, show=False, cpu=True, **how)


def in_child(work: Callable[[], Any]) -> int:
    """Run in a process of its own; its exit code."""
    child = fork.Process(target=work)
    child.start()
    child.join(60)
    assert child.exitcode is not None
    return child.exitcode


def before(owner: Any, name: str, trap: Callable[..., bool] = lambda *a, **k: True) -> Callable[[], None]:
    """Sets a trap: a process dies instead of calling ``owner.name``, where ``trap`` says so."""

    def arm() -> None:
        whole = getattr(owner, name)

        def armed(*a: Any, **k: Any) -> Any:
            if trap(*a, **k):
                os.kill(os.getpid(), signal.SIGKILL)
            return whole(*a, **k)

        setattr(owner, name, armed)

    return arm


def killed(arm: Callable[[], None], work: Callable[[], Any]) -> None:
    """``work`` in a process of its own that dies where ``arm`` has set a trap for it."""

    def dies() -> None:
        arm()
        work()

    assert in_child(dies) == -signal.SIGKILL


def same_tensors(one: Path, other: Path) -> None:
    a, b = load_file(one), load_file(other)
    assert a.keys() == b.keys()
    for name in a:
        assert torch.equal(a[name], b[name]), name


def same_end(one: Path, other: Path) -> None:
    """Weights, average and optimiser of the last checkpoint, and the kept model, bit for bit."""
    for file in ("model.safetensors", "training.safetensors"):
        same_tensors(checkpoints(one)[-1] / file, checkpoints(other)[-1] / file)
    same_tensors(one / "model" / "model.safetensors", other / "model" / "model.safetensors")
