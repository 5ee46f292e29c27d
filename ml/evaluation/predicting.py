"""Runs a loaded model over cases by the one decoding rule of its configuration. No reader's identity goes in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from ml.data.types import Progress
from ml.medgaze.predictor import MedGazePredictor
from ml.metrics.cases import EvaluationCase, ModelRun, Prediction, another

BATCH = 16
OTHER_REPORT, OTHER_FILM = "another case's report", "another case's film"


def predict_cases(
    predictor: MedGazePredictor,
    films: Sequence[NDArray[Any]],
    reports: Sequence[str],
    *,
    samples: int,
    seed: int = 0,
    progress: Progress = lambda done, of: None,
) -> list[Prediction]:
    """A prediction a case: the served path and ``samples`` draws with it. Each case has its own seed, because noise
    that cases share would not average out over them."""
    out: list[Prediction] = []
    seeds = range(seed, seed + len(films))
    for start in range(0, len(films), BATCH):
        part = slice(start, start + BATCH)
        readings = predictor.predict_batch(films[part], reports[part], samples=samples, seed=seeds[part])
        out += [Prediction.of(reading) for reading in readings]
        progress(len(out), len(films))
    return out


def run_model(
    predictor: MedGazePredictor,
    name: str,
    cases: Sequence[EvaluationCase],
    *,
    samples: int = 20,
    seed: int = 0,
    ablations: bool = True,
    progress: Progress = lambda done, of: None,
) -> list[ModelRun]:
    """The model on its cases and, unless switched off, with another case's report and with another case's film."""
    films, reports = [case.film for case in cases], [case.report for case in cases]
    config = predictor.model.config
    about = {
        "sha256": predictor.model_info.sha256,
        "preset": config.preset,
        "learnt from simulated readings": config.simulated,
        "decoding": config.decoding.rule,
        "draws decoded from": config.decoding.samples,
        "temperature": config.decoding.temperature,
        "samples": samples,
        "seed": seed,
    }
    passes = 3 if ablations else 1

    def step(number: int) -> Progress:
        return lambda done, of: progress(number * of + done, passes * of)

    found = predict_cases(predictor, films, reports, samples=samples, seed=seed, progress=step(0))
    runs = [ModelRun(name, found, about=about)]
    if ablations:
        partners = another(cases)
        for number, (what, seen, read) in enumerate(
            [
                (OTHER_REPORT, films, [reports[p] for p in partners]),
                (OTHER_FILM, [films[p] for p in partners], reports),
            ],
            start=1,
        ):
            found = predict_cases(predictor, seen, read, samples=1, seed=seed, progress=step(number))
            runs.append(ModelRun(f"{name}, {what}", found, ablation_of=name, about=about))
    return runs
