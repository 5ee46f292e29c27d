"""The command line of the science: ``python -m ml <command> --help``."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

from ml import __doc__ as about

ROOT = Path(__file__).resolve().parent.parent
DEMO = Path(__file__).resolve().parent / "weights" / "demo"


def parser() -> argparse.ArgumentParser:
    out = argparse.ArgumentParser(prog="python -m ml", description=about)
    commands = out.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train-demo", help="make the bundled demo model again, from nothing but the simulator")
    train.add_argument(
        "--run", type=Path, default=ROOT / "var" / "demo-model" / "run", help="checkpoints; resumed when there"
    )
    train.add_argument("--out", type=Path, default=DEMO, help="where the finished model goes")
    train.add_argument("--threads", type=int, default=1, help="CPU threads; the bundled weights were made with 1")
    check = commands.add_parser(
        "check-films", help="does the model follow report and film on real films? prints a table"
    )
    check.add_argument("--films", type=Path, required=True, help="folder with PNG films and lungs.csv")
    check.add_argument("--model", type=Path, default=DEMO, help="folder of the model")
    check.add_argument("--json", type=Path, default=None, help="also write the figures to this file")
    score = commands.add_parser("score-demo", help="score a model on held-out simulated cases beside the baselines")
    score.add_argument("--model", type=Path, default=DEMO, help="folder of the model")
    score.add_argument("--cases", type=int, default=300, help="held-out cases")
    score.add_argument("--json", type=Path, default=None, help="also write the figures to this file")
    write = commands.add_parser(
        "demo-card", help="write the demo model's card and manifest from the two files of figures"
    )
    write.add_argument("--score", type=Path, required=True, help="JSON of score-demo")
    write.add_argument("--films", type=Path, required=True, help="JSON of check-films")
    write.add_argument("--out", type=Path, default=DEMO / "README.md", help="the card")
    return out


def main(argv: list[str] | None = None) -> None:
    arguments = parser().parse_args(argv)
    if arguments.command == "train-demo":
        from ml.training.demo import make_demo

        make_demo(arguments.run, arguments.out, threads=arguments.threads)
        return
    if arguments.command == "demo-card":
        from ml.evaluation.card import card
        from ml.modelinfo import write_manifest

        score, films_check = (json.loads(path.read_text()) for path in (arguments.score, arguments.films))
        arguments.out.write_text(card(score, films_check))
        ours = {name: row for name, row in score["rows"].items() if name.startswith("model")}
        others = {name: row for name, row in score["rows"].items() if name not in ours}
        scores = {"held-out simulated cases": ours, "share": score["share"], "real films": films_check}
        write_manifest(arguments.out.parent, name="demo", scores=scores, baselines=others)
        return
    from ml.models.medgaze import MedGazeModel
    from ml.processor import MedGazeProcessor

    model, processor = MedGazeModel.from_pretrained(arguments.model), MedGazeProcessor.from_pretrained(arguments.model)
    if arguments.command == "check-films":
        from ml.evaluation import films

        result: dict[str, Any] = films.check_films(model, processor, films.load_films(arguments.films))
        print(films.table(result))
    else:
        from ml.evaluation import simulated

        result = simulated.score(model, processor, cases=arguments.cases)
        print(simulated.table(result))
    text = json.dumps(result, indent=2, default=dataclasses.asdict)
    if arguments.json is not None:
        arguments.json.write_text(text + "\n")
    else:
        print(text)


if __name__ == "__main__":
    main()
