"""Divide a data set into train, validate and test, and freeze the division as a file.

  python -m ml split DATA --out split.json                 by patient, 80/10/10: the default, and the honest one
  python -m ml split DATA --fractions .4 .1 .5 --out s.json  half held out, by patient: to judge one reader's adapter
  python -m ml split DATA --split official --out s.json    the set's own parts (REFLACX, MIMIC-CXR)
  python -m ml split DATA --split paper --out s.json       the published sizes, by film; patients leak, says so

Several folders make one combined set, in which a patient or film of two sets counts once. The file holds digests: it is
refused when it was changed, or when the data is not what it was made from.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ml.cli import Refusal, datasets

HELP = "divide a data set into train, validate and test, by patient"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    datasets.add_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, help="the split file to write")
    parser.add_argument("--split", choices=("patient", "official", "paper"), default="patient")
    parser.add_argument(
        "--fractions", type=float, nargs=3, metavar=("TRAIN", "VALIDATE", "TEST"),
        help="shares of the cases, by patient (default 0.8 0.1 0.1)",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=42, help="of the order in which patients are dealt out")
    parser.add_argument("--pixels", action="store_true", help="also compare the films' pixels over the parts")


def run(arguments: argparse.Namespace) -> None:
    from collections import Counter

    from ml.data import splits
    from ml.data.types import DataError

    if arguments.out.exists():
        raise Refusal(f"{arguments.out} exists; a split is frozen once. Choose another name, or delete it")
    if arguments.fractions and arguments.split != "patient":
        raise Refusal("--fractions are of the split by patient; the others have sizes of their own")
    skipped: Counter[str] = Counter()
    try:
        cases = datasets.read(arguments, skipped, films_needed=arguments.pixels)
        if arguments.split == "official":
            split = splits.official(cases)
        elif arguments.split == "paper":
            split = splits.paper(cases, seed=arguments.seed)
        else:
            fractions = dict(zip(splits.PARTS, arguments.fractions or splits.FRACTIONS.values(), strict=True))
            split = splits.by_patient(cases, seed=arguments.seed, fractions=fractions)
        splits.check_leaks(split, cases, by_film_only=arguments.split == "paper", pixels=arguments.pixels)
    except DataError as error:
        raise Refusal(str(error)) from None
    splits.save_split(split, arguments.out)
    patients = {part: len({case.person for case in split.of(cases, part)}) for part in splits.PARTS}
    for part in splits.PARTS:
        print(f"{part:<10}{len(split.parts[part]):>7} cases{patients[part]:>7} patients")
    datasets.say_left_out(skipped)
    if split.notes:
        print(split.notes)
    print(f"{arguments.out}: sha256 {split.sha256}")
