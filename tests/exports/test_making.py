"""Making a release: killed, late, cancelled, on a full disk. Nothing half made shows, nothing ready changes."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings

from gazeapp.cases.storage import pixels_path
from gazeapp.core.jobs import put_back
from gazeapp.core.lease import LeaseLost
from gazeapp.core.models import AuditEvent, Event, Job
from gazeapp.core.services import claim, retry
from gazeapp.exports import collecting, storage, writing
from gazeapp.exports.models import Release, ReleaseReading
from gazeapp.exports.services import make_release, sweep
from tests.exports import data
from tests.practice.conftest import consent

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What no handler hears of: the process is gone."""


def folders(release: Release) -> list[Path]:
    return sorted((Path(settings.MEDIA_ROOT) / "releases").glob(f"{release.pk}.*"))


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str, int], None]:
    """Lets a function die at its n-th call, and work again afterwards."""

    def make(module: Any, name: str, at: int) -> None:
        real, calls = getattr(module, name), []

        def die(*args: Any, **kwargs: Any) -> Any:
            calls.append(args)
            if len(calls) == at:
                raise Killed
            return real(*args, **kwargs)

        monkeypatch.setattr(module, name, die)

    return make


@pytest.mark.parametrize(
    ("module", "name", "at"),
    [(writing, "write_export", 1), (writing, "_png", 2), (storage, "pack", 1), (storage, "seal", 1)],
)
def test_killed_halfway_nothing_is_visible_and_run_again_it_is_the_same_bytes(
    module: Any, name: str, at: int, lab: SimpleNamespace, dying: Callable[[Any, str, int], None]
) -> None:
    whole = data.made(lab, films=True)
    release = data.approved(lab, films=True)
    dying(module, name, at)
    with pytest.raises(Killed):
        data.run_job(release)
    told = data.shown(lab.asks, release)
    assert (told["state"], told["files"], told["archive"], told["counts"]["readings"]) == ("making", [], None, 0)
    data.accept(lab.asks, release)
    assert data.fetch(lab.asks, release).status_code == data.fetch(lab.asks, release, "cases.csv").status_code == 409
    assert not ReleaseReading.objects.filter(release=release).exists()
    job = Job.objects.get(pk=release.job_id)
    put_back(job.pk, when=claim_of(job), strike=True)
    data.run_job(release)
    release.refresh_from_db()
    assert release.state == "ready" and folders(release) == [data.folder(release).parent]
    assert data.contents(data.folder(release)) == data.contents(data.folder(whole))
    assert release.archive == whole.archive


def claim_of(job: Job) -> Any:
    from django.db.models import Q

    return Q(fence=job.fence)


def test_a_worker_that_lost_the_job_changes_nothing_of_what_another_made(lab: SimpleNamespace) -> None:
    """The first stands still before its first step; a second one takes the job and finishes; then the first goes on."""
    release = data.approved(lab)
    late = claim(Job.Queue.IO, only=release.job_id)
    assert late is not None
    put_back(release.job_id, when=claim_of(Job.objects.get(pk=release.job_id)), strike=True)
    data.run_job(release)
    before = data.contents(storage.root())
    made = storage.new_folder(release, late.fence)  # the late one comes as far as this
    (made / "data" / "cases.csv").write_text("half")
    with late, pytest.raises(LeaseLost):
        late.finish()
    now = data.contents(storage.root())
    now.pop(f"{made.name}/data/cases.csv")
    assert now == before
    with late, pytest.raises(LeaseLost):
        make_release(release_id=str(release.pk), lease=late)


def test_a_job_that_runs_again_after_its_result_was_stored_leaves_it_alone(lab: SimpleNamespace) -> None:
    release = data.made(lab)
    before = data.contents(storage.root())
    Job.objects.filter(pk=release.job_id).update(state="queued")
    data.run_job(release)
    assert data.contents(storage.root()) == before
    assert Job.objects.get(pk=release.job_id).state == "done"


