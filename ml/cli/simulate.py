"""Write a whole simulated data set in the layout of a real one.

  python -m ml simulate --layout reflacx --cases 500 --seed 1 --out var/reflacx

No film, report or reading in it comes from a person; the folder, its DICOM tags and whatever is learnt from it say so.
The same seed makes the same patients, films and readings for any number of workers, and the same patients and films in
every layout. A run that was broken off goes on where it stopped when the command is given again.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from pathlib import Path

from ml.cli import Refusal
from ml.data.marker import SIMULATED_SITE

HELP = "write a simulated data set in the layout of a real one"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--layout", choices=("egd-cxr", "reflacx", "mimic-cxr", "export"), required=True)
    parser.add_argument("--cases", type=int, required=True, help="films to make; a patient has one to three")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, help="an empty or new folder, or one to go on with")
    parser.add_argument("--long-side", type=int, default=512, help="px of a film's longer side, about (default 512)")
    parser.add_argument("--workers", type=int, default=1, help="processes (default 1)")
    parser.add_argument(
        "--site", default=SIMULATED_SITE, metavar="NAME",
        help="layout export only: a site with patients and a house style (brightness, pace of readers) of its own",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> None:
    from ml.data.types import DataError
    from ml.simulator.films import Plan
    from ml.simulator.trees import make_tree

    if arguments.cases < 1 or arguments.workers < 1 or arguments.long_side < 64:
        raise Refusal("--cases and --workers must be 1 or more, --long-side 64 or more")
    if arguments.site != SIMULATED_SITE and arguments.layout != "export":
        raise Refusal(f"--site goes with --layout export: all films of {arguments.layout} are of one archive")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", arguments.site):
        raise Refusal("--site must be a name of small letters, digits and hyphens, 40 at most")
    plan = Plan(arguments.layout, arguments.cases, arguments.seed, arguments.long_side, arguments.site)
    progress = Progress()
    try:
        make_tree(arguments.out, plan, workers=arguments.workers, progress=progress)
    except DataError as error:
        raise Refusal(str(error)) from None
    progress.close()
    print(f"{arguments.out}: {arguments.cases} films, {arguments.layout}, simulated. {progress.pace}")


class Progress:
    """A bar with the time left on a terminal; a line every ten seconds elsewhere."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.shown, self.first, self.pace = 0.0, 0, "Everything was there already."

    def __call__(self, done: int, of: int) -> None:
        now = time.monotonic()
        if not self.shown:
            self.started, self.first = now, done
        made, seconds = done - self.first, now - self.started
        if made:
            self.pace = f"{made / seconds:.1f} films a second."
        terminal = sys.stderr.isatty()
        if done < of and self.shown and now - self.shown < (0.2 if terminal else 10.0):
            return
        self.shown = now
        left = f"{(of - done) * seconds / made:.0f} s left" if made else "time left not known yet"
        bar = "#" * (30 * done // of)
        start, end = ("\r", "") if terminal else ("", "\n")
        print(f"{start}[{bar:<30}] {done}/{of} {left}", end=end, file=sys.stderr, flush=True)

    def close(self) -> None:
        if sys.stderr.isatty():
            print(file=sys.stderr)
