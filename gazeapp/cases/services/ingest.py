"""The ingest job: from original bytes to a de-identified film, a quarantined one, or a refusal; never anything in
between."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from gazeapp.cases import deidentify, quarantine, refusals, reports, storage, warden, words
from gazeapp.cases.models import Case, Film, Upload
from gazeapp.cases.services.telling import refuse, settle, tell
from gazeapp.core import audit
from gazeapp.core.models import Job
from gazeapp.core.problems import Problem

log = logging.getLogger(__name__)
State = Case.State


class Lease(Protocol):
    """What this job needs of `gazeapp.core.lease.Lease`."""

    def stage(self, name: str, progress: float | None = None) -> None: ...

    def finish(self, write: Callable[[], None] | None = None) -> None: ...


def ingest(*, upload_id: uuid.UUID | str, lease: Lease) -> None:
    """Takes one complete upload in. Safe to run twice: the film is content-addressed and the lease's fence guards the
    rows."""
    upload = Upload.objects.select_related("case").filter(pk=upload_id).first()
    if upload is None or upload.case.state != State.INGESTING:
        lease.finish(None)
        if upload is not None and upload.case.state in {State.READY, State.QUARANTINED, State.REFUSED}:
            quarantine.discard(upload.pk)  # a worker that died between its commit and this line left them
        return
    started = time.monotonic()
    words.detector.start()
    lease.stage("opening", 0.1)
    try:
        film = warden.examine(quarantine.film_path(upload.pk), quarantine.work(upload.pk))
    except Problem as refusal:
        problem = refusal
        lease.finish(lambda: _refuse(upload, problem))
        quarantine.discard(upload.pk)
        log.info("upload %s refused: %s", upload.pk, problem.kind)
        return
    opened = time.monotonic()
    lease.stage("looking for words", 0.4)
    hold = film.hold or _words(film)
    looked = time.monotonic()
    lease.stage("storing", 0.8)
    text = quarantine.read_report(upload.pk)
    title = quarantine.read_title(upload.pk)
    title = reports.with_surrogates(title, reports.find_marks(title, film.identifiers))[:120]
    marks = reports.find_marks(text, film.identifiers)
    if marks:
        quarantine.write_marks(upload.pk, text, [mark.to_dict() for mark in marks])
    with quarantine.storage_errors():
        pixels = film.pixels.read_bytes()
        with storage.locked(storage.film_sha256(pixels, film.rows, film.columns)):
            sha256 = storage.store_film(pixels, film.rows, film.columns, film.thumbnail.read_bytes())
            lease.finish(
                lambda: _take(
                    upload, film, sha256, hold=hold, title=title, text="" if marks else text, marked=bool(marks)
                )
            )
    if marks:
        quarantine.discard_film(upload.pk)
    else:
        quarantine.discard(upload.pk)
    log.info(
        "upload %s taken in: opened %.2f s (sandbox %.2f s, %d MB), words %.2f s, stored %.2f s",
        upload.pk,
        opened - started,
        film.seconds,
        film.peak_kb // 1024,
        looked - opened,
        time.monotonic() - looked,
    )


def _words(film: warden.Examined) -> str | None:
    seen = words.on_film(film.looks)
    return "film-unchecked" if seen is None else "film-words" if seen else None


def _take(
    upload: Upload, examined: warden.Examined, sha256: str, *, hold: str | None, title: str, text: str, marked: bool
) -> None:
    """The rows, inside the lease's transaction."""
    case = Case.objects.select_for_update().select_related("owner").get(pk=upload.case_id)
    if case.state != State.INGESTING:
        return
    film, _ = Film.objects.get_or_create(
        sha256=sha256,
        defaults={
            "rows": examined.rows,
            "columns": examined.columns,
            "bits": examined.bits,
            "window_center": examined.window[0],
            "window_width": examined.window[1],
            "windows": examined.windows,
            "row_spacing_mm": examined.spacing[0] if examined.spacing else None,
            "column_spacing_mm": examined.spacing[1] if examined.spacing else None,
            "modality": examined.modality,
            "view": examined.view,
            "source": examined.source,
            "header": examined.kept,
            "deidentified": deidentify.record(kept=len(examined.kept), removed=examined.removed),
        },
    )
    if film.hidden:
        hold = "film-hidden"
    case.film = film
    case.held = hold is not None
    case.problem = refusals.problem(hold).to_dict() if hold else None
    case.title = title or case.title
    case.report = text
    case.report_sha256 = "" if marked else reports.sha256(text)
    if marked:
        case.state = State.CONFIRMING
        case.save()
        Upload.objects.filter(pk=upload.pk).update(expires_at=timezone.now() + settings.UPLOAD_EXPIRES)
        tell(case)
    else:
        settle(case, case.owner)
    audit.record("ingest", "film.deidentify", case.subject, film=sha256, removed=examined.removed, held=hold or "")


def _refuse(upload: Upload, problem: Problem) -> None:
    case = Case.objects.select_for_update().get(pk=upload.case_id)
    if case.state != State.INGESTING:
        return
    refuse(case, problem)
    audit.record("ingest", "film.refuse", case.subject, kind=problem.kind)


def ingest_job_changed(job: Job) -> None:
    """Called by the jobs' keeper when an ingest job failed for good, was cancelled, or is tried again by a person."""
    upload = Upload.objects.select_related("case").filter(pk=job.inputs.get("upload")).first()
    if upload is None:
        if job.state == Job.State.QUEUED:
            raise _gone()
        return
    case = Case.objects.select_for_update().get(pk=upload.case_id)
    if job.state == Job.State.QUEUED:
        if not quarantine.film_path(upload.pk).exists() or case.state not in {State.INGESTING, State.REFUSED}:
            raise _gone()
        case.state, case.problem = State.INGESTING, None
        case.save()
        tell(case)
    elif case.state == State.INGESTING:
        cancelled = job.state == Job.State.CANCELLED
        refuse(case, refusals.problem("ingest-cancelled" if cancelled else "ingest-failed"))
        if cancelled:  # after a failure the bytes stay until they expire, so that an admin may try again
            transaction.on_commit(lambda: quarantine.discard(upload.pk))


def _gone() -> Problem:
    return Problem("upload-gone", "The uploaded file is no longer here.", "Upload it again.", code=409)
