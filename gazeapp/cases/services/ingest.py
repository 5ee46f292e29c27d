"""The ingest job: from original bytes to a de-identified film, a quarantined one, or a refusal; never anything in
between."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from typing import Protocol

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from gazeapp.cases import (
    burned_in_text,
    dicom_copy,
    likeness,
    phi,
    phi_check,
    quarantine,
    refusals,
    reports,
    sandbox_client,
    storage,
)
from gazeapp.cases.models import Case, Film, Received, Upload
from gazeapp.cases.services import verdicts
from gazeapp.cases.services.case_states import make_ready_or_quarantined, refuse
from gazeapp.cases.services.films import drop_unused_film, lock_film
from gazeapp.cases.services.notifications import notify
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
    burned_in_text.detector.start()
    lease.stage("opening", 0.1)
    try:
        film = sandbox_client.examine(quarantine.film_path(upload.pk), quarantine.work(upload.pk))
    except Problem as refusal:
        problem = refusal
        lease.finish(lambda: _refuse(upload, problem))
        quarantine.discard(upload.pk)
        log.info("upload %s refused: %s", upload.pk, problem.kind)
        return
    opened = time.monotonic()
    lease.stage("looking for words", 0.4)
    found = film.hold or _burned_in_text(film)
    looked = time.monotonic()
    lease.stage("storing", 0.8)
    text = quarantine.read_report(upload.pk)
    title = _title(quarantine.read_title(upload.pk), film.identifiers)
    marked = bool(phi_check.marked("report", text, film.identifiers).marks)
    if marked:
        quarantine.write_identifiers(upload.pk, film.identifiers)
    with quarantine.storage_errors():
        pixels, thumbnail = film.pixels.read_bytes(), film.thumbnail.read_bytes()
        sha256 = storage.film_sha256(pixels, film.rows, film.columns)
        look = likeness.Look.of(np.frombuffer(pixels, dtype="<u2").reshape(film.rows, film.columns), film.words)
        with storage.locked(sha256):
            storage.store_film(pixels, film.rows, film.columns, thumbnail)
            received = _received(film, storage.thumbnail_sha256(thumbnail))
            kept = None if marked else text
            lease.finish(lambda: _take(upload, sha256, film, received, found=found, look=look, title=title, text=kept))
    state = Case.objects.filter(pk=upload.case_id).values_list("state", flat=True).first()
    if state == State.CONFIRMING:
        quarantine.discard_film(upload.pk)
    else:
        quarantine.discard(upload.pk)
    if state == State.REFUSED:
        drop_unused_film(sha256)  # these pixels were rejected before
    log.info(
        "upload %s taken in: opened %.2f s (sandbox %.2f s, %d MB), words %.2f s, stored %.2f s",
        upload.pk,
        opened - started,
        film.seconds,
        film.peak_kb // 1024,
        looked - opened,
        time.monotonic() - looked,
    )


def _burned_in_text(film: sandbox_client.Examined) -> str | None:
    seen = burned_in_text.found_in(film.looks)
    return "film-unchecked" if seen is None else "film-words" if seen else None


def _title(title: str, identifiers: list[tuple[str, str]]) -> str:
    """The uploader's title without what may name somebody: nobody need wait for it, it can be changed in the room."""
    title = phi_check.cleaned("title", title)
    return phi.with_surrogates(title, phi.find_phi(title, identifiers))[: phi_check.LIMITS["title"]]


def _received(film: sandbox_client.Examined, thumbnail: str) -> Received:
    """What this file says beside its pixels; not saved yet."""
    return Received(
        bits=film.bits,
        window_center=film.window[0],
        window_width=film.window[1],
        windows=film.windows,
        row_spacing_mm=film.spacing[0] if film.spacing else None,
        column_spacing_mm=film.spacing[1] if film.spacing else None,
        modality=film.modality,
        view=film.view,
        source=film.source,
        header=film.kept,
        deidentified=dicom_copy.record(kept=len(film.kept), removed=film.removed),
        thumbnail=thumbnail,
        words=film.words,
    )


def _take(
    upload: Upload,
    sha256: str,
    examined: sandbox_client.Examined,
    received: Received,
    *,
    found: str | None,
    look: likeness.Look,
    title: str,
    text: str | None,
) -> None:
    """The rows, inside the lease's transaction. Without a text the report waits for its uploader."""
    case = Case.objects.select_for_update().select_related("owner").get(pk=upload.case_id)
    if case.state != State.INGESTING:
        return
    film = lock_film(sha256)
    try:
        hold, like = verdicts.reason_to_hold(sha256=sha256, found=found, look=look)
    except Problem as rejected:
        _refuse(upload, rejected)
        return
    if film is None:
        known = {"rows": examined.rows, "columns": examined.columns, "signature": look.signature, "values": look.values}
        film, _ = Film.objects.get_or_create(sha256=sha256, defaults=known)
    case.film = film
    case.held = hold is not None
    case.problem = refusals.problem(hold).to_dict() if hold else None
    case.title = title or case.title
    received.case = case
    received.save(force_insert=True)
    if text is None:
        case.state = State.CONFIRMING
        case.save()
        Upload.objects.filter(pk=upload.pk).update(expires_at=timezone.now() + settings.UPLOAD_EXPIRES)
        notify(case)
    else:
        case.report, case.report_sha256 = text, reports.sha256(text)
        make_ready_or_quarantined(case, case.owner)
    said = {"film": sha256, "removed": examined.removed, "held": hold or "", **({"like": like} if like else {})}
    audit.record("ingest", "film.deidentify", case.subject, **said)


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
        notify(case)
    elif case.state == State.INGESTING:
        cancelled = job.state == Job.State.CANCELLED
        refuse(case, refusals.problem("ingest-cancelled" if cancelled else "ingest-failed"))
        if cancelled:  # after a failure the bytes stay until they expire, so that an admin may try again
            transaction.on_commit(lambda: quarantine.discard(upload.pk))


def _gone() -> Problem:
    return Problem("upload-gone", "The uploaded file is no longer here.", "Upload it again.", code=409)
