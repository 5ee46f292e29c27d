"""What the hourly sweep does with the folders of runs: people's gaze and checkpoints do not stay for ever."""

from __future__ import annotations

import shutil
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.utils import timezone

from gazeapp.core.models import Job
from gazeapp.training import folders
from gazeapp.training.models import Schedule, TrainingRun
from gazeapp.training.services.scheduling import start_scheduled
from gazeapp.training.services.working import written

KEPT = timedelta(days=30)  # data and checkpoints of a run that failed or was cancelled, so that it can be resumed
ORPHAN_AFTER_S = 24 * 3600.0  # a folder without a row may belong to a transaction that is about to commit


def sweep() -> int:
    """Deletes data and checkpoints of runs that are done, or were over for a month, or hold what may not be used any
    more, and folders of no run; gives of how many. Before that it starts what schedules were due and were not told so:
    the broker may have lost that.
    """
    for pk in Schedule.objects.filter(enabled=True).values_list("pk", flat=True):
        start_scheduled(str(pk))
    swept = 0
    for folder in sorted(folders.root().glob("*")):
        if folder.is_dir():
            with folders.locked(folder) as ours:
                swept += ours and _sweep(folder)
    return swept


def _sweep(folder: Path) -> bool:
    try:
        run = TrainingRun.objects.select_related("job").filter(pk=UUID(folder.name)).first()
    except ValueError:
        run = None
    if run is None:
        old = time.time() - folder.stat().st_mtime > ORPHAN_AFTER_S
        if old:
            shutil.rmtree(folder, ignore_errors=True)
        return old
    if run.job.state == Job.State.DONE:
        return folders.clear(folder)
    if run.job.state not in {Job.State.FAILED, Job.State.CANCELLED}:
        return False
    long_ago = run.job.finished_at is not None and run.job.finished_at < timezone.now() - KEPT
    return (long_ago or not written(run, folder)) and folders.clear(folder)
