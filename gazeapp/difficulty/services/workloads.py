"""How long the model would look at a film: asked for when nobody waits, found once a film, report and model version."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from gazeapp.cases.models import Case
from gazeapp.core import services as jobs
from gazeapp.core.models import Job
from gazeapp.core.problems import Problem
from gazeapp.difficulty.models import Workload
from gazeapp.difficulty.selectors import on_ladder
from gazeapp.difficulty.services.places import lock_ladder, notify
from gazeapp.scanpaths.selectors import current_model

SAMPLES, SEED = 20, 0


@transaction.atomic
def request_workload(case: Case) -> Workload | None:
    """The workload of the case by the model of today: the one that exists, or a new one with its job, for later.
    None without a film, a report or a model. One whose job failed is not asked for again; an admin may retry it."""
    if not case.film_id or not case.report_sha256:
        return None
    try:
        model = current_model()
    except Problem:
        return None
    row, new = Workload.objects.get_or_create(
        film_sha256=case.film_id,
        report_sha256=case.report_sha256,
        model_sha256=model.sha256,
        defaults={"model_name": model.name},
    )
    if new:
        row.job = jobs.enqueue(
            kind="workload",
            queue=Job.Queue.PREDICT,
            subject=f"workload:{row.pk}",
            owner=None,
            inputs={"workload": row.pk},
            key=f"workload:{row.pk}",
            later=True,
        )
        row.save(update_fields=["job"])
    return row


def request_workloads(limit: int, *, but: Job | None = None) -> int:
    """Asks for up to so many workloads that are missing, while no job waits or runs in the queue ``predict`` (``but``:
    a job that is just ending); gives how many were asked for."""
    busy = Job.objects.filter(queue=Job.Queue.PREDICT, state__in=Job.ACTIVE)
    if (busy if but is None else busy.exclude(pk=but.pk)).exists():
        return 0
    cases = _without_workload()[:limit]
    return sum(request_workload(case) is not None for case in cases)


def _without_workload() -> QuerySet[Case]:
    """Cases on the ladder whose film and report the model of today has not been asked about."""
    try:
        model = current_model().sha256
    except Problem:
        return Case.objects.none()
    known = Workload.objects.filter(
        film_sha256=OuterRef("film_id"), report_sha256=OuterRef("report_sha256"), model_sha256=model
    )
    cases = Case.objects.filter(ladder_place__in=on_ladder(), film__isnull=False).exclude(report_sha256="")
    return cases.filter(~Exists(known)).order_by("created_at", "pk")


def store_workload(*, workload: Workload, totals: Sequence[float], counts: Sequence[int]) -> None:
    """Called by the lease's `finish`, in its transaction: found once, told to the ladder, and the next asked for."""
    workload.totals, workload.counts = [float(total) for total in totals], [int(count) for count in counts]
    workload.seconds, workload.found_at = sum(workload.totals) / len(workload.totals), timezone.now()
    workload.save(update_fields=["totals", "counts", "seconds", "found_at"])
    request_workloads(1, but=workload.job)
    lock_ladder()
    same = Case.objects.filter(film_id=workload.film_sha256, report_sha256=workload.report_sha256)
    notify(list(same.order_by("pk").values_list("pk", flat=True)))


def report_of(workload: Workload) -> str:
    """The report text behind it, from any case that has it.

    Raises:
        Problem: case-gone, when the last such case was deleted while the job waited.
    """
    same = Case.objects.filter(film_id=workload.film_sha256, report_sha256=workload.report_sha256)
    case = same.order_by("created_at").first()
    if case is None:
        raise Problem("case-gone", "The case was deleted before its workload was predicted.", code=410)
    return case.report
