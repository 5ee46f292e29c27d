"""What the hourly sweep takes away: uploads that never ended, reports nobody confirmed, and whatever a crash left
behind."""

from __future__ import annotations

import contextlib
import time

from django.db import transaction
from django.utils import timezone

from gazeapp.cases import quarantine, refusals, spool, storage
from gazeapp.cases.models import Case, Film, Upload
from gazeapp.cases.services.case_states import refuse
from gazeapp.cases.services.films import drop_unused_film
from gazeapp.core.models import Job

State = Case.State
EXPIRED = {
    State.RECEIVING: "upload-expired",
    State.CONFIRMING: "report-not-confirmed",
    State.INGESTING: "ingest-failed",
}


def sweep_uploads() -> int:
    """Deletes what is past its time; returns how many things went."""
    swept = 0
    for upload in Upload.objects.filter(expires_at__lt=timezone.now()).select_related("case"):
        swept += _expire(upload)
    known = {str(pk) for pk in Upload.objects.values_list("pk", flat=True)}
    for upload_id in quarantine.strays(known):
        quarantine.discard(upload_id)
        swept += 1
    swept += _sweep_spool()
    for sha256 in list(Film.objects.filter(cases=None).values_list("pk", flat=True)):
        swept += drop_unused_film(sha256)
    return swept + storage.sweep_orphans()


def _expire(upload: Upload) -> int:
    with transaction.atomic():
        case = Case.objects.select_for_update(of=("self",)).get(pk=upload.case_id)
        if case.state == State.INGESTING and Job.objects.filter(subject=case.subject, state__in=Job.ACTIVE).exists():
            return 0  # its job still runs or waits; it decides
        if kind := EXPIRED.get(State(case.state)):
            refuse(case, refusals.problem(kind))
        Upload.objects.filter(pk=upload.pk).delete()
        transaction.on_commit(lambda: quarantine.discard(upload.pk))
    return 1


def _sweep_spool() -> int:
    """Request bodies that a killed web process left in the spool folder."""
    swept = 0
    for path in spool.folder().iterdir():
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < time.time() - quarantine.STRAY_AFTER_S:
                path.unlink()
                swept += 1
    return swept
