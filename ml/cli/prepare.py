"""Bring a data set into the arrays a model learns from: films, reports and readings, one folder a split.

  python -m ml split DATA --out split.json
  python -m ml prepare DATA --split split.json --settings vlc-paper --out var/prepared/egd
  python -m ml prepare DATA --split split.json --model ml/weights/demo --out var/prepared/own     for python -m ml adapt

The arrays fit every model of the same input: film size, report length and frozen parts; training refuses others. A film
is opened once, a frozen backbone or language model asked once. The work can be stopped at any time; the same command
goes on where it stopped. Films that cannot be used are left out and named at the end. Of this app's exports the dwells
of a cursor, clicks and models' readings are taken only where --sources names them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ml.cli import Refusal, datasets

HELP = "bring a data set into the arrays a model learns from"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    datasets.add_arguments(parser)
    datasets.add_choice(parser)
    parser.add_argument("--split", type=Path, required=True, help="split file (python -m ml split)")
    model = parser.add_mutually_exclusive_group(required=True)
    model.add_argument("--settings", help="name in ml/configs or YAML file: the model to prepare for")
    model.add_argument("--model", type=Path, help="folder of a saved model to prepare for")
    parser.add_argument("--out", type=Path, required=True, help="folder for train, validate and test")
    parser.add_argument("--workers", type=int, default=1, help="films opened at once (default 1)")


def run(arguments: argparse.Namespace) -> None:
    from collections import Counter

    from ml.data.prepare import prepare_splits
    from ml.data.prepared import PreparedMismatch, load_prepared
    from ml.data.splits import load_split
    from ml.data.types import DataError
    from ml.medgaze.assets import AssetError
    from ml.medgaze.config import MedGazeConfig
    from ml.medgaze.model_info import ModelFolderInvalid, read_model_info
    from ml.training.settings import SettingsError, load_settings

    if arguments.workers < 1:
        raise Refusal("--workers must be 1 or more")
    unread: Counter[str] = Counter()
    try:
        if arguments.model is None:
            config = load_settings(arguments.settings).config()
        else:
            read_model_info(arguments.model)
            config = MedGazeConfig.from_pretrained(arguments.model)
        cases = datasets.read(arguments, unread)
        split = load_split(arguments.split, cases)
        origin = {"split": split.name, "split_sha256": split.sha256}
        skipped = prepare_splits(
            cases, split.parts, arguments.out, config, workers=arguments.workers, origin=origin
        )  # fmt: skip
    except (SettingsError, DataError, PreparedMismatch, AssetError, ModelFolderInvalid) as error:
        raise Refusal(str(error)) from error
    datasets.say_left_out(unread)
    for name, left_out in skipped.items():
        prepared = load_prepared(arguments.out / name)
        readings = sum(len(case.readers) for case in prepared.cases)
        cut = sum(case.dropped_tokens > 0 for case in prepared.cases)
        longest = f", {cut} reports cut at {config.language.max_text_tokens} tokens" if cut else ""
        print(f"{name}: {len(prepared)} cases, {readings} readings{longest}, {len(left_out)} films left out")
        for key, reason in left_out.items():
            print(f"  {key}: {reason}")
