"""Does a model follow report and film on real films? Prints a table.

The folder holds films as PNG and ``lungs.csv``: the boxes of both lungs, drawn by hand, in film fractions.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ml.cli.places import DEMO, write_figures

HELP = "does the model follow report and film on real films?"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--films", type=Path, required=True, help="folder with PNG films and lungs.csv")
    parser.add_argument("--model", type=Path, default=DEMO, help="folder of the model")
    parser.add_argument(
        "--served", action="store_true", help="optimized for inference on this CPU, as the worker serves it"
    )
    parser.add_argument("--json", type=Path, default=None, help="also write the figures to this file")


def run(arguments: argparse.Namespace) -> None:
    from ml.demo import real_films
    from ml.medgaze.predictor import MedGazePredictor

    predictor = MedGazePredictor.load(arguments.model, device="cpu", optimize=arguments.served)
    result = real_films.check_films(predictor.model, predictor.processor, real_films.load_films(arguments.films))
    print(real_films.table(result))
    write_figures(result, arguments.json)
