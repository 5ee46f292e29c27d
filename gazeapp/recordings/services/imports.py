"""An eye tracker's file on its way in: taken, recognised by a job, given up, swept."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from gazeapp.core import audit, limits
from gazeapp.core.events import publish
from gazeapp.core.models import EventLog, Job
from gazeapp.core.problems import Problem
from gazeapp.core.services import cancel, enqueue
from gazeapp.recordings import sandbox_client, spool
from gazeapp.recordings.models import ImportSession

log = logging.getLogger(__name__)
State = ImportSession.State


class Lease(Protocol):
    """What this job needs of `gazeapp.core.lease.Lease`."""

    def stage(self, name: str, progress: float | None = None) -> None: ...

    def finish(self, write: Callable[[], None] | None = None) -> None: ...


def start_import(*, owner: Any, pieces: Iterable[bytes]) -> ImportSession:
    """Keeps a file's bytes and queues the job that looks into it.

    Raises:
        Problem: gaze-empty; too-many-imports; storage-full.
    """
    session_id = uuid.uuid4()
    size = spool.make(session_id, pieces)
    try:
        if size == 0:
            raise Problem("gaze-empty", "This file is empty.", "Choose it again; it may not have been copied whole.")
        with transaction.atomic():
            return _start(session_id, owner, size)
    except BaseException:
        spool.discard(session_id)
        raise


def _start(session_id: uuid.UUID, owner: Any, size: int) -> ImportSession:
    # The row is the lock that keeps two requests from slipping under the limit together.
    EventLog.objects.get_or_create(subject=f"user:{owner.pk}")
    EventLog.objects.select_for_update().get(subject=f"user:{owner.pk}")
    limits.refuse_more(
        "too-many-imports",
        "You have too many unfinished files.",
        there=ImportSession.objects.filter(owner=owner, state__in=ImportSession.UNFINISHED).count(),
        limit=settings.IMPORTS_OPEN,
        open_are="wait to be read or to be matched",
        do="Save or discard some of them first.",
    )
    session = ImportSession(id=session_id, owner=owner, size=size, expires_at=timezone.now() + settings.UPLOAD_EXPIRES)
    session.job = enqueue(
        kind="import",
        queue=Job.Queue.IO,
        subject=session.subject,
        owner=owner,
        inputs={"import": str(session.pk)},
        key=f"import:{session.pk}",
    )
    session.save(force_insert=True)
    notify(session)
    audit.record(owner, "gaze.upload", session.subject)
    return session


def recognise(*, session_id: uuid.UUID | str, lease: Lease) -> None:
    """The job: what the file is and what it holds. Safe to run twice; the lease's fence guards the row."""
    session = ImportSession.objects.filter(pk=session_id).first()
    if session is None or session.state != State.WAITING:
        lease.finish(None)
        if session is not None:  # a worker that died between its commit and this line left them
            _tidy(session)
        return
    lease.stage("reading", 0.1)
    try:
        recognised = sandbox_client.open_session(spool.file_path(session.pk), spool.work(session.pk))
    except Problem as refusal:
        problem = refusal
        lease.finish(lambda: _end(session, State.REFUSED, problem))
        spool.discard(session.pk)
        log.info("import %s refused: %s", session.pk, problem.kind)
        return
    lease.finish(lambda: _recognised(session, recognised))
    now = ImportSession.objects.filter(pk=session.pk).first()
    if now is not None:
        _tidy(now)
    log.info("import %s: %d trials", session.pk, len(recognised["trials"]))


def discard_import(*, session: ImportSession, by: Any) -> None:
    """Its owner gives it up: the file and what was read from it are deleted. A saved one stays what it is.

    Raises:
        Problem: import-over.
    """
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(subject=session.subject).first()  # first, as its worker takes them
        locked = ImportSession.objects.select_for_update().get(pk=session.pk)
        if locked.state == State.SAVED:
            raise Problem(
                "import-over", "This file was saved already.", "Delete its recordings one by one instead.", code=409
            )
        if locked.state in ImportSession.UNFINISHED:
            end(locked, State.DISCARDED)
            if job is not None and job.state in Job.ACTIVE:
                cancel(job=job, by=by)
            audit.record(by, "gaze.discard", locked.subject)
        transaction.on_commit(lambda: spool.discard(session.pk), robust=True)


