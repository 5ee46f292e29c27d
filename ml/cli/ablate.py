"""What a model owes to each of its parts, to its report and to whose gaze it learnt from.

Two ways to ask. With --model, trained models read the split's cases with the true report, with another case's, with its
words shuffled, with 25, 50 and 75 % of them masked, and with none. With --train, variants of one model are trained by
the same code for the same number of steps on the same prepared split, and scored on the same cases:

{variants}

Variants by reader, site or set make a model for each, or for one alone: leave-one-reader-out:r3. They are scored on
all test readings, and beside base on the test readings of that reader, site or set. Settings to compare with can stand
among the variants: a name in ml/configs or a YAML file; where they see films otherwise, with the folder of the same
split prepared for them (vlc-plus=var/prepared/plus). Report tokens, language states and backbone maps that a variant
needs otherwise are made anew from what is prepared.

Base, the settings as they are, is always trained. What settings or data cannot serve is refused before anything is.
A variant whose finished model is in OUT/runs is not trained again; one that was stopped goes on. Writes into OUT:

  evaluation.txt, .json, .html   as python -m ml evaluate, with paired differences; after --train also what each change
                                 does, and for each reader, site or set in question the same in a folder of its own

Examples:
  python -m ml ablate --data var/prepared/reflacx --model var/models/a --out var/reports/a-text
  python -m ml ablate --data var/prepared/reflacx --settings vlc-small --train vision-only text-only another-seed \\
      leave-one-reader-out --steps 400 --out var/reports/parts
"""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from ml.cli import Refusal
from ml.cli.evaluate import add_scoring_arguments, load, names, progress_line, score_split

if TYPE_CHECKING:
    from ml.metrics.cases import EvaluationCase, ModelRun

HELP = "what a model owes to its parts, its report and its readers: variants trained and scored"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from ml.evaluation.variants import VARIANTS

    lines = []
    for name, variant in VARIANTS.items():
        lines += textwrap.wrap(variant.description, 120, initial_indent=f"  {name:<22}", subsequent_indent=" " * 24)
    parser.description = (__doc__ or "").format(variants="\n".join(lines))
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--model", type=Path, action="append", help="a trained model whose report is changed; several")
    what.add_argument("--train", nargs="+", metavar="VARIANT", help="variants to train and compare")
    add_scoring_arguments(parser)
    add = parser.add_argument
    add("--settings", help="with --train: the base settings, a name in ml/configs or YAML file")
    add("--steps", type=int, default=None, help="with --train: steps of every model (default: what the settings say)")
    add("--stage1", type=Path, default=None, help="with --train: model folder of stage 1, taken over by all that can")


def run(arguments: argparse.Namespace) -> None:
    if arguments.train:
        from ml.cli.ablate_train import train_and_score

        train_and_score(arguments)
    else:
        score_split(arguments, run_models)


def run_models(arguments: argparse.Namespace, cases: list[EvaluationCase]) -> list[ModelRun]:
    """Every model on the cases with true and with changed reports."""
    from ml.evaluation.predicting import run_model
    from ml.evaluation.reading import text_dependence

    if len(cases) < 2:
        raise Refusal("one case has no other case's report to be read with: score two or more")
    runs: list[ModelRun] = []
    for folder, name in zip(arguments.model, names(arguments.model), strict=True):
        predictor = load(folder, arguments.device)
        if predictor.model.config.language.fusion == "vision":
            raise Refusal(f"{folder} reads no report (fusion: vision): there is nothing to change")
        settings = {"seed": arguments.seed, "progress": progress_line(name)}
        runs += run_model(predictor, name, cases, samples=arguments.samples, ablations=False, **settings)
        runs += text_dependence(predictor, runs[-1], cases, **settings)
    return runs
