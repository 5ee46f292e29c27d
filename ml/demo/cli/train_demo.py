"""Make the bundled demo model again, from nothing but the simulator."""

from __future__ import annotations

import argparse
from pathlib import Path

from ml.cli.places import DEMO, STATE

HELP = "make the bundled demo model again"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--run", type=Path, default=STATE / "demo-model" / "run", help="checkpoints; resumed when there")
    add("--out", type=Path, default=DEMO, help="where the finished model goes")
    add("--seed", type=int, default=None, help="of weights, order and dropout; the bundled weights were made without")
    add("--threads", type=int, default=None, help="CPU threads; the bundled weights were made without")


def run(arguments: argparse.Namespace) -> None:
    from ml.demo.recipe import SCHEDULE, THREADS, make_demo

    seed = SCHEDULE.seed if arguments.seed is None else arguments.seed
    threads = THREADS if arguments.threads is None else arguments.threads
    make_demo(arguments.run, arguments.out, seed=seed, threads=threads)
