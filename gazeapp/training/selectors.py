"""Reading versions, runs and schedules, with their guards. Versions are open to every role, the rest to admins."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from gazeapp.accounts.models import Role
from gazeapp.core.models import Job
from gazeapp.core.selectors import uuid_of
from gazeapp.scanpaths.models import ModelVersion
from gazeapp.scanpaths.selectors import newest_promotion
from gazeapp.training.models import Schedule, TrainingRun, Verdict


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


def is_stale(verdict: Verdict, serving: str | None) -> bool:
    """Whether something else serves now than what the version was judged beside. That the version itself was promoted
    since does not count."""
    return serving not in {verdict.champion_id, verdict.version_id}


def judging(version: ModelVersion) -> Job | None:
    """The job that judges it, or that failed to."""
    job = Job.objects.filter(kind="judge", key=f"judge:{version.pk}").order_by("-created_at").first()
    return job if job is not None and job.state not in {Job.State.DONE, Job.State.CANCELLED} else None


def runs_for(user: Any) -> QuerySet[TrainingRun]:
    """All runs for an admin, newest first; nothing for others."""
    runs = TrainingRun.objects.select_related("parent", "version", "by", "schedule", "job")
    return runs if is_admin(user) else runs.none()


def run_for(user: Any, run_id: Any) -> TrainingRun:
    run = runs_for(user).filter(pk=uuid_of(run_id)).first()
    if run is None:
        raise Http404
    return run


def schedules_for(user: Any) -> QuerySet[Schedule]:
    """All schedules for an admin, in the order in which they were made; nothing for others."""
    schedules = Schedule.objects.select_related("by")
    return schedules if is_admin(user) else schedules.none()


def schedule_for(user: Any, schedule_id: Any) -> Schedule:
    schedule = schedules_for(user).filter(pk=uuid_of(schedule_id)).first()
    if schedule is None:
        raise Http404
    return schedule
