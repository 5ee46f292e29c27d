"""What a trained model makes of its report: score it again with words changed, missing, or of another case.

Each model reads the split's cases with the true report, with another case's, with its words shuffled, with 25, 50 and
75 % of them masked, and with none; what is scored beside it, and what is written, is as in python -m ml evaluate.
Paired differences say whether a change cost anything.

Example: python -m ml ablate --data var/prepared/reflacx --split test --model var/models/a --out var/reports/a-text
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ml.cli import Refusal
from ml.cli.evaluate import add_scoring_arguments, load, names, progress, score_split

if TYPE_CHECKING:
    from ml.evaluation.cases import EvaluationCase, ModelRun

HELP = "score models with their reports changed, shuffled, masked and left out"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_scoring_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
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
        if predictor.model.config.fusion == "vision":
            raise Refusal(f"{folder} reads no report (fusion: vision): there is nothing to change")
        settings = {"seed": arguments.seed, "told": progress(name)}
        runs += run_model(predictor, name, cases, samples=arguments.samples, ablations=False, **settings)
        runs += text_dependence(predictor, runs[-1], cases, **settings)
    return runs
