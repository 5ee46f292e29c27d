"""``python -m ml ablate --train``: from names of variants to models, tables and a page."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ml.cli import Refusal
from ml.cli.evaluate import progress_line, read_split, read_splits

if TYPE_CHECKING:
    from ml.evaluation.study import Answer, Learnt


def train_and_score(arguments: argparse.Namespace) -> None:
    """What a person can mend is a refusal, before training wherever it can be known then."""
    from ml.data.prepared import PreparedMismatch, load_prepared
    from ml.evaluation import study
    from ml.evaluation.plan import StudyRefused, plan
    from ml.evaluation.questions import questions
    from ml.medgaze.assets import AssetError
    from ml.metrics.cases import EvaluationError
    from ml.metrics.catalogue import STANDARD, UnknownMetric, metric
    from ml.training.run import RunRefused
    from ml.training.settings import SettingsError, load_settings
    from ml.training.stage1 import Stage1Mismatch
    from ml.training.trainer import TrainingDiverged

    if arguments.settings is None:
        raise Refusal("--train needs --settings: what the variants are variants of")
    if arguments.steps is not None and arguments.steps < 1:
        raise Refusal("--steps must be 1 or more")
    if os.environ.get("WORLD_SIZE", "1") != "1":
        raise Refusal("ablate trains on one device; to use several, train each model with train and use evaluate")
    metrics, split, seed = arguments.metric or STANDARD, arguments.split, arguments.seed
    try:
        for name in metrics:
            metric(name)
        settings = load_settings(arguments.settings)
        if settings.stage != "vlc":
            raise Refusal(f"{arguments.settings} is for stage {settings.stage}: scanpaths are learnt in stage vlc")
        cases, train, about = read_splits(arguments)
        arms = plan(
            settings, arguments.data, arguments.train, split=split, steps=arguments.steps, stage1=arguments.stage1
        )
        learnt = study.train_arms(arms, arguments.out, cpu=arguments.device == "cpu")
        runs = []
        for one in learnt:
            own = cases if one.arm.data == arguments.data else read_split(one.arm.data, split, arguments.limit)
            runs.append(
                study.run_arm(
                    one,
                    own,
                    device=arguments.device,
                    samples=arguments.samples,
                    seed=seed,
                    progress=progress_line(one.arm.name),
                )  # fmt: skip
            )
        print("Scoring …", file=sys.stderr)
        known = load_prepared(arguments.data / split).cases
        chosen = questions(arms, cases, known)
        answers = [study.answer(question, runs, train, metrics=metrics, seed=seed) for question in chosen]
    except (
        SettingsError, PreparedMismatch, StudyRefused, RunRefused, Stage1Mismatch, AssetError, TrainingDiverged,
        EvaluationError, UnknownMetric,
    ) as error:  # fmt: skip
        raise Refusal(str(error)) from error
    write(arguments.out, learnt, answers, f"{arguments.data.name}, {split}", about)


def write(out: Path, learnt: list[Learnt], answers: list[Answer], where: str, about: dict[str, Any]) -> None:
    """Tables to the screen, and text, JSON and page of each answer to files; ``about``: as of
    :func:`ml.cli.evaluate.read_splits`."""
    from ml.evaluation.report import study as overview
    from ml.evaluation.report.page import page
    from ml.evaluation.tables import headed, text

    (first, *others), note = answers, about["note"]
    folders = [out / one.about.replace(" ", "-").replace("/", "-") for one in others]
    for one, folder in zip(others, folders, strict=True):
        _files(folder, one, headed(note, text(one.evaluation)), page(
            one.evaluation, one.cases, one.runs, title=f"{one.about}: models with and without, on {where}", note=note
        ), about)  # fmt: skip
    table = headed(note, overview.text(learnt, answers))
    front = overview.front(learnt, answers, [f"{folder.name}/evaluation.html" for folder in folders])
    title = f"{len(learnt)} models trained alike, on {where}"
    study = [
        {"name": one.arm.name, "description": one.arm.description, "differs": one.differs, "cases": one.cases,
         "readings": one.readings, **one.training} for one in learnt
    ]  # fmt: skip
    links = {one.about: folder.name for one, folder in zip(others, folders, strict=True)}
    more = about | {"study": study, "answers": links}
    _files(
        out, first, f"{table}\n\n{text(first.evaluation)}",
        page(first.evaluation, first.cases, first.runs, title=title, front=front, note=note), more,
    )  # fmt: skip
    print(table)
    print(f"Report: {out / 'evaluation.html'}")


def _files(folder: Path, one: Answer, text: str, html: str, more: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    content = one.evaluation.to_dict() | more
    (folder / "evaluation.txt").write_text(text + "\n", encoding="utf-8")
    (folder / "evaluation.html").write_text(html, encoding="utf-8")
    (folder / "evaluation.json").write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
