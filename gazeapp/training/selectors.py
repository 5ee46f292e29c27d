"""Reading versions, runs and schedules, with their guards. Versions are open to every role, the rest to admins."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404

from gazeapp.accounts.models import Role
from gazeapp.core.models import Event, Job
from gazeapp.core.selectors import uuid_of
from gazeapp.scanpaths.models import ModelVersion
from gazeapp.scanpaths.selectors import newest_promotion
from gazeapp.training import folders
from gazeapp.training.models import RunReading, Schedule, TrainingRun, Verdict
from ml.training.runlog import RunLog

TRAINING = "training"  # the stage whose steps are counted
STAGE_EVENT = "run.stage"  # stage, and where it counts something: done, of


def champion() -> ModelVersion | None:
    """What new predictions use; None before the first promotion."""
    promotion = newest_promotion()
    return promotion.version if promotion else None


def version_for(user: Any, sha256: str) -> ModelVersion:
    """A registered version, for whoever has a role."""
    version = ModelVersion.objects.select_related("parent").filter(pk=sha256).first() if has_role(user) else None
    if version is None:
        raise Http404
    return version


def has_role(user: Any) -> bool:
    return bool(user.has_role(*Role.values))


def is_admin(user: Any) -> bool:
    return bool(user.has_role(Role.ADMIN))


def verdicts_of(versions: list[ModelVersion], serving: str | None) -> dict[str, Verdict]:
    """The verdict that counts of each version by its sha256: the one beside what serves now, else the newest."""
    found: dict[str, Verdict] = {}
    for verdict in Verdict.objects.filter(version__in=versions).select_related("champion").order_by("pk"):
        before = found.get(verdict.version_id)
        if before is None or verdict.champion_id == serving or before.champion_id != serving:
            found[verdict.version_id] = verdict
    return found


def verdict_beside(version: ModelVersion, champion: ModelVersion) -> Verdict | None:
    """The newest verdict on the version beside this champion."""
    return Verdict.objects.filter(version=version, champion=champion).order_by("-pk").first()


def verdict_of(run: TrainingRun) -> Verdict | None:
    """What the gate said last of the version that it made."""
    return next(iter(run.version.verdicts.all()), None) if run.version else None


def is_stale(verdict: Verdict, serving: str | None) -> bool:
    """Whether something else serves now than what the version was judged beside. That the version itself was promoted
    since does not count."""
    return serving not in {verdict.champion_id, verdict.version_id}


def judging(version: ModelVersion) -> Job | None:
    """The job that judges it, be it the training that made it, or that failed to."""
    return judging_of([version]).get(version.pk)


def judging_of(versions: Iterable[ModelVersion]) -> dict[str, Job]:
    """That of each version which has one, by sha256."""
    keys = {f"judge:{version.pk}": version.pk for version in versions}
    newest = {job.key: job for job in Job.objects.filter(kind="judge", key__in=keys).order_by("created_at")}
    over = {Job.State.DONE, Job.State.CANCELLED}
    found = {keys[key]: job for key, job in newest.items() if job.state not in over}
    runs = TrainingRun.objects.filter(version__in=keys.values(), job__state__in=Job.ACTIVE).select_related("job")
    return found | {str(run.version_id): run.job for run in runs.order_by("created_at")}


def counted(job: Job) -> tuple[int | None, int | None]:
    """How much of its stage a training or judgement has done, and of how much, as it last told; None before it does."""
    told = Event.objects.filter(
        subject=job.subject, type=STAGE_EVENT, created_at__gte=job.started_at or job.created_at
    ).order_by("seq")
    last = told.last() if job.state == Job.State.RUNNING else None
    if last is None or last.data["stage"] != job.stage or not last.data["of"]:
        return None, None
    return last.data["done"], last.data["of"]


def runs_for(user: Any) -> QuerySet[TrainingRun]:
    """All runs for an admin, newest first; nothing for others."""
    verdicts = Prefetch("version__verdicts", Verdict.objects.select_related("champion"))
    runs = TrainingRun.objects.select_related("parent", "version", "by", "schedule", "job").prefetch_related(verdicts)
    return runs if is_admin(user) else runs.none()


def run_for(user: Any, run_id: Any) -> TrainingRun:
    run = runs_for(user).filter(pk=uuid_of(run_id)).first()
    if run is None:
        raise Http404
    return run


def runs_of_readers(readers: Iterable[Any]) -> dict[Any, list[dict[str, str]]]:
    """{reader: [{id, name}]} of the runs that learnt from these readers and made a version of it, newest first."""
    rows = RunReading.objects.filter(reader__in=list(readers), run__version__isnull=False)
    found: dict[Any, list[dict[str, str]]] = {}
    named = rows.order_by("-run__created_at", "run_id").values_list("reader_id", "run_id", "run__name").distinct()
    for reader, run, name in named:
        found.setdefault(reader, []).append({"id": str(run), "name": name})
    return found


def schedules_for(user: Any) -> QuerySet[Schedule]:
    """All schedules for an admin, in the order in which they were made; nothing for others."""
    schedules = Schedule.objects.select_related("by")
    return schedules if is_admin(user) else schedules.none()


def schedule_for(user: Any, schedule_id: Any) -> Schedule:
    schedule = schedules_for(user).filter(pk=uuid_of(schedule_id)).first()
    if schedule is None:
        raise Http404
    return schedule


def overview() -> dict[str, Any]:
    """For the admins' home: what serves and since when, how many candidates there are and how many of them the gate has
    passed beside it, and the runs that run."""
    promotion = newest_promotion()
    serving = promotion.version_id if promotion else None
    candidates = ModelVersion.objects.filter(state=ModelVersion.State.CANDIDATE)
    running = TrainingRun.objects.filter(job__state=Job.State.RUNNING).select_related("job")
    return {
        "champion": promotion
        and {"sha256": serving, "name": promotion.version.name, "since": promotion.at.isoformat()},
        "candidates": candidates.count(),
        "passed": candidates.filter(verdicts__champion=serving, verdicts__passed=True).distinct().count(),
        "running": [
            {"id": str(run.pk), "name": run.name, "progress": run.job.progress, "eta_s": eta_s(run)} for run in running
        ],
    }


def progress_of(run: TrainingRun) -> RunLog:
    """What it has said so far; empty before its training began, or where its folder is not on this machine."""
    return RunLog.read(folders.of(run.pk) / folders.PROGRESS)


def eta_s(run: TrainingRun, log: RunLog | None = None) -> float | None:
    """Seconds till the end of its training, while that runs."""
    if run.job.state != Job.State.RUNNING or run.job.stage != TRAINING:
        return None
    return (log or progress_of(run)).eta_s
