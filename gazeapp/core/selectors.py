"""Reading jobs and live subjects, with their guards."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404

from gazeapp.core import registry
from gazeapp.core.models import Job


def jobs_visible_to(user: Any) -> QuerySet[Job]:
    """Admins see all jobs, everybody else their own."""
    jobs = Job.objects.select_related("owner")
    if user.has_role("admin"):
        return jobs
    return jobs.filter(owner=user)


def job_for(user: Any, job_id: Any, action: str) -> Job:
    """The job, if ``user`` may ``view``, ``cancel`` or ``retry`` it: its owner and admins. Strangers get 404."""
    job = jobs_visible_to(user).filter(pk=uuid_of(job_id)).first()
    if job is None:
        raise Http404
    if action not in {"view", "cancel", "retry"}:
        raise PermissionDenied
    return job


def queue_place(job: Job) -> int | None:
    """0 while it runs, 1 when it is next, and so on; None when it is over."""
    if job.state == Job.State.RUNNING:
        return 0
    if job.state != Job.State.QUEUED:
        return None
    earlier = Q(queued_at__lt=job.queued_at) | Q(queued_at=job.queued_at, pk__lt=job.pk)
    ahead = Q(later=job.later) & (Q(turn__lt=job.turn) | Q(turn=job.turn) & earlier)
    if job.later:
        ahead |= Q(later=False)
    return 1 + Job.objects.filter(ahead, queue=job.queue, state=Job.State.QUEUED).count()


def active_job(subject: str) -> Job | None:
    """The job of this subject that waits or runs, if any."""
    return Job.objects.filter(subject=subject, state__in=Job.ACTIVE).order_by("queued_at").first()


def job_summary(job: Job | None) -> dict[str, Any] | None:
    """What pages and snapshots say of a job."""
    if job is None:
        return None
    return {
        "id": str(job.id),
        "kind": job.kind,
        "state": job.state,
        "stage": job.stage,
        "progress": job.progress,
        "error": job.error,
        "place": queue_place(job),
    }


def live_state(user: Any, subject: str) -> dict[str, Any]:
    """The snapshot of a live subject. Raises Http404 or PermissionDenied for those who may not follow it."""
    kind, _, ident = subject.partition(":")
    path = registry.SUBJECTS.get(kind)
    if path is None or not user.is_active:
        raise Http404
    state: dict[str, Any] = registry.load(path)(user, ident)
    return state


def live_user(user: Any, ident: str) -> dict[str, Any]:
    if ident != str(user.pk):
        raise Http404
    return {}


def live_job(user: Any, ident: str) -> dict[str, Any]:
    return {"job": job_summary(job_for(user, ident, "view"))}


def live_jobs(user: Any, ident: str) -> dict[str, Any]:
    """For admins: how many jobs are in each state of each queue."""
    if ident or not user.has_role("admin"):
        raise Http404
    counts: dict[str, dict[str, int]] = {queue: {} for queue in Job.Queue.values}
    for queue, state in Job.objects.filter(state__in=Job.ACTIVE).values_list("queue", "state"):
        counts[queue][state] = counts[queue].get(state, 0) + 1
    return {"queues": counts}


def uuid_of(value: Any) -> uuid.UUID:
    """An id as it stands in an address. Raises Http404 for what is none."""
    try:
        return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))
    except ValueError:
        raise Http404 from None
