"""Stage 1: learn from films and their reports, before any gaze (VR2).

  python -m ml pretrain --settings vr2-paper --data var/prepared/mimic --run var/runs/vr2

Three equal tasks: which report belongs to which film, whether a pair belongs together, and writing the report. Encoder,
projection and MedFormer of the model it makes are taken over by train --stage1. It runs, stops and goes on as train.

With few films a small net of its own hardly learns to see from reports alone: --start takes another model's encoder.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ml.cli.train import add_run_arguments, start

HELP = "stage 1: learn from films and their reports"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_arguments(parser)
    parser.add_argument("--start", type=Path, metavar="MODEL", help="model folder whose encoder it begins from")


def run(arguments: argparse.Namespace) -> None:
    start(arguments, "vr2", arguments.start)