def test_a_full_disk_is_said_leaves_nothing_and_is_mended_by_a_retry(
    lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = data.approved(lab)

    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(storage, "seal", full)
        data.run_jobs()
    told = data.shown(lab.asks, release)
    assert (told["state"], told["job"]["state"], told["job"]["error"]["type"]) == (
        "failed", "failed", "/problems/disk-full",
    )  # fmt: skip
    assert folders(release) == []
    retry(job=Job.objects.get(pk=release.job_id), by=lab.admin)
    assert data.shown(lab.asks, release)["state"] == "making"
    data.run_jobs()
    assert data.shown(lab.asks, release)["state"] == "ready"


def test_when_everybody_withdrew_the_job_fails_in_words(lab: SimpleNamespace) -> None:
    release = data.approved(lab, sources=["tracker"])
    consent(lab.resident)
    consent(lab.second_resident)
    data.run_jobs()
    error = data.shown(lab.asks, release)["job"]["error"]
    assert (error["type"], error["detail"][:12]) == ("/problems/nothing-to-release", "Nothing yet:")


def test_a_film_that_is_gone_from_the_disk_is_said(lab: SimpleNamespace) -> None:
    release = data.approved(lab, films=True)
    pixels_path(lab.cases[0].film_id).unlink()
    data.run_jobs()
    told = data.shown(lab.asks, release)
    assert told["job"]["error"]["type"] == "/problems/film-lost"


def test_a_file_that_the_disk_changed_before_it_was_packed_is_never_released(
    lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = storage.pack

    def rotten(folder: Path, *args: Any) -> Any:
        path = folder / "data" / "fixations.csv"
        path.write_bytes(path.read_bytes()[:-1] + b"9")
        return pack(folder, *args)

    monkeypatch.setattr(storage, "pack", rotten)
    release = data.approved(lab)
    data.run_jobs()
    release.refresh_from_db()
    assert release.state != "ready" and folders(release) == []


def test_a_release_is_never_changed_and_never_deleted(lab: SimpleNamespace) -> None:
    release = data.made(lab)
    with pytest.raises(ValueError, match="never changed"):
        release.save()
    with pytest.raises(ValueError, match="never deleted"):
        release.delete()
    for path in data.folder(release).parent.rglob("*"):
        assert path.is_dir() or path.stat().st_mode & 0o222 == 0


def test_what_people_do_later_changes_nothing_of_it(lab: SimpleNamespace) -> None:
    release = data.made(lab)
    before = data.contents(storage.root())
    consent(lab.resident)
    lab.cases[0].published = False
    lab.cases[0].save()
    data.made(lab)
    told = data.shown(lab.asks, release)
    assert told["counts"]["readings"] == 9
    now = data.contents(storage.root())
    assert {name: now[name] for name in before} == before


def test_releases_are_numbered_as_they_were_approved(lab: SimpleNamespace) -> None:
    first, second = data.approved(lab), data.approved(lab)
    assert (first.number, second.number) == (1, 2)
    data.run_job(second)
    assert lab.asks.get(f"{data.API}/releases/latest/").json()["version"] == "2"
    data.run_job(first)
    assert lab.asks.get(f"{data.API}/releases/latest/").json()["version"] == "2"


def test_while_none_is_ready_there_is_no_latest(lab: SimpleNamespace) -> None:
    data.approved(lab)
    assert lab.asks.get(f"{data.API}/releases/latest/").status_code == 404


def test_its_page_hears_of_stages_and_of_the_end(lab: SimpleNamespace) -> None:
    release = data.made(lab)
    told = list(Event.objects.filter(subject=release.subject).values_list("type", "data"))
    stages = [one["stage"] for kind, one in told if kind == "job.stage"]
    assert [stage for n, stage in enumerate(stages) if stage not in stages[:n]] == ["choosing", "writing", "packing"]
    shares = [one["progress"] for kind, one in told if kind == "job.stage"]
    assert shares == sorted(shares) and 0 <= shares[0] <= shares[-1] <= 1
    assert ("release.done", {"number": 1}) in told
    (made,) = AuditEvent.objects.filter(verb="release-made", target=release.subject)
    assert made.detail == {"number": 1, "readings": 9}


def test_the_sweeper_takes_what_no_release_names_when_it_is_old_enough(lab: SimpleNamespace) -> None:
    ready, making = data.made(lab), data.approved(lab)
    orphan = storage.root() / "00000000-0000-4000-8000-000000000000.3"
    running = storage.new_folder(making, 1)
    (orphan / "data").mkdir(parents=True)
    assert sweep() == 0
    for path in (orphan, running, data.folder(ready).parent):
        os.utime(path, (time.time() - 7200,) * 2)
    assert sweep() == 1
    assert not orphan.exists() and running.exists() and data.folder(ready).exists()


def test_no_more_than_some_cases_stand_in_memory(lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """One at a time here: when the second is read from the database, the first one's report is on the disk."""
    seen: list[int] = []
    release = data.approved(lab, reports=True)
    read = collecting._sets

    def reading(wanted: Any) -> Any:
        assert len(wanted) == 3  # one case's
        seen.append(len(list((folders(release)[0] / "data").glob("reports/*"))))
        return read(wanted)

    monkeypatch.setattr(collecting, "AT_ONCE", 1)
    monkeypatch.setattr(collecting, "_sets", reading)
    data.run_job(release)
    assert seen == [0, 1, 2]


def test_a_release_with_people_s_readings_is_partly_simulated(lab: SimpleNamespace) -> None:
    def labels(**query: Any) -> tuple[bool, bool]:
        found = data.shown(lab.asks, data.made(lab, **query))
        return found["simulated"], found["partly_simulated"]

    assert labels() == (True, True)
    assert labels(simulated="only") == (True, False)
    assert labels(simulated="without") == (False, False)
