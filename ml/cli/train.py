"""Stage 2: learn scanpaths from prepared readings (VLC).

  python -m ml train --settings vlc-paper --data var/prepared/egd --stage1 var/runs/vr2/model --run var/runs/vlc
  torchrun --nproc-per-node 4 -m -- ml train ...     four GPUs; batches are counted a GPU

The run folder holds checkpoints (each a model folder), logs for TensorBoard and, at the end, model: the best weights
on the validation cases. What is taken over from stage 1, and what is not, is said before the first step. A run that
was stopped or killed goes on from its newest checkpoint when the command is given again, to the same weights as if
nothing had happened. Settings are described in ml/settings.py.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ml.cli import Refusal

HELP = "stage 2: learn scanpaths from prepared readings"
STAGE = "vlc"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_arguments(parser)
    parser.add_argument(
        "--stage1", type=Path, default=None, help="model folder of stage 1, whose encoder is taken over"
    )


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """What both stages ask for."""
    parser.add_argument("--settings", required=True, help="name in ml/configs or YAML file")
    parser.add_argument("--data", type=Path, required=True, help="prepared folder with train and, if any, validate")
    parser.add_argument("--run", type=Path, required=True, help="folder of the run; gone on with when it is there")
    parser.add_argument("--cpu", action="store_true", help="leave GPUs alone")


def run(arguments: argparse.Namespace) -> None:
    start(arguments, STAGE, arguments.stage1)


def start(arguments: argparse.Namespace, stage: str, stage1: Path | None) -> None:
    """One run of ``stage``; what a person can mend is a refusal."""
    from accelerate import PartialState

    from ml.assets import AssetError
    from ml.data.prepared import PreparedMismatch
    from ml.settings import SettingsError, load_settings
    from ml.stage1 import Stage1Mismatch
    from ml.training.run import RunRefused, train
    from ml.training.trainer import TrainingDiverged

    try:
        settings = load_settings(arguments.settings)
        if settings.stage != stage:
            other = {"vr2": "pretrain", "vlc": "train"}[settings.stage]
            raise Refusal(f"{arguments.settings} is for stage {settings.stage}: use python -m ml {other}")
        model = train(settings, arguments.data, arguments.run, stage1=stage1, cpu=arguments.cpu)
    except (SettingsError, PreparedMismatch, RunRefused, Stage1Mismatch, AssetError, TrainingDiverged) as error:
        raise Refusal(str(error)) from error
    processes = PartialState()
    if processes.is_main_process:
        print(f"the model is in {model}")
    # PyTorch asks for it: without, one process's exit may hang or abort another.
    processes.destroy_process_group()
