"""Write the demo model's card and manifest from the two files of figures (score-demo, check-films)."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from ml.cli.places import DEMO

HELP = "write the demo model's card and manifest"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--score", type=Path, required=True, help="JSON of score-demo")
    parser.add_argument("--films", type=Path, required=True, help="JSON of check-films")
    parser.add_argument("--out", type=Path, default=DEMO / "README.md", help="the card")


def run(arguments: argparse.Namespace) -> None:
    from ml.evaluation.card import card
    from ml.modelinfo import write_manifest

    score, films_check = (json.loads(path.read_text()) for path in (arguments.score, arguments.films))
    arguments.out.write_text(card(score, films_check))
    ours = {name: row for name, row in score["rows"].items() if name.startswith("model")}
    others = {name: row for name, row in score["rows"].items() if name not in ours}
    scores = {"held-out simulated cases": ours, "share": score["share"], "real films": films_check}
    write_manifest(arguments.out.parent, name="demo", scores=scores, baselines=others)
