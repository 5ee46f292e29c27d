"""Can the demo model hold sixteen readings in its weights? A model that cannot will not learn from thousands either."""

from __future__ import annotations

import argparse
from pathlib import Path

from ml.cli.places import write_figures

HELP = "train the demo model on sixteen readings until it knows them"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cases", type=int, default=16, help="cases, each with one reading")
    parser.add_argument("--steps", type=int, default=2400, help="optimiser steps")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--json", type=Path, default=None, help="also write the figures to this file")


def run(arguments: argparse.Namespace) -> None:
    from ml.demo.overfit import overfit

    result = overfit(cases=arguments.cases, steps=arguments.steps, threads=arguments.threads)
    print(f"mIoU {result['mIoU']}, ScanMatch {result['ScanMatch']} on {arguments.cases} cases learnt by heart")
    write_figures(result, arguments.json)
