"""A run over several processes, started as docs/reproduce.md says, by either launcher."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ml.cli import train
from ml.medgaze.vr2 import VR2Model
from ml.training.settings import load_settings
from tests.environment import free_port
from tests.ml.gaze import gaze_cases, prepare_parts
from tests.ml.kit import tiny_config
from tests.ml.runs import same_tensors

ROOT = Path(__file__).resolve().parents[2]
LAUNCHERS = {
    "torchrun": ["torch.distributed.run", "--nproc-per-node", "2", "--master-port", "PORT", "-m", "--"],
    "accelerate": [
        "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1", "--mixed_precision",
        "no", "--dynamo_backend", "no", "--main_process_port", "PORT", "-m",
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("launched")
    prepare_parts(gaze_cases(root / "films", 8), root / "data", load_settings("vlc-tiny").config(), train=8)
    VR2Model.build(tiny_config()).save_pretrained(root / "stage1")
    short = root / "short.yaml"
    short.write_text("{stage: vlc, model: {preset: tiny}, steps: 2, batch: 2}")
    for name, launcher in LAUNCHERS.items():
        port = str(free_port())
        command = [sys.executable, "-m", *(port if word == "PORT" else word for word in launcher), "ml", "train"]
        where = {"stage1": root / "stage1", "settings": short, "data": root / "data", "run": root / name}
        command += [word for option, path in where.items() for word in (f"--{option}", str(path))] + ["--cpu"]
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr  # whole: the launcher's own traceback ends it, the cause stands above
        (root / name / "said.txt").write_text(done.stdout)
    return {name: root / name for name in LAUNCHERS}


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_each_process_is_a_device_of_one_run(launcher: str, runs: dict[str, Path]) -> None:
    assert json.loads((runs[launcher] / "run.json").read_text())["devices"] == 2


@pytest.mark.parametrize("launcher", LAUNCHERS)
@pytest.mark.parametrize("words", ["the model is in ", "stage 1: "])
def test_one_process_speaks_for_all(launcher: str, words: str, runs: dict[str, Path]) -> None:
    said = (runs[launcher] / "said.txt").read_text().splitlines()
    assert sum(line.startswith(words) for line in said) == 1


def test_the_command_s_help_gives_torchrun_s_form_that_was_run_here() -> None:
    form = " ".join(LAUNCHERS["torchrun"]).removeprefix("torch.distributed.run --nproc-per-node 2 --master-port PORT ")
    assert f"torchrun --nproc-per-node 4 {form} ml train" in (train.__doc__ or "")


def test_both_launchers_make_the_same_weights(runs: dict[str, Path]) -> None:
    same_tensors(*(run / "model" / "model.safetensors" for run in runs.values()))
