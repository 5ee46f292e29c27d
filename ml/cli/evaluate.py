"""Score models on held-out human readings, beside every trivial baseline and the readers themselves.

DATA is a prepared data set (python -m ml prepare): one folder a split. Baselines such as the best constant path learn
from the training split; models are run on the split asked for, each by the one decoding rule of its own configuration,
and never by who reads. Writes into the folder OUT:

  evaluation.txt    the tables that are printed
  evaluation.json   every figure, its interval, recipe and per-case scores
  evaluation.html   the report: one page without script or network
  card.md           the model's card: what it is, what it learnt from, scores, limits (of several models card-NAME.md)

With --record the card and its figures also go into the model's own folder, as README.md and in manifest.json, where
python -m ml convert and the registry find them.

Example: python -m ml evaluate --data var/prepared/reflacx --split test --model var/models/a --out var/reports/a
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ml.cli import Refusal

if TYPE_CHECKING:
    from ml.data.types import Progress
    from ml.evaluation.harness import Evaluation
    from ml.medgaze.predictor import MedGazePredictor
    from ml.metrics.cases import EvaluationCase, ModelRun

HELP = "score models on held-out readings beside the baselines and the readers"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_scoring_arguments(parser)
    parser.add_argument(
        "--model", type=Path, action="append", required=True, help="folder of a saved model; several to compare them"
    )
    parser.add_argument(
        "--no-ablations",
        action="store_true",
        help="leave out the runs with another case's report and film: a third of the work is left",
    )
    parser.add_argument(
        "--record", action="store_true", help="put the card and its figures into the model's own folder too"
    )


def add_scoring_arguments(parser: argparse.ArgumentParser) -> None:
    """What every command asks for that scores models on a split."""
    parser.add_argument("--data", type=Path, required=True, help="folder of the prepared data set")
    parser.add_argument("--split", default="test", help="split to score on (default: test)")
    parser.add_argument("--train-split", default="train", help="split the baselines learn from (default: train)")
    parser.add_argument("--out", type=Path, required=True, help="folder for text, JSON and report")
    parser.add_argument("--metric", action="append", help="only this metric; may be given several times (default: all)")
    parser.add_argument("--samples", type=int, default=20, help="draws a case, for difficulty and calibration")
    parser.add_argument("--seed", type=int, default=0, help="of draws and baselines")
    parser.add_argument("--limit", type=int, default=None, help="score only the first so many cases")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")


def run(arguments: argparse.Namespace) -> None:
    from ml.evaluation.modelcard import CardRefused, refuse_own

    try:
        for folder in arguments.model if arguments.record else ():
            refuse_own(folder)  # now rather than after an hour of scoring
        found, about = score_split(arguments, run_models)
        write_cards(found, arguments, about)
    except CardRefused as refused:
        raise Refusal(str(refused)) from refused


def score_split(
    arguments: argparse.Namespace, models: Callable[[argparse.Namespace, list[EvaluationCase]], list[ModelRun]]
) -> tuple[Evaluation, dict[str, Any]]:
    """Read both splits, let ``models`` predict, write the results: what was found, and what :func:`read_splits` says
    beside. What a person can mend is a refusal."""
    from ml.metrics.cases import EvaluationError
    from ml.metrics.catalogue import UnknownMetric, metric

    try:
        for name in arguments.metric or ():
            metric(name)
        cases, train, about = read_splits(arguments)
        return write_results(cases, models(arguments, cases), train, arguments, about), about
    except (EvaluationError, UnknownMetric) as error:
        raise Refusal(str(error)) from error


def read_splits(arguments: argparse.Namespace) -> tuple[list[EvaluationCase], list[EvaluationCase], dict[str, Any]]:
    """The cases to score on, those that baselines learn from, and what JSON results say of them: the ``split``, the
    digests of the ``data``, and the ``note`` of :func:`refuse_leak`."""
    from ml.data.prepared import INDEX

    split, other = arguments.split, arguments.train_split
    cases, train = read_split(arguments.data, split, arguments.limit), read_split(arguments.data, other)
    index = {name: json.loads((arguments.data / name / INDEX).read_text()) for name in (split, other)}
    by_film = index[split].get("origin", {}).get("split") == "paper"
    note = refuse_leak(cases, train, f"{split} and {other}", by_film=by_film)
    return cases, train, {"split": split, "data": {name: one["sha256"] for name, one in index.items()}, "note": note}


def _person(case: EvaluationCase) -> str:
    """The patient over all sites, which may use the same numbers; empty where nothing is known of one."""
    patient = getattr(case, "patient", "")
    return patient and f"{getattr(case, 'site', '')}/{patient}"


def refuse_leak(
    cases: Sequence[EvaluationCase], train: Sequence[EvaluationCase], which: str, *, by_film: bool = False
) -> str:
    """A case or patient in both splits would lend the baselines, and any model trained on them, what they must not
    know. ``by_film`` (``--split paper``): patients may, as published; what must be said of it beside the result comes
    back."""
    from ml.metrics.cases import film_key

    for what, of in (("films", film_key), ("patients", _person)):
        both = ({of(case) for case in cases} & {of(case) for case in train}) - {""}
        if both and what == "patients" and by_film:
            return f"Split by film, as published: {len(both)} patients are in both parts; scores are too good by that."
        if both:
            raise Refusal(f"{which} share {len(both)} {what}, such as {min(both)}: split the set by patient first")
    return ""


def read_split(folder: Path, split: str, limit: int | None = None) -> list[EvaluationCase]:
    """The cases of one split that anyone has read."""
    from ml.data.prepared import PreparedMismatch, load_prepared

    place = folder / split
    if not place.is_dir():
        there = ", ".join(sorted(p.name for p in folder.iterdir() if p.is_dir())) if folder.is_dir() else "nothing"
        raise Refusal(
            f"{folder} has no split {split!r} (there is {there or 'nothing'}); run python -m ml prepare first"
        )
    try:
        prepared = load_prepared(place)
    except PreparedMismatch as mismatch:
        raise Refusal(str(mismatch)) from mismatch
    count = len(prepared) if limit is None else min(limit, len(prepared))
    cases: list[EvaluationCase] = [case for number in range(count) if (case := prepared.evaluation(number)).readings]
    if not cases:
        raise Refusal(f"split {split!r} of {folder} holds no case with a reading")
    return cases


def run_models(arguments: argparse.Namespace, cases: list[EvaluationCase]) -> list[ModelRun]:
    """Every model on the cases, one after the other."""
    from ml.evaluation.predicting import run_model

    runs: list[ModelRun] = []
    for folder, name in zip(arguments.model, names(arguments.model), strict=True):
        runs += run_model(
            load(folder, arguments.device),
            name,
            cases,
            samples=arguments.samples,
            seed=arguments.seed,
            ablations=not arguments.no_ablations,
            progress=progress_line(name),
        )
    return runs


def load(folder: Path, device: str) -> MedGazePredictor:
    """A saved model, ready to predict."""
    from ml.medgaze.model_info import ModelFolderInvalid
    from ml.medgaze.predictor import MedGazePredictor

    try:
        return MedGazePredictor.load(folder, device=device)
    except (ModelFolderInvalid, OSError) as error:
        raise Refusal(f"{folder} is no saved model: {error}") from error


def write_results(
    cases: list[EvaluationCase],
    runs: list[ModelRun],
    train: list[EvaluationCase],
    arguments: argparse.Namespace,
    about: dict[str, Any],
) -> Evaluation:
    """Scores everything, prints the tables and writes the three files; ``about``: as of :func:`read_splits`."""
    from ml.evaluation.harness import evaluate
    from ml.evaluation.report.page import page
    from ml.evaluation.tables import headed, text
    from ml.metrics.catalogue import STANDARD

    print("Scoring …", file=sys.stderr)
    found = evaluate(cases, runs, train, metrics=arguments.metric or STANDARD, seed=arguments.seed)
    arguments.out.mkdir(parents=True, exist_ok=True)
    title = f"{' and '.join(found.models)} on {arguments.data.name}, {arguments.split}"
    files = {"txt": headed(about["note"], text(found)) + "\n"}
    files["html"] = page(found, cases, runs, title=title, note=about["note"])
    files["json"] = json.dumps(found.to_dict() | about, indent=1, allow_nan=False) + "\n"
    for ending, content in files.items():
        (arguments.out / f"evaluation.{ending}").write_text(content, encoding="utf-8")
    print(files["txt"], end="")
    print(f"Report: {arguments.out / 'evaluation.html'}")
    return found


def write_cards(found: Evaluation, arguments: argparse.Namespace, about: dict[str, Any]) -> None:
    """A card a model beside the results, and into its own folder where that was asked for."""
    from ml.evaluation.modelcard import model_card, record
    from ml.medgaze.model_info import read_model_info

    for folder, name in zip(arguments.model, names(arguments.model), strict=True):
        info = read_model_info(folder)
        card = model_card(found, name, info, folder, about)
        file = "card.md" if len(arguments.model) == 1 else f"card-{name.replace('/', '-')}.md"
        (arguments.out / file).write_text(card, encoding="utf-8")
        print(f"Card: {arguments.out / file}")
        if arguments.record:
            record(card, found, name, info, folder)
            print(f"Recorded in {folder}")


def names(folders: list[Path]) -> list[str]:
    """A short name a model: its folder's, with the parent's where two are called the same."""
    short = [folder.resolve().name for folder in folders]
    return [
        name if short.count(name) == 1 else f"{folder.resolve().parent.name}/{name}"
        for name, folder in zip(short, folders, strict=True)
    ]


def progress_line(name: str) -> Progress:
    """Shows on one line how far the model is and how long it will take."""
    began = time.monotonic()

    def show(done: int, of: int) -> None:
        left = (time.monotonic() - began) / done * (of - done)
        end = "\n" if done == of else ""
        print(f"\r{name}: {done} of {of} predictions, {left:.0f} s left ", end=end, file=sys.stderr, flush=True)

    return show
