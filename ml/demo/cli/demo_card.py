"""Write the demo model's card and manifest from the files of figures that the checks wrote."""

from __future__ import annotations

import argparse
from pathlib import Path

from ml.cli.places import DEMO
from ml.demo.cli.bars import add_figures, read_figures

HELP = "write the demo model's card and manifest"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_figures(parser)
    parser.add_argument("--out", type=Path, default=DEMO / "README.md", help="the card")


def run(arguments: argparse.Namespace) -> None:
    from ml.cli import Refusal
    from ml.demo.card import card
    from ml.medgaze.model_info import write_manifest

    files = read_figures(arguments)
    if not files["score"] or not files["films"]:
        raise Refusal("the card needs --score and --films, the bundled model's first")
    arguments.out.write_text(card(files))
    score = files["score"][0]
    ours = {name: row for name, row in score["rows"].items() if name.startswith("model")}
    others = {name: row for name, row in score["rows"].items() if name not in ours}
    scores = {"held-out simulated cases": ours, "share": score["share"], "real films": files["films"][0]}
    write_manifest(arguments.out.parent, name="demo", scores=scores, baselines=others)
