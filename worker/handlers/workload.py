"""Predicting how long a film is looked at: K sampled readings, once a film, report and model version."""

from __future__ import annotations

from gazeapp.cases.storage import film_pixels
from gazeapp.core.lease import Lease
from gazeapp.core.problems import Problem
from gazeapp.difficulty import services
from gazeapp.difficulty.models import Workload
from gazeapp.difficulty.services.workloads import SAMPLES, SEED
from worker import predictors


def workload(lease: Lease) -> None:
    row = Workload.objects.filter(pk=lease.inputs["workload"]).first()
    if row is None or row.found_at is not None:  # a worker that died after its result was stored
        lease.finish()
        return
    report = services.report_of(row)
    try:
        film = film_pixels(row.film_sha256)
    except Exception as error:  # the film was deleted while the job waited
        raise Problem("case-gone", "The film was deleted before it was read.", code=410) from error
    model = predictors.predictor(row.model_sha256)
    reading = model.predict(film, report, samples=SAMPLES, seed=SEED)
    totals = [path.duration_s for path in reading.samples]
    counts = [len(path.fixations) for path in reading.samples]
    lease.finish(lambda: services.store_workload(workload=row, totals=totals, counts=counts))
