"""Hold the figures of one or more training seeds against what the simulated bench asks for.

Example: python -m ml bars --score a.json b.json c.json --films fa.json fb.json fc.json --overfit o.json --adapt ad.json
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

HELP = "hold figures against the bars of the simulated bench"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    files = {"score": "score-demo", "films": "check-films", "overfit": "check-overfit", "adapt": "adapt (adapter.json)"}
    for name, command in files.items():
        parser.add_argument(f"--{name}", type=Path, nargs="*", default=[], help=f"JSON of {command}, one a seed")


def run(arguments: argparse.Namespace) -> None:
    from ml.evaluation.bars import table, verdicts

    kinds = ("score", "films", "overfit", "adapt")
    print(
        table(verdicts({kind: [json.loads(path.read_text()) for path in getattr(arguments, kind)] for kind in kinds}))
    )
