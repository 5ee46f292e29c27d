"""One model on the cases of the gate: what it serves, and how likely it deems what the readers did."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence

from ml.data.types import Progress
from ml.evaluation.gate.frozen import GateRefused
from ml.evaluation.predicting import BATCH, predict_cases
from ml.medgaze.guard import PredictionNotFinite
from ml.medgaze.predictor import MedGazePredictor
from ml.metrics.cases import PlainCase, truths
from ml.metrics.paths import Floats
from ml.metrics.paths import Path as Scan


@dataclass(frozen=True, slots=True)
class Answers:
    """``served``: a path a case. ``nats`` (cases,): negative log-likelihood a fixation of the case's readings, places
    in film fractions, durations in s; None where the model has none, and then ``without`` says why."""

    sha256: str
    served: tuple[Scan, ...]
    nats: Floats | None
    without: str = ""


def load(folder: Path, who: str, device: str) -> MedGazePredictor:
    """``who``: how a refusal calls the model. Raises :class:`GateRefused`."""
    try:
        return MedGazePredictor.load(folder, device=device)
    except Exception as error:  # a folder from anywhere: what reads its parts raises anything
        raise GateRefused(f"the {who} cannot be loaded from {folder}: {error or type(error).__name__}") from error


def answer(predictor: MedGazePredictor, who: str, cases: Sequence[PlainCase], *, progress: Progress) -> Answers:
    """By the model's own decoding rule, the same seed a case for every model. Raises :class:`GateRefused`."""
    without = no_likelihood(predictor, cases)
    served: list[Scan] = []
    nats: list[Floats] = []
    for start in range(0, len(cases), BATCH):
        part = cases[start : start + BATCH]
        films, reports = [case.film for case in part], [case.report for case in part]
        try:
            found = predict_cases(predictor, films, reports, samples=1, seed=start)
        except PredictionNotFinite as error:
            raise GateRefused(f"the {who} gives no reading of case {part[0].key} or one after it: {error}") from error
        served += [prediction.served for prediction in found]
        if not without:
            nats.append(nats_a_fixation(predictor, part))
        progress(len(served), len(cases))
    together = None if without else np.concatenate(nats)
    return Answers(predictor.model_info.sha256, tuple(served), together, without)


def no_likelihood(predictor: MedGazePredictor, cases: Sequence[PlainCase]) -> str:
    """Why the model has no likelihood of the cases' readings; empty where it has one."""
    config = predictor.model.config
    longest = max(len(path) for case in cases for path in truths(case))
    if config.loss != "nll":
        return f"it was trained by {config.loss}, not by likelihood"
    if config.decoder.max_fixations < longest:
        return f"it reads {config.decoder.max_fixations} fixations at most, and readings here have up to {longest}"
    return ""


def nats_a_fixation(predictor: MedGazePredictor, cases: Sequence[PlainCase]) -> Floats:
    """(cases,) of all a case's readings together.

    The model speaks of its square; by the area that a film takes in it (the determinant of the map from film to
    square), a density of the square becomes one of the film, so that models with other squares compare.
    """
    model, processor = predictor.model, predictor.processor
    inputs = processor([case.film for case in cases], [case.report for case in cases])
    transforms = [processor.transform(case.film.shape[1], case.film.shape[0]) for case in cases]
    readings = [processor.fixations(truths(case), at) for case, at in zip(cases, transforms, strict=True)]
    fixations = pad_sequence([places for places, _ in readings], batch_first=True).to(model.device)  # (B, R, L, 3)
    mask = pad_sequence([there for _, there in readings], batch_first=True).to(model.device)
    with torch.inference_mode():
        paths = model(**{name: value.to(model.device) for name, value in inputs.items()}).paths
        parts = paths.log_likelihood(fixations, mask)
        whole = (paths.gate[..., None] + torch.stack(list(parts.values())).sum(0)).logsumexp(1)  # (B, R)
    real, count = (mask.sum(-1) > 0).float(), mask.sum((1, 2))
    nats = -(whole * real).sum(-1) / count
    area = torch.tensor([math.log(math.prod(at.scale)) for at in transforms]).to(nats)
    placed = (
        count - real.sum(-1) if model.config.decoder.force_centre else count
    )  # a first fixation that is given has no place
    return np.asarray((nats - area * placed / count).double().cpu().numpy())
