"""Score a model on held-out simulated cases beside the baselines."""

from __future__ import annotations

import argparse
from pathlib import Path

from ml.cli.places import DEMO, write_figures

HELP = "score a model on held-out simulated cases beside the baselines"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, default=DEMO, help="folder of the model")
    parser.add_argument("--cases", type=int, default=500, help="held-out cases")
    parser.add_argument(
        "--served", action="store_true", help="optimized for inference on this CPU, as the worker serves it"
    )
    parser.add_argument("--json", type=Path, default=None, help="also write the figures to this file")


def run(arguments: argparse.Namespace) -> None:
    from ml.demo import simulated
    from ml.medgaze.predictor import MedGazePredictor

    result = simulated.score(MedGazePredictor.load(arguments.model, optimize=arguments.served), cases=arguments.cases)
    print(simulated.table(result))
    write_figures(result, arguments.json)
