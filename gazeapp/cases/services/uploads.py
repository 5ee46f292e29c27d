"""Bytes on their way in: announced, received in pieces, counted as they come, handed to a job when all are there."""

from __future__ import annotations

import hashlib
import hmac
import os
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import UnreadablePostError
from django.utils import timezone

from gazeapp.cases import quarantine, refusals, reports
from gazeapp.cases.models import Case, Upload
from gazeapp.cases.services.notifications import notify
from gazeapp.core import audit, limits
from gazeapp.core.events import publish
from gazeapp.core.models import EventLog, Job
from gazeapp.core.problems import Problem
from gazeapp.core.services import claim, enqueue

State = Case.State
UNTITLED = "Chest film"
PROGRESS_STEPS = 20  # events over one upload, whatever the size of its pieces
PIECE = 256 * 1024  # bytes read at a time


def create_upload(
    *,
    owner: Any,
    size: int,
    filename: str = "",
    report: str = "",
    title: str = "",
    note: str = "",
    published: bool = False,
    simulated: bool = False,
    limited: bool = True,
) -> Upload:
    """Makes the case and the place for its bytes. File name, title and raw report wait in the quarantine folder.

    ``limited``: whether it counts that only so many of one person may be open at a time.

    Raises:
        Problem: film-empty, film-too-large, report-too-long; too-many-uploads.
    """
    if size <= 0:
        raise refusals.problem("film-empty")
    if size > settings.UPLOAD_MAX_BYTES:
        raise refusals.problem("film-too-large", limit_mb=settings.UPLOAD_MAX_BYTES // 1024**2)
    if len(report) > reports.MAX_CHARS:
        raise Problem(
            "report-too-long",
            "This report is too long.",
            f"At most {reports.MAX_CHARS} characters are taken.",
            code=413,
        )
    upload_id = uuid.uuid4()
    with transaction.atomic():
        # The row is the lock that keeps two requests from slipping under the limit together.
        EventLog.objects.get_or_create(subject=f"user:{owner.pk}")
        EventLog.objects.select_for_update().get(subject=f"user:{owner.pk}")
        if limited:
            _refuse_more(owner)
        case = Case.objects.create(owner=owner, title=UNTITLED, note=note, published=published, simulated=simulated)
        upload = Upload.objects.create(
            id=upload_id, case=case, size=size, expires_at=timezone.now() + settings.UPLOAD_EXPIRES
        )
        quarantine.make(upload_id, filename=filename[:255], report=reports.clean(report), title=title[:120])
        notify(case)
    return upload


def _refuse_more(owner: Any) -> None:
    limits.refuse_more(
        "too-many-uploads",
        "You have too many unfinished uploads.",
        there=Upload.objects.filter(case__owner=owner, case__state__in=[State.RECEIVING, State.INGESTING]).count(),
        limit=settings.UPLOADS_OPEN,
        open_are="are on their way or wait to be taken in",
        do="Finish or remove some of them first, or wait until some are taken in.",
    )


Checksum = tuple[str, bytes]  # name of a hash that hashlib has, digest


def receive(*, upload: Upload, offset: int, pieces: Iterable[bytes], checksum: Checksum | None = None) -> Upload:
    """Appends one request's bytes at `offset`. They are counted while they come: what a header said of them is not
    believed.

    With a checksum all of them count or none. Without one, what arrived before a broken connection stays.
    """
    with quarantine.locked(upload.pk), quarantine.storage_errors():
        try:
            upload.refresh_from_db(from_queryset=Upload.objects.select_related("case__owner"))
        except Upload.DoesNotExist:  # given up between the request's look and this one
            raise quarantine.upload_gone() from None
        if upload.expires_at <= timezone.now():
            raise refusals.problem("upload-expired")
        if upload.offset != offset:
            raise Problem(
                "upload-offset",
                "These bytes do not follow those that are here.",
                f"Ask where to go on; {upload.offset} of {upload.size} bytes are here.",
                code=409,
                offset=upload.offset,
            )
        got = _append(upload, pieces, checksum)
        _advance(upload, got)
    return upload


def _append(upload: Upload, pieces: Iterable[bytes], checksum: Checksum | None) -> int:
    """Writes behind the confirmed offset and says how many bytes are safely on disk."""
    got, digest = 0, hashlib.new(checksum[0], usedforsecurity=False) if checksum else None
    with quarantine.open_film(upload.pk) as file:
        file.truncate(upload.offset)  # what an interrupted request left behind the confirmed offset
        file.seek(upload.offset)
        try:
            for piece in pieces:
                if got + len(piece) > settings.UPLOAD_CHUNK_MAX_BYTES:
                    raise Problem(
                        "chunk-too-large",
                        "Too many bytes in one request.",
                        f"Send at most {settings.UPLOAD_CHUNK_MAX_BYTES} bytes at a time.",
                        code=413,
                    )
                if upload.offset + got + len(piece) > upload.size:
                    raise Problem(
                        "upload-too-long", "More bytes came than were announced.", "Start a new upload.", code=413
                    )
                file.write(piece)
                if digest is not None:
                    digest.update(piece)
                got += len(piece)
        except UnreadablePostError:
            if checksum is not None:
                got = 0
        except BaseException:
            file.truncate(upload.offset)
            raise
        else:
            if checksum and digest and not hmac.compare_digest(digest.digest(), checksum[1]):
                file.truncate(upload.offset)
                raise Problem(
                    "checksum-mismatch", "These bytes were changed on their way.", "Send them again.", code=460
                )
        file.truncate(upload.offset + got)
        file.flush()
        os.fsync(file.fileno())
    return got


def _advance(upload: Upload, got: int) -> None:
    """Confirms the bytes; the last ones queue the job in the same transaction."""
    if not got:
        return
    before, upload.offset = upload.offset, upload.offset + got
    with transaction.atomic():
        case = Case.objects.select_for_update(of=("self",)).select_related("owner").filter(pk=upload.case_id).first()
        if case is None or case.state != State.RECEIVING:  # given up while the bytes came
            raise quarantine.upload_gone()
        upload.case = case
        upload.save(update_fields=["offset"])
        if upload.offset == upload.size:
            case.state = State.INGESTING
            case.save(update_fields=["state", "changed_at"])
            start_ingest(upload)
            notify(case)
            audit.record(case.owner, "film.upload", case.subject, bytes=upload.size)
        elif upload.offset * PROGRESS_STEPS // upload.size > before * PROGRESS_STEPS // upload.size:
            publish(case.subject, "case.progress", {"offset": upload.offset, "size": upload.size})


def start_ingest(upload: Upload) -> Job:
    case = upload.case
    return enqueue(
        kind="ingest",
        queue=Job.Queue.IO,
        subject=case.subject,
        owner=case.owner,
        inputs={"upload": str(upload.pk)},
        key=f"ingest:{upload.pk}",
    )


def terminate(*, upload: Upload) -> None:
    """The uploader gave up: bytes, names and the never finished case go."""
    with transaction.atomic():
        case = Case.objects.select_for_update().filter(pk=upload.case_id).first()
        if case is None:  # given up twice at once
            raise quarantine.upload_gone()
        if case.state != State.RECEIVING:
            raise Problem("upload-over", "All bytes are here already.", "Delete the case instead.", code=409)
        publish(f"user:{case.owner_id}", "case.listed", {"case": str(case.pk), "state": "deleted"})
        case.delete()
        transaction.on_commit(lambda: quarantine.discard(upload.pk))


def take_in(
    *,
    owner: Any,
    path: str | Path,
    report: str,
    title: str = "",
    note: str = "",
    published: bool = False,
    simulated: bool = False,
    now: bool = False,
) -> Case:
    """A file of this machine through the real upload path, as the demo data and scripts do it.

    The job goes to the `io` worker; with ``now`` it runs here instead, in the caller's process.
    """
    path = Path(path)
    upload = create_upload(
        owner=owner,
        size=path.stat().st_size,
        filename=path.name,
        report=report,
        title=title,
        note=note,
        published=published,
        simulated=simulated,
        limited=False,
    )
    with path.open("rb") as file:
        while upload.offset < upload.size:
            receive(upload=upload, offset=upload.offset, pieces=_pieces(file, settings.UPLOAD_CHUNK_MAX_BYTES))
    if now:
        from gazeapp.cases.services.ingest import ingest

        job = Job.objects.get(key=f"ingest:{upload.pk}", state=Job.State.QUEUED)
        if lease := claim(job.queue, only=job.pk):
            with lease:
                ingest(upload_id=upload.pk, lease=lease)
    return Case.objects.select_related("film", "owner").get(pk=upload.case_id)


def _pieces(file: Any, limit: int) -> Iterator[bytes]:
    """At most `limit` bytes of a file, a piece at a time."""
    while limit > 0 and (piece := file.read(min(PIECE, limit))):
        limit -= len(piece)
        yield piece


def receive_file(*, upload: Upload, file: Any) -> Upload:
    """All of an open file, in as many steps as it needs (for the multipart door)."""
    while upload.offset < upload.size:
        before = upload.offset
        receive(upload=upload, offset=before, pieces=_pieces(file, settings.UPLOAD_CHUNK_MAX_BYTES))
        if upload.offset == before:
            raise Problem("upload-too-short", "Fewer bytes came than were announced.", "Send the file again.")
    return upload
