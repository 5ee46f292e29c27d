"""The ingest job and the stored film: once, whole, or not at all."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gazeapp.cases import quarantine, selectors, services, storage
from gazeapp.cases.models import Film
from gazeapp.core.models import Event, Job
from gazeapp.core.services import claim
from tests.cases.films import REPORT, TIBIA, dicom, file_bytes, ramp

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_words")]


def test_ingest_run_twice_does_its_work_once(take: Any) -> None:
    case = take()

    class Done:
        finished = 0

        def stage(self, name: str, progress: float | None = None) -> None: ...

        def finish(self, write: Any = None) -> None:
            self.finished += 1
            assert write is None

    lease = Done()
    services.ingest(upload_id=case.upload.pk, lease=lease)
    assert lease.finished == 1 and Film.objects.count() == 1


def test_a_worker_that_lost_its_lease_writes_nothing(cast: SimpleNamespace, tmp_path: Path) -> None:
    from gazeapp.core.lease import LeaseLost

    path = tmp_path / "film.dcm"
    path.write_bytes(file_bytes(dicom()))
    case = services.take_in(owner=cast.resident, path=path, report=REPORT)
    old = claim("io")
    Job.objects.update(fence=99)
    assert old is not None
    with pytest.raises(LeaseLost), old:
        services.ingest(upload_id=case.upload.pk, lease=old)
    case.refresh_from_db()
    assert case.state == "ingesting" and case.film_id is None and not Film.objects.exists()


def test_a_cancelled_ingest_is_refused_and_its_bytes_go(
    cast: SimpleNamespace, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    from gazeapp.core.services import cancel

    path = tmp_path / "film.dcm"
    path.write_bytes(file_bytes(dicom()))
    case = services.take_in(owner=cast.resident, path=path, report=REPORT)
    with django_capture_on_commit_callbacks(execute=True):
        cancel(job=Job.objects.get(), by=cast.resident)
    case.refresh_from_db()
    assert (case.state, case.problem["type"]) == ("refused", "/problems/ingest-cancelled")
    assert not [found for found in quarantine.root().rglob("*") if found.is_file()]


def test_a_failed_ingest_can_be_tried_again_by_an_admin(cast: SimpleNamespace, tmp_path: Path) -> None:
    from gazeapp.cases.refusals import problem
    from gazeapp.core.services import retry

    path = tmp_path / "film.dcm"
    path.write_bytes(file_bytes(dicom()))
    case = services.take_in(owner=cast.resident, path=path, report=REPORT)
    lease = claim("io")
    assert lease is not None
    lease.fail(problem("ingest-failed"))
    case.refresh_from_db()
    assert (case.state, case.problem["type"]) == ("refused", "/problems/ingest-failed")
    retry(job=Job.objects.get(), by=cast.admin)
    case.refresh_from_db()
    assert case.state == "ingesting"
    lease = claim("io")
    assert lease is not None
    with lease:
        services.ingest(upload_id=case.upload.pk, lease=lease)
    case.refresh_from_db()
    assert case.state == "ready"


def test_a_refusal_leaves_a_line_and_nothing_else(
    cast: SimpleNamespace, django_capture_on_commit_callbacks: Any
) -> None:
    case = services.take_in(owner=cast.resident, path=TIBIA, report="Dr. Anna Smith", now=True)
    assert (case.state, case.problem["status"], case.report) == ("refused", 422, "")
    assert Job.objects.get().state == "done", "a refusal is an answer, not a failed job"
    assert not [found for found in quarantine.root().rglob("*") if found.is_file()]


def test_followers_are_told_each_step(take: Any) -> None:
    case = take()
    states = [e.data["state"] for e in Event.objects.filter(subject=case.subject, type="case.state")]
    assert states == ["receiving", "ingesting", "ready"]
    stages = [e.data["stage"] for e in Event.objects.filter(subject=case.subject, type="job.stage")]
    assert stages and set(stages) <= {"opening", "looking for words", "storing"}


def test_the_snapshot_of_a_case_is_guarded(take: Any, cast: SimpleNamespace) -> None:
    from django.http import Http404

    case = take()
    assert selectors.live_case(cast.resident, str(case.pk))["state"] == "ready"
    upload = services.create_upload(owner=cast.resident, size=10)
    state = selectors.live_case(cast.resident, str(upload.case_id))
    assert state["upload"] == {"offset": 0, "size": 10}
    for ident in (str(case.pk), "nonsense", ""):
        with pytest.raises(Http404):
            selectors.live_case(cast.second_resident, ident)


def test_orphans_and_damage_are_noticed(take: Any) -> None:
    film = take().film
    stray = storage.pixels_path("0" * 64)
    storage.write_whole(stray, b"x")
    fresh = storage.pixels_path("1" * 64)
    storage.write_whole(fresh, b"x")
    os.utime(stray, (0, 0))
    os.utime(storage.pixels_path(film.sha256), (0, 0))
    assert storage.sweep_orphans() == 1
    assert not stray.exists() and fresh.exists() and storage.pixels_path(film.sha256).exists()
    storage.pixels_path(film.sha256).write_bytes(gzip.compress(b"\0" * 80 * 96 * 2))
    with pytest.raises(ValueError, match="damaged"):
        storage.film_pixels(film.sha256)


def test_a_write_that_fails_leaves_no_half_film(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(storage.os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            storage.store_film(ramp().tobytes(), 80, 96, b"png")
    assert not [path for path in (tmp_path / "media").rglob("*") if path.is_file()]
