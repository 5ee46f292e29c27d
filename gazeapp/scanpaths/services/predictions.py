"""Predictions: asked for by anybody who may, computed once."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from gazeapp.cases.models import Case
from gazeapp.core import audit, events, limits
from gazeapp.core import services as jobs
from gazeapp.core.models import Job
from gazeapp.core.problems import Problem
from gazeapp.scanpaths import selectors
from gazeapp.scanpaths.models import FilmRegions, Prediction

MAX_SAMPLES = 20


@transaction.atomic
def ask_for_prediction(*, case: Case, by: Any, samples: int = 1, seed: int = 0) -> Prediction:
    """`request_prediction` for a person: only so many of theirs may wait or run at a time. What is there already, or
    on its way, costs nothing.

    Raises:
        Problem: as there; too-many-predictions.
    """
    before = _open_to(by).count()
    prediction = request_prediction(case=case, by=by, samples=samples, seed=seed)
    if _open_to(by).count() > before:
        refuse_more_predictions(by)
    return prediction


def refuse_more_predictions(by: Any) -> None:
    """Call it when one more was queued, in the same transaction: its events come before the person's own, whose lock
    keeps two requests from slipping under the limit together.

    Raises:
        Problem: too-many-predictions.
    """
    events.lock(f"user:{by.pk}")
    limits.refuse_more(
        "too-many-predictions",
        "You have too many predictions under way.",
        there=_open_to(by).count() - 1,
        limit=settings.PREDICTIONS_OPEN,
        open_are="wait or run",
        do="Wait until some are done, or cancel some.",
    )


def _open_to(person: Any) -> QuerySet[Job]:
    """The predictions that a person waits for."""
    return Job.objects.filter(owner=person, kind="predict", later=False, state__in=Job.ACTIVE)


@transaction.atomic
def request_prediction(*, case: Case, by: Any, samples: int = 1, seed: int = 0) -> Prediction:
    """The prediction for the case's film and report: the one that exists, or a new one with its job queued.

    One that failed or was cancelled is queued again.

    Raises:
        Problem: not-ready, when the case has no film or report yet; no-model, when the server has none.
    """
    if case.state != Case.State.READY or case.film_id is None or not case.report_sha256:
        raise Problem("not-ready", "This case is not ready yet.", "It needs a film and a confirmed report.", code=409)
    if not 1 <= samples <= MAX_SAMPLES or not 0 <= seed <= 2**31 - 1:
        raise Problem("invalid", f"Ask for 1 to {MAX_SAMPLES} samples and a seed of 0 or more.", code=400)
    model = selectors.current_model()
    prediction, _ = Prediction.objects.get_or_create(
        film_sha256=case.film_id,
        report_sha256=case.report_sha256,
        model_sha256=model.sha256,
        samples=samples,
        seed=seed,
        for_study=False,
        defaults={"model_name": model.name},
    )
    if prediction.reading is None and _queue(prediction, by, subject=prediction.subject):
        events.publish(case.subject, "case.prediction", {"prediction": str(prediction.id)})
        audit.record(by, "prediction.request", prediction.subject, case=str(case.id))
    return prediction


@transaction.atomic
def request_for_study(
    *, case: Case, model_sha256: str, model_name: str, seed: int, subject: str, by: Any
) -> Prediction:
    """A reading of the case by a model version for a rating study, from a seed that nobody is told: not the one that
    pages show, which a rater may have seen. Drawn when nobody waits for another. One that failed is queued again.

    ``subject``: of the job, since nobody follows the prediction itself.
    """
    prediction, _ = Prediction.objects.get_or_create(
        film_sha256=case.film_id or "",
        report_sha256=case.report_sha256,
        model_sha256=model_sha256,
        samples=1,
        seed=seed,
        for_study=True,
        defaults={"model_name": model_name},
    )
    if prediction.reading is None:
        _queue(prediction, by, subject=subject, later=True)
    return prediction


def _queue(prediction: Prediction, by: Any, *, subject: str, later: bool = False) -> bool:
    """Whether that made a new job."""
    job = jobs.enqueue(
        kind="predict",
        queue=Job.Queue.PREDICT,
        subject=subject,
        owner=by,
        inputs={"prediction": str(prediction.id)},
        key=f"predict:{prediction.id}",
        later=later,
    )
    if prediction.job_id == job.id:
        return False
    prediction.job = job
    prediction.save(update_fields=["job"])
    return True


def case_ready(*, case: Case, by: Any) -> Prediction | None:
    """A case became ready: predict its reading in the same transaction. Without a model, or with a damaged one, it is
    ready all the same."""
    try:
        prediction = request_prediction(case=case, by=by)
        request_regions(film_sha256=case.film_id or "", by=by)  # after it: nobody waits for them
        return prediction
    except Problem as problem:
        if problem.kind in {"no-model", "model-damaged"}:
            return None
        raise


@transaction.atomic
def request_regions(*, film_sha256: str, by: Any) -> FilmRegions:
    """The named regions of a film by the model of today: those that were found, or a job that finds them.

    Raises:
        Problem: no-model.
    """
    regions, _ = FilmRegions.objects.get_or_create(
        film_sha256=film_sha256, model_sha256=selectors.current_model().sha256
    )
    if regions.boxes is None and (regions.job is None or regions.job.state in {Job.State.FAILED, Job.State.CANCELLED}):
        regions.job = jobs.enqueue(
            kind="regions",
            queue=Job.Queue.PREDICT,
            subject=f"regions:{regions.pk}",
            owner=by,
            inputs={"regions": regions.pk},
            key=f"regions:{regions.pk}",
        )
        regions.save(update_fields=["job"])
    return regions


def store_regions(*, regions: FilmRegions, boxes: dict[str, Any], problem: str) -> None:
    """Called by the lease's `finish`, in its transaction: found once."""
    regions.boxes, regions.problem, regions.found_at = boxes, problem[:200], timezone.now()
    regions.save(update_fields=["boxes", "problem", "found_at"])


def predict_job_changed(job: Job) -> None:
    """The job failed or was cancelled, or is queued again: tell those who watch the prediction (in its transaction)."""
    if job.state == Job.State.FAILED:
        events.publish(job.subject, "prediction.failed", {"problem": job.error})


def store_reading(*, prediction: Prediction, reading: dict[str, Any]) -> None:
    """Called by the lease's `finish`, in its transaction: the result is stored once."""
    prediction.reading = reading
    prediction.finished_at = timezone.now()
    prediction.save(update_fields=["reading", "finished_at"])


def report_of(prediction: Prediction) -> str:
    """The report text behind the prediction's key, from any case that has it.

    Raises:
        Problem: case-gone, when the last such case was deleted while the job waited.
    """
    case = (
        Case.objects.filter(film_id=prediction.film_sha256, report_sha256=prediction.report_sha256)
        .order_by("created_at")
        .first()
    )
    if case is None:
        raise Problem("case-gone", "The case was deleted before it was read.", code=410)
    return case.report
