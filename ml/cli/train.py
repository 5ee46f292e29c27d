"""Stage 2: learn scanpaths from prepared readings (VLC), or go on with a saved model.

  python -m ml train --settings vlc-paper --data var/prepared/egd --stage1 var/runs/vr2/model --run var/runs/vlc
  torchrun --nproc-per-node 4 -m -- ml train ...     four GPUs; batches are counted a GPU
  python -m ml train --from ml/weights/demo --data RELEASE --films FILMS --run var/runs/own --minutes 3

The run folder holds checkpoints (each a model folder), logs for TensorBoard and, at the end, model: the best weights
on the validation cases. What is taken over from stage 1, and what is not, is said before the first step. A run that
was stopped or killed goes on from its newest checkpoint when the command is given again, to the same weights as if
nothing had happened. Settings are described in ml/training/settings.py.

With --from a saved model is fine-tuned: what it is stays, its weights go on learning, on a prepared set (python -m ml
prepare --model) or straight from an export of this app, which is then split by patient unless it has a split of its
own. At the end the new weights are compared with the old ones on held-out cases. A YAML file to --settings replaces
fields of the recipe (ml/training/budget.py); the command line's budget stands above the file's.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ml.cli import Refusal

if TYPE_CHECKING:
    from ml.training.finetune import FineTuneRequest

HELP = "stage 2: learn scanpaths from prepared readings, or fine-tune a saved model"
STAGE = "vlc"
FINE = ("steps", "minutes", "name", "seed", "sources", "films", "reports", "progress", "threads")  # go with --from


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_arguments(parser, required=False)
    parser.add_argument(
        "--stage1", type=Path, default=None, help="model folder of stage 1, whose encoder is taken over"
    )
    fine = parser.add_argument_group("fine-tuning of a saved model")
    add = fine.add_argument
    add("--from", dest="base", type=Path, metavar="MODEL", help="model folder to go on from")
    add("--steps", type=int, help="budget in steps")
    add(
        "--minutes", type=float,
        help="budget in minutes of training (default 3): the first steps are timed, and the steps that fit, 15 passes "
        "at most, are the run's budget from then on",
    )  # fmt: skip
    add("--name", help="of the new version (default: the model's name, fine-tuned)")
    add("--seed", type=int, help="of split, order and dropout (default 42)")
    add("--sources", metavar="A,B", help="read only readings of these sources from an export")
    add("--films", type=Path, nargs="+", action="extend", metavar="DIR", help="films that the export came without")
    add("--reports", type=Path, metavar="DIR", help="reports that the export came without")
    add("--progress", type=Path, metavar="FILE", help="append what happens as JSON lines (ml/training/runlog.py)")
    add("--threads", type=int, help="threads of PyTorch; a run keeps those that it began with")


def add_run_arguments(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """What both stages ask for."""
    parser.add_argument("--settings", required=required, help="name in ml/configs or YAML file")
    parser.add_argument("--data", type=Path, required=True, help="prepared folder with train and, if any, validate")
    parser.add_argument("--run", type=Path, required=True, help="folder of the run; gone on with when it is there")
    parser.add_argument("--cpu", action="store_true", help="leave GPUs alone")


def run(arguments: argparse.Namespace) -> None:
    if arguments.base is not None:
        fine_tune(arguments)
        return
    if arguments.settings is None:
        raise Refusal("say what to train: --settings NAME for a new model, --from MODEL to go on with a saved one")
    for name in FINE:
        if getattr(arguments, name) is not None:
            raise Refusal(f"--{name} goes with --from MODEL; all of a new model is said by --settings")
    start(arguments, STAGE, arguments.stage1)


def fine_tune(arguments: argparse.Namespace) -> None:
    """Go on with a saved model; what a person can mend is a refusal, and an event too."""
    from ml.medgaze.machine import limit_spinning

    limit_spinning()  # whoever predicts beside it needs the cores more
    from ml.training import finetune
    from ml.training.refusals import FineTuneRefused, reported_refusals
    from ml.training.runlog import RunEvents

    events = RunEvents(arguments.progress)
    try:
        with reported_refusals(arguments.run, events):
            request = _request(arguments)
        model = finetune.fine_tune(
            arguments.base, arguments.data, arguments.run, request, events=events, cpu=arguments.cpu
        )
    except FineTuneRefused as error:
        raise Refusal(str(error)) from error
    print(f"the model is in {model}")


def _request(arguments: argparse.Namespace) -> FineTuneRequest:
    """The command line's wishes, checked. Raises FineTuneRefused and SettingsError."""
    from ml.training.finedata import Wanted
    from ml.training.finetune import FineTuneRequest
    from ml.training.refusals import FineTuneRefused
    from ml.training.settings import read_settings

    def refuse(message: str) -> None:
        raise FineTuneRefused("refused", message)

    if arguments.stage1 is not None:
        refuse("--stage1 is for a model that begins anew; with --from all weights come from the saved model")
    if arguments.steps is not None and arguments.minutes is not None:
        refuse("--steps and --minutes are two budgets; give one of them")
    for name in ("steps", "minutes", "threads"):
        if (given := getattr(arguments, name)) is not None and not given > 0:
            refuse(f"--{name} is {given}: give a number above 0")
    if arguments.seed is not None and arguments.seed < 0:
        refuse(f"--seed is {arguments.seed}: give 0 or more")
    sources = None if arguments.sources is None else [name.strip() for name in arguments.sources.split(",")]
    return FineTuneRequest(
        steps=arguments.steps, minutes=arguments.minutes, name=arguments.name, seed=arguments.seed,
        settings={} if arguments.settings is None else read_settings(arguments.settings),
        wanted=Wanted(sources, tuple(arguments.films or ()), arguments.reports), threads=arguments.threads,
    )  # fmt: skip


def start(arguments: argparse.Namespace, stage: str, stage1: Path | None) -> None:
    """One run of ``stage``; what a person can mend is a refusal."""
    from accelerate import PartialState

    from ml.data.prepared import PreparedMismatch
    from ml.medgaze.assets import AssetError
    from ml.training.run import RunRefused, train
    from ml.training.settings import SettingsError, load_settings
    from ml.training.stage1 import Stage1Mismatch
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
