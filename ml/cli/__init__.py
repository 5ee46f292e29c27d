"""The commands of ``python -m ml``, one module a command; those of the bundled demo model stand in :mod:`ml.demo.cli`.

A command module holds ``HELP`` (one line), ``add_arguments(parser)`` and ``run(arguments)``. It imports torch and other
heavy things inside ``run`` only, so that ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import importlib
from typing import Protocol

from ml import __doc__ as about

# In the order of a study, which is the order of ``--help``.
COMMANDS = (
    "simulate", "split", "prepare", "pretrain", "train", "adapt", "evaluate", "ablate", "gate", "predict", "bench",
    "convert",
)  # fmt: skip
DEMO_COMMANDS = ("train-demo", "score-demo", "check-films", "check-overfit", "bars", "demo-card")


class Refusal(Exception):
    """Something the person at the command line can mend; its message says what and how. Ends with status 2."""


class Command(Protocol):
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, arguments: argparse.Namespace) -> None: ...


def command(name: str) -> Command:
    """The module of a command."""
    room = "ml.demo.cli" if name in DEMO_COMMANDS else "ml.cli"
    module: Command = importlib.import_module(f"{room}.{name.replace('-', '_')}")  # type: ignore[assignment]
    return module


def parser() -> argparse.ArgumentParser:
    out = argparse.ArgumentParser(prog="python -m ml", description=about)
    commands = out.add_subparsers(dest="command", required=True, metavar="command")
    for name in (*COMMANDS, *DEMO_COMMANDS):
        module = command(name)
        sub = commands.add_parser(
            name, help=module.HELP, description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        module.add_arguments(sub)
    return out


def main(argv: list[str] | None = None) -> None:
    chosen = parser()
    arguments = chosen.parse_args(argv)
    try:
        command(arguments.command).run(arguments)
    except Refusal as refusal:
        chosen.exit(2, f"{refusal}\n")
