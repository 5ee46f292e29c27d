"""What the train worker writes: the data before the training, and what came of it."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import transaction

from gazeapp.core.problems import Problem
from gazeapp.exports.services import write_for_training
from gazeapp.recordings.selectors import consented
from gazeapp.scanpaths import services as scanpaths
from gazeapp.scanpaths.models import ModelVersion
from gazeapp.training import data as readings_of
from gazeapp.training import folders
from gazeapp.training.models import RunReading, TrainingRun
from ml.medgaze.model_info import MANIFEST

INDEX = "dataset.json"
MODEL = "model"  # in the folder of the training


def written(run: TrainingRun, folder: Path) -> bool:
    """Whether the data that it learns from are there and may still be used: everybody in it agrees to training now."""
    if run.dataset is None or not (folder / folders.DATA / INDEX).is_file():
        return False
    rows = RunReading.objects.filter(run=run)
    allowed = rows.filter(recording__in=consented("training").values("pk"))
    return rows.count() == allowed.count()


def write_data(*, run: TrainingRun, folder: Path, on_progress: Callable[[int, int], None]) -> None:
    """Write what it learns from, of those who agree to training now, in place of what is there. Checkpoints that saw
    other data go.

    on_progress: hears how much is written, and of how much.

    Raises:
        Problem: release-gone; training-no-data, training-too-little-data; disk-full.
    """
    folders.begin_anew(folder)
    half = folder / folders.HALF
    release = readings_of.release_of(run.data)
    while True:
        if lacking := readings_of.lacking(readings_of.readings(run.data)):
            raise lacking
        asked = _ids(run)
        folders.clear(folder)
        try:
            half.mkdir(parents=True)
            index = write_for_training(
                half,
                release=release,
                query=readings_of.query_of(run.data),
                progress=on_progress,
                reports=folder / folders.REPORTS,
            )
            digest = hashlib.sha256((half / INDEX).read_bytes()).hexdigest()
        except OSError as error:
            folders.clear(folder)
            raise disk_problem(error) from error
        now = _ids(run)
        if asked <= now:  # nobody has withdrawn meanwhile
            break
    half.rename(folder / folders.DATA)
    rows = [RunReading(run=run, recording_id=pk, reader_id=reader) for pk, reader in sorted(now)]
    with transaction.atomic():
        RunReading.objects.filter(run=run).delete()
        RunReading.objects.bulk_create(rows, batch_size=500)
        run.dataset = {"counts": index["counts"], "sha256": digest}
        run.counts = readings_of.counted(readings_of.readings(run.data))
        run.save(update_fields=["dataset", "counts"])


def has_model(folder: Path) -> bool:
    """Whether its training has left a whole model, which says so last."""
    return (folder / folders.RUN / MODEL / MANIFEST).is_file()


def register(*, run: TrainingRun, folder: Path, result: dict[str, Any]) -> ModelVersion:
    """Make its model a version that may be promoted, with what it began from. The same weights stay one version.

    result: as `TrainingRun.result`.

    Raises:
        Problem: model-refused, model-damaged; disk-full.
    """
    try:
        version = scanpaths.register_model(
            folder=folder / folders.RUN / MODEL, by=run.by or f"training:{run.pk}", parent=run.parent
        )
    except Problem as problem:
        if problem.kind == "model-not-kept":
            raise full(problem.detail) from problem
        raise
    run.version, run.result = version, result
    run.save(update_fields=["version", "result"])
    return version


def ended(*, run: TrainingRun, note: str, pace: dict[str, Any]) -> None:
    """Called by the lease's `finish`, in its transaction."""
    run.note, run.result = note, {**(run.result or {}), "pace": pace}
    run.save(update_fields=["note", "result"])


def disk_problem(error: OSError) -> Problem:
    """Of a file that could not be written. Raises the error again where the disk is not full."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return full(f"{error.strerror}.")
    raise error


def full(why: str) -> Problem:
    return Problem(
        "disk-full",
        "The server's disk is full.",
        f"{why} Make room, then resume the run: it goes on from where it was.".strip(),
        code=507,
    )


def _ids(run: TrainingRun) -> set[tuple[Any, Any]]:
    """(recording, reader) of what it may learn from now."""
    return set(readings_of.readings(run.data).values_list("pk", "reader_id"))
