"""What the sweep takes from the folders of runs, and what it leaves."""

from __future__ import annotations

import os
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from gazeapp.core.models import Job
from gazeapp.training import folders
from gazeapp.training.models import RunReading, TrainingRun
from gazeapp.training.runs import run_dict
from gazeapp.training.services import sweep
from tests.training.conftest import Room, again

NOBODY = "00000000-0000-4000-8000-000000000000"
pytestmark = pytest.mark.django_db


def left_by(run: TrainingRun, state: str, days: float) -> list[str]:
    """A folder with everything in it, of a run that has been in this state so long; what the sweep leaves of it."""
    folder = folders.of(run.pk)
    for name in folders.GO:
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "dataset.json").touch()
    for name in (folders.LOG, folders.PROGRESS):
        (folder / name).touch()
    ended = timezone.now() - timedelta(days=days)
    Job.objects.filter(pk=run.job_id).update(state=state, finished_at=None if state in Job.ACTIVE else ended)
    sweep()
    return sorted(path.name for path in folder.iterdir() if path.name != folders.LOCK)


def ready(room: Room) -> TrainingRun:
    """A run whose data are written."""
    run = room.create()
    TrainingRun.objects.filter(pk=run.pk).update(dataset={"counts": {}, "sha256": ""})
    RunReading.objects.bulk_create(
        RunReading(run=run, recording=found.recording, reader=found.recording.reader) for found in room.readings
    )
    return run


def test_what_may_not_be_used_any_more_goes_at_once_and_a_run_that_can_still_run_keeps_it(room: Room) -> None:
    run = ready(room)
    room.readings[0].recording.delete()
    assert folders.DATA in left_by(run, "running", 0)
    assert folders.DATA not in left_by(run, "cancelled", 0)


def test_data_and_checkpoints_go_when_a_run_is_done_or_was_over_for_a_month(room: Room) -> None:
    run = ready(room)
    kept = sorted([folders.LOG, folders.PROGRESS])
    everything = sorted([*folders.GO, *kept])
    assert left_by(run, "done", 0) == kept
    for state in ("failed", "cancelled"):
        assert left_by(run, state, 29.9) == everything
        assert left_by(run, state, 30.1) == kept
    for state in ("queued", "running"):
        assert left_by(run, state, 99) == everything


def test_checkpoints_that_were_swept_are_not_promised_any_more(room: Room) -> None:
    run = again(ready(room))
    left_by(run, "failed", 1)
    (folders.of(run.pk) / folders.RUN / "checkpoint-4").mkdir()
    assert run_dict(run)["checkpoints"] == [4]
    folders.clear(folders.of(run.pk))
    assert run_dict(run)["checkpoints"] == []


def test_a_folder_in_which_somebody_works_is_left_alone(room: Room) -> None:
    run = ready(room)
    with folders.locked(folders.of(run.pk)):
        assert folders.DATA in left_by(run, "failed", 99)
    assert folders.DATA not in left_by(run, "failed", 99)


@pytest.mark.parametrize("name", [NOBODY, f"judge-{NOBODY}"])
def test_a_folder_of_no_run_goes_after_a_day(name: str, room: Room) -> None:
    folder = folders.of(name)
    with folders.locked(folder):
        pass
    sweep()
    assert folder.is_dir()
    before = time.time() - 25 * 3600
    os.utime(folder, (before, before))
    sweep()
    assert not folder.exists()
