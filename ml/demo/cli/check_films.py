"""Does a model follow report and film on real films? Prints a table.

The folder holds films as PNG and ``lungs.csv``: the boxes of both lungs, drawn by hand, in film fractions.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

from ml.cli.places import DEMO, write_figures

HELP = "does the model follow report and film on real films?"
OWN = Path(__file__).parents[1] / "wordings.csv"  # as wording_check.WORDINGS, without its imports


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--films", type=Path, required=True, help="folder with PNG films and lungs.csv")
    parser.add_argument("--model", type=Path, default=DEMO, help="folder of the model")
    parser.add_argument(
        "--wordings", type=Path, nargs="?", const=OWN, default=None, metavar="FILE",
        help="only how far each sentence of this CSV (the repository's where none is named) draws the gaze to what it "
        "speaks of, and what whole readings are like: a quick way to judge a model",
    )  # fmt: skip
    parser.add_argument(
        "--served", action="store_true", help="optimized for inference on this CPU, as the worker serves it"
    )
    parser.add_argument("--json", type=Path, default=None, help="also write the figures to this file")


def run(arguments: argparse.Namespace) -> None:
    from ml.cli import Refusal
    from ml.demo import bars, real_films, survey_check, wording_check
    from ml.medgaze.predictor import MedGazePredictor

    try:
        wordings = wording_check.read_wordings(arguments.wordings or OWN)
    except (OSError, wording_check.WordingsFault) as error:
        raise Refusal(str(error)) from None
    predictor = MedGazePredictor.load(arguments.model, device="cpu", optimize=arguments.served)
    model, processor, films = predictor.model, predictor.processor, real_films.load_films(arguments.films)
    pool = model.config.decoding.samples
    served = real_films.ScanpathSampler(model, processor, samples=pool, served=True)
    readings = survey_check.survey_check(served, films, wording_check.read_wordings(OWN))
    if arguments.wordings is None:
        result = real_films.check_films(model, processor, films) | readings
        print(real_films.table(result))
        write_figures(result, arguments.json)
    else:
        found = wording_check.wording_check(real_films.ScanpathSampler(model, processor), films, wordings)
        result = {"films": len(films), **readings}
        print(wording_check.table(found), real_films.table(result), sep="\n")
        result["wordings"] = found
        figures = json.loads(json.dumps(result, default=dataclasses.asdict))
        print(bars.table([verdict for verdict in bars.verdicts({"wordings": [figures]}) if verdict.seeds]))
        if arguments.json is not None:
            write_figures(result, arguments.json)
