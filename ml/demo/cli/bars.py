"""Hold the figures of one or more training seeds against what the simulated bench asks for.

Example: python -m ml bars --score a.json b.json c.json --films fa.json fb.json fc.json --overfit o.json --adapt ad.json
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

HELP = "hold figures against the bars of the simulated bench"
FILES = {
    "score": "score-demo", "films": "check-films", "wordings": "check-films --wordings", "overfit": "check-overfit",
    "adapt": "adapt (its adapter.json)",
}  # fmt: skip


def add_figures(parser: argparse.ArgumentParser) -> None:
    """Arguments for the files of figures; a command that shows them takes the same."""
    for name, command in FILES.items():
        parser.add_argument(
            f"--{name}", type=Path, nargs="*", default=[], help=f"JSON of {command}, one a seed, of adapt one a reader"
        )


def read_figures(arguments: argparse.Namespace) -> dict[str, list[dict[str, Any]]]:
    return {name: [json.loads(path.read_text()) for path in getattr(arguments, name)] for name in FILES}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_figures(parser)


def run(arguments: argparse.Namespace) -> None:
    from ml.demo.bars import table, verdicts

    print(table(verdicts(read_figures(arguments))))
