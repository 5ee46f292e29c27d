"""The gate: a version is asked to be judged beside the champion, and what comes of it is kept for good."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from gazeapp.core import audit, events
from gazeapp.core import services as jobs
from gazeapp.core.models import Job
from gazeapp.core.problems import Problem
from gazeapp.scanpaths.models import ModelVersion
from gazeapp.scanpaths.selectors import current_model
from gazeapp.scanpaths.services import LOCK as MODELS
from gazeapp.scanpaths.services import seed_champion
from gazeapp.training import selectors
from gazeapp.training.models import Verdict


def serving() -> ModelVersion:
    """The champion, registered first if nothing was promoted yet. Call it outside of a transaction.

    Raises:
        Problem: no-model, model-damaged.
    """
    seed_champion()
    champion = selectors.champion()
    if champion is None:
        current_model()  # which knows whether there is none or a damaged one
        raise Problem(
            "no-model", "There is no model yet.", "Ask whoever runs the server to set MEDGAZE_MODEL.", code=503
        )
    return champion


def request_judgement(*, version: ModelVersion, by: Any) -> Job:
    """A job that judges the version beside what serves when it runs. One that waits or runs already is
    returned, be it the training that made it.

    Raises:
        Problem: no-model; is-champion.
    """
    if serving() == version:
        raise Problem("is-champion", "This version serves now.", "It would be judged beside itself.", code=409)
    job = selectors.judging(version)
    if job is not None and job.state in Job.ACTIVE:
        return job
    key = f"judge:{version.pk}"
    with transaction.atomic():
        waits = Job.objects.filter(key=key, state__in=Job.ACTIVE).exists()
        job = jobs.enqueue(
            kind="judge",
            queue=Job.Queue.TRAIN,
            subject=f"model:{version.pk}",
            owner=by,
            inputs={"version": version.pk},
            key=key,
        )
        if not waits:
            events.publish(MODELS, "models.changed", {"what": "judge"})
            audit.record(by, "model.judge", f"model:{version.pk}")
    return job


@transaction.atomic
def store_verdict(*, version: ModelVersion, champion: ModelVersion, comparison: dict[str, Any]) -> Verdict:
    """Keep what the gate said. The same pair, rules and set have one verdict, which is never changed.

    comparison: what `python -m ml gate` wrote.

    Raises:
        ValueError: it speaks of other models.
    """
    if (comparison["candidate"], comparison["champion"]) != (version.pk, champion.pk):
        raise ValueError("the gate compared other models")
    verdict, new = Verdict.objects.get_or_create(
        version=version,
        champion=champion,
        rules_sha256=comparison["rules"]["sha256"],
        set_sha256=comparison["set"]["sha256"],
        defaults={
            "rules": comparison["rules"],
            "set": comparison["set"],
            "rows": comparison["rows"],
            "left_out": comparison.get("left_out", []),
            "passed": comparison["passed"],
        },
    )
    if new:
        events.publish(MODELS, "models.changed", {"what": "verdict"})
        audit.record("gate", "model.verdict", f"model:{version.pk}", champion=champion.pk, passed=verdict.passed)
    return verdict


def judge_job_changed(job: Job) -> None:
    """The job failed, was cancelled or is queued again: whoever looks at the versions learns of it."""
    events.publish(MODELS, "models.changed", {"what": "judge"})