def import_job_changed(job: Job) -> None:
    """Called by the jobs' keeper when an import job failed for good, was cancelled, or is tried again by a person."""
    session = ImportSession.objects.select_for_update().filter(pk=job.inputs.get("import")).first()
    if job.state == Job.State.QUEUED:
        if session is None or session.state != State.REFUSED or not spool.file_path(session.pk).exists():
            raise Problem("upload-gone", "The uploaded file is no longer here.", "Upload it again.", code=409)
        session.state, session.problem, session.ended_at = State.WAITING, None, None
        session.save()
        notify(session)
    elif session is not None and session.state == State.WAITING:
        cancelled = job.state == Job.State.CANCELLED
        problem = (
            Problem("import-cancelled", "Reading this file was cancelled.", "Upload it again.", code=409)
            if cancelled
            else Problem("import-failed", "This file could not be looked at.", "An admin can try again.", code=500)
        )
        _end(session, State.REFUSED, problem)
        if cancelled:  # after a failure the bytes stay until they expire, so that an admin may try again
            transaction.on_commit(lambda: spool.discard(session.pk), robust=True)


def sweep_imports() -> int:
    """Deletes what is past its time, and folders that a crash left behind; returns how many things went."""
    swept = 0
    now = timezone.now()
    for session in ImportSession.objects.filter(state__in=ImportSession.UNFINISHED, expires_at__lt=now):
        swept += _expire(session)
    kept = ImportSession.objects.filter(state__in=ImportSession.UNFINISHED) | ImportSession.objects.filter(
        state=State.REFUSED, expires_at__gte=now
    )
    known = {str(pk) for pk in kept.values_list("pk", flat=True)}
    for session_id in spool.strays(known):
        spool.discard(session_id)
        swept += 1
    return swept


def notify(session: ImportSession) -> None:
    """Publishes its state to its own followers, then to its owner's list."""
    data: dict[str, Any] = {"state": session.state}
    if session.problem:
        data["problem"] = session.problem
    publish(session.subject, "import.state", data)
    publish(f"user:{session.owner_id}", "import.listed", {"import": str(session.pk), "state": session.state})


def end(session: ImportSession, state: str, problem: Problem | None = None) -> None:
    session.state, session.ended_at = state, timezone.now()
    session.problem = problem.to_dict() if problem else None
    session.save()
    notify(session)


def _end(session: ImportSession, state: str, problem: Problem | None = None) -> None:
    """If nobody gave it up meanwhile."""
    locked = ImportSession.objects.select_for_update().get(pk=session.pk)
    if locked.state in ImportSession.UNFINISHED:
        end(locked, state, problem)


def _recognised(session: ImportSession, recognised: dict[str, Any]) -> None:
    locked = ImportSession.objects.select_for_update().get(pk=session.pk)
    if locked.state == State.WAITING:
        locked.state, locked.recognised = State.RECOGNISED, recognised
        locked.save()
        notify(locked)


def _tidy(session: ImportSession) -> None:
    """What is recognised needs the original no more; what is over needs nothing."""
    if session.state == State.RECOGNISED:
        spool.discard_file(session.pk)
    elif session.state != State.WAITING:
        spool.discard(session.pk)


def _expire(session: ImportSession) -> int:
    with transaction.atomic():
        locked = ImportSession.objects.select_for_update().get(pk=session.pk)
        if locked.state not in ImportSession.UNFINISHED:
            return 0
        if locked.state == State.WAITING and Job.objects.filter(subject=locked.subject, state__in=Job.ACTIVE).exists():
            return 0  # its job still runs or waits; it decides
        hours = int(settings.UPLOAD_EXPIRES.total_seconds() // 3600)
        problem = Problem(
            "import-expired",
            f"This file waited longer than {hours} hours.",
            "It was deleted; upload it again.",
            code=410,
        )
        end(locked, State.DISCARDED, problem)
        transaction.on_commit(lambda: spool.discard(locked.pk), robust=True)
    return 1
