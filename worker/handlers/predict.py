"""Predicting a reading: stages and fixations go to the page as they come; the result is stored once."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from gazeapp.cases.storage import film_pixels
from gazeapp.core.lease import Lease
from gazeapp.core.problems import Problem
from gazeapp.scanpaths import services
from gazeapp.scanpaths.models import Prediction
from ml.gaze.scanpath import Fixation, Reading
from ml.medgaze.stages import Stage
from worker import predictors


def _join(first: dict[str, Any], then: dict[str, Any]) -> dict[str, Any]:
    """One message for two that follow each other."""
    return {**first, "fixations": first["fixations"] + then["fixations"]}


def predict(lease: Lease) -> None:
    lease.stage_event = "prediction.stage"
    prediction = Prediction.objects.filter(pk=lease.inputs["prediction"]).first()
    if prediction is None:
        raise Problem("case-gone", "The prediction was deleted before it was made.", code=410)
    if prediction.reading is not None:  # a worker that died after its result was stored
        lease.finish()
        return
    report = services.report_of(prediction)
    lease.stage("film")
    film = film_pixels(prediction.film_sha256)
    model = predictors.predictor(prediction.model_sha256)
    reading: Reading | None = None
    count = 0
    for piece in model.stream(film, report, samples=prediction.samples, seed=prediction.seed):
        if isinstance(piece, Stage):
            lease.stage(piece.name)
        elif isinstance(piece, Fixation):
            if prediction.for_study:  # nobody may follow it
                continue
            lease.gather("prediction.fixations", {"sample": 0, "from": count, "fixations": [asdict(piece)]}, _join)
            count += 1
        else:
            reading = piece
    if reading is None:
        raise RuntimeError("the predictor ended without a reading")
    result = reading.to_dict()
    lease.finish(
        lambda: services.store_reading(prediction=prediction, reading=result),
        events=[] if prediction.for_study else [(prediction.subject, "prediction.done", {})],
    )
