"""Learn how one reader looks: a small adapter beside a general model.

  python -m ml adapt --model var/runs/vlc/model --data var/prepared/egd --reader r3 --out var/adapters/r3
  python -m ml predict FILM REPORT --model var/runs/vlc/model --adapter var/adapters/r3

Learns from the reader's recordings in train, chooses on validate, and compares the general and the adapted model on
the reader's cases in test, beside what the same reader does again and what others do where films were read more than
once. The data are prepared for that model (python -m ml prepare --model). The general weights stay as they are; the
adapter names them by sha256 and is refused on others. Minutes on a CPU for a small model.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from ml.cli import Refusal

HELP = "learn how one reader looks: an adapter beside a general model"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, required=True, help="folder of the general model")
    parser.add_argument("--data", type=Path, required=True, help="prepared folder with train, validate and test")
    parser.add_argument("--reader", required=True, help="the reader, as the data set calls them")
    parser.add_argument("--out", type=Path, required=True, help="folder of the adapter")
    parser.add_argument("--rank", type=int, default=1, help="rank of the updates (default 1)")
    parser.add_argument("--passes", type=float, default=30, help="times each case is seen (default 30)")
    parser.add_argument("--seed", type=int, default=42)


def run(arguments: argparse.Namespace) -> None:
    from ml.data.prepared import PreparedMismatch
    from ml.medgaze.assets import AssetError
    from ml.medgaze.model_info import ModelFolderInvalid
    from ml.training.adapt import AdapterRefused, adapt
    from ml.training.settings import SettingsError

    if arguments.rank < 1:
        raise Refusal("--rank must be 1 or more")
    try:
        about = adapt(
            arguments.model, arguments.data, arguments.reader, arguments.out, rank=arguments.rank,
            seed=arguments.seed, passes=arguments.passes,
        )  # fmt: skip
    except (PreparedMismatch, ModelFolderInvalid, AdapterRefused, AssetError, SettingsError) as error:
        raise Refusal(str(error)) from error
    print(
        f"{about['parameters']} numbers learnt in {about['steps']} steps; on {about['cases']['test']} held-out cases:"
    )
    for name, row in about["held_out"].items():
        print(f"  {name}: {', '.join(f'{what} {_figure(e)}' for what, e in row.items())}")
    for name, row in about["ceilings"].items():
        share = row["share"]
        way = "" if share is None or not math.isfinite(share["low"]) else f", {_figure(share)} of the way from general"
        lacking = f"{_figure(row['lacking'])} more than adapted"
        print(f"  {name}: {_figure(row['score'])} on {row['films']} films, {lacking}{way}")
    if "same reader again" not in about["ceilings"]:
        print(f"  {arguments.reader} read no held-out film twice: there is no same-reader ceiling")


def _figure(estimate: dict[str, float]) -> str:
    return f"{estimate['value']:.3f} [{estimate['low']:.3f}, {estimate['high']:.3f}]"
