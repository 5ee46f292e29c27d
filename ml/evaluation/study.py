"""Trains the models of a study and runs them on the same cases: every arm by the same code, for the same steps."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml.data.derive import derive
from ml.data.prepared import INDEX, load_prepared, requirements
from ml.data.types import Progress
from ml.evaluation.harness import Evaluation, evaluate
from ml.evaluation.plan import Arm
from ml.evaluation.predicting import run_model
from ml.evaluation.questions import Question
from ml.medgaze.predictor import MedGazePredictor
from ml.metrics.cases import EvaluationCase, ModelRun
from ml.training.batches import Chosen
from ml.training.run import FREE, train


@dataclass(frozen=True, slots=True)
class Learnt:
    """A trained arm: where its model is, and what it learnt from."""

    arm: Arm
    model: Path
    cases: int
    readings: int
    differs: dict[str, Any]  # settings, and fields of the model, that are not base's
    training: dict[str, Any]  # steps, kept_step, validation_loss of model/training.json


@dataclass(frozen=True, slots=True)
class Answer:
    """One question of the study: whose readings were scored, and what came out."""

    about: str
    evaluation: Evaluation
    cases: list[EvaluationCase]
    runs: list[ModelRun]


# --- training


def train_arms(arms: Sequence[Arm], out: Path, *, cpu: bool = False) -> list[Learnt]:
    """Train every arm in ``out/runs``, or take the finished model that is there. Called again, it goes on."""
    there = [(out / "runs" / arm.slug / "model" / "training.json").exists() for arm in arms]
    began, trained, learnt = time.monotonic(), 0, []
    for number, (arm, done) in enumerate(zip(arms, there, strict=True), start=1):
        left = there[number - 1 :].count(False)
        eta = f" ({_clock((time.monotonic() - began) / trained * left)} of training left)" if trained and left else ""
        print(f"[{number}/{len(arms)}] {arm.name}: {'trained before, kept' if done else arm.description}{eta}")
        data = _data(arm, out)
        model = train(arm.settings, data, out / "runs" / arm.slug, stage1=arm.stage1, readings=arm.readings, cpu=cpu)
        trained += not done
        learnt.append(_learnt(arm, arms[0], model, data))
    return learnt


def _clock(seconds: float) -> str:
    return f"about {seconds:.0f} s" if seconds < 100 else f"about {seconds / 60:.0f} min"


def _data(arm: Arm, out: Path) -> Path:
    """The prepared folder for this arm's model: its own, or one derived from it."""
    config = arm.settings.config()
    digest = hashlib.sha256(json.dumps(requirements(config), sort_keys=True).encode()).hexdigest()[:12]
    made = {part: derive(arm.data / part, out / "data" / digest / part, config) for part in _parts(arm.data)}
    return made["train"].parent


def _parts(data: Path) -> list[str]:
    return [part for part in ("train", "validate") if (data / part / INDEX).exists()]


def _learnt(arm: Arm, base: Arm, model: Path, data: Path) -> Learnt:
    chosen = Chosen.of(load_prepared(data / "train"), arm.readings)
    cases = chosen.whole.cases
    readings = sum(len(cases[number].readers) - len(hidden) for number, hidden in chosen.hidden)
    ours, theirs = _flat(arm), _flat(base)
    differs = {name: value for name, value in ours.items() if theirs.get(name) != value}
    if arm.stage1 != base.stage1:
        differs["stage 1"] = "none"
    outcome = json.loads((model / "training.json").read_text())
    training = {name: outcome[name] for name in ("steps", "kept_step", "validation_loss")}
    return Learnt(arm, model, len(chosen), readings, differs, training)


def _flat(arm: Arm) -> dict[str, Any]:
    """The model's fields, and the settings that may change its weights."""
    settings = dataclasses.asdict(arm.settings)
    model: dict[str, Any] = settings.pop("model")
    rates = {f"optimizer.{name}": value for name, value in settings.pop("optimizer").items()}
    return model | {name: value for name, value in settings.items() if name not in FREE} | rates


# --- scoring


def run_arm(
    learnt: Learnt, cases: Sequence[EvaluationCase], *, device: str, samples: int, seed: int, progress: Progress
) -> ModelRun:
    """The arm's model on the cases, by the one decoding rule of its own configuration."""
    predictor = MedGazePredictor.load(learnt.model, device=device)
    (run,) = run_model(
        predictor, learnt.arm.name, cases, samples=samples, seed=seed, ablations=False, progress=progress
    )
    more = {
        "trained parameters": predictor.info().trained_parameters,
        "training cases": learnt.cases,
        "training readings": learnt.readings,
        **learnt.training,
        "differs": learnt.differs,
    }
    return dataclasses.replace(run, about=run.about | more)


def answer(
    question: Question, runs: Sequence[ModelRun], train: Sequence[EvaluationCase], *, metrics: Sequence[str], seed: int
) -> Answer:
    """Score what the arms' models said; ``train``: what baselines learn from."""
    by_name = {run.name: run for run in runs}
    cases = [case for _, case in question.cases]
    own = []
    for row, arms in question.rows.items():
        by_case = zip(arms, question.cases, strict=True)
        predictions = [by_name[arm].predictions[number] for arm, (number, _) in by_case]
        own.append(dataclasses.replace(by_name[arms[0]], name=row, predictions=predictions))
    found = evaluate(cases, own, train, metrics=metrics, seed=seed, compared=question.pairs)
    return Answer(question.about, found, cases, own)
