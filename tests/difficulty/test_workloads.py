"""Predicted workload: found once a film, report and model version, by a job that everybody else's goes before."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework.test import APIClient

from gazeapp.cases import storage
from gazeapp.cases.models import Case
from gazeapp.cases.services import approve, edit_case
from gazeapp.core import services as jobs
from gazeapp.core.models import Job
from gazeapp.difficulty import rows, services
from gazeapp.difficulty.models import Place, Workload
from gazeapp.difficulty.services import workloads
from gazeapp.difficulty.services.workloads import request_workload
from ml.gaze.scanpath import Fixation, Reading, Scanpath
from tests.cases.films import stored_case
from tests.cases.teaching import key_of
from tests.difficulty.conftest import ladder_rows, moved, place
from tests.practice.conftest import film
from worker.tasks import run

pytestmark = pytest.mark.django_db
MODEL = "f" * 64


class Reader:
    """Reads as ``MedGazePredictor.predict`` does: its k-th sample is k fixations of a tenth of a second."""

    def __init__(self) -> None:
        self.model_info = SimpleNamespace(sha256=MODEL)
        self.asked: list[tuple[str, int, int]] = []

    def predict(self, film: Any, report: str, *, samples: int, seed: int) -> Reading:
        self.asked.append((report, samples, seed))
        paths = [Scanpath(tuple(Fixation(0.5, 0.5, 0.1 * n, 0.1) for n in range(k))) for k in range(1, samples + 1)]
        return Reading(tuple(paths), seed, self.model_info.sha256, ((0, len(report)),), 0)


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Which model the server has; tests may change it."""
    info = SimpleNamespace(name="stand-in", sha256=MODEL, simulated=True)
    for module in (workloads, rows):
        monkeypatch.setattr(module, "current_model", lambda: info)
    return info


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    from worker import predictors

    stand_in = Reader()
    monkeypatch.setattr(predictors, "predictor", lambda sha256: stand_in)
    return stand_in


def work(job: Job | None = None) -> Job | None:
    """Runs that job, or the next of the queue, as a worker does."""
    lease = jobs.claim("predict", only=job.pk if job else None)
    if lease is None:
        return None
    run(lease)
    return Job.objects.get(pk=lease.job.pk)


def asked(case: Case) -> Workload:
    row = request_workload(case)
    assert row is not None and row.job is not None
    return row


def test_the_approval_of_a_key_puts_the_case_on_the_ladder_and_asks_for_its_workload(
    cast: SimpleNamespace,
) -> None:
    case = stored_case(cast.faculty, film(1), title="New")
    draft = key_of(case, cast.faculty, state="draft")
    approve(case=case, by=cast.faculty, seen=draft.changed_at)
    assert (place(case).place, place(case).attempts) == (0.0, 0)
    assert [row["case"] for row in moved()] == [str(case.pk)]
    job = Job.objects.get(kind="workload")
    assert (job.later, job.queue, job.owner) == (True, "predict", None)
    draft = key_of(case, cast.faculty, state="draft")
    approve(case=case, by=cast.faculty, seen=draft.changed_at)
    assert (Place.objects.count(), Workload.objects.count(), Job.objects.filter(kind="workload").count()) == (1, 1, 1)


def test_without_a_model_a_key_is_approved_all_the_same(
    cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any
) -> None:
    monkeypatch.undo()
    settings.MEDGAZE_MODEL = tmp_path / "none"
    case = stored_case(cast.faculty, film(1))
    draft = key_of(case, cast.faculty, state="draft")
    approve(case=case, by=cast.faculty, seen=draft.changed_at)
    assert (Place.objects.count(), Workload.objects.count()) == (1, 0)
    assert services.request_workloads(5) == 0


def test_it_is_the_mean_of_twenty_readings_with_its_interval(
    ladder: SimpleNamespace, faculty: APIClient, reader: Reader
) -> None:
    """1 to 20 fixations of .1 s: totals of .1 to 2 s with mean 1.05 and SD sqrt(35) / 10 = .591608; Student's interval
    of 19 degrees is 1.05 -+ 2.093 * .591608 / sqrt(20) = .276878."""
    row = asked(ladder.cases[0])
    done = work(row.job)
    assert done is not None and done.state == "done"
    assert reader.asked == [(ladder.cases[0].report, 20, 0)]
    row.refresh_from_db()
    assert row.counts == list(range(1, 21))
    assert row.totals == pytest.approx([k / 10 for k in range(1, 21)])
    (shown,) = [row for row in ladder_rows(faculty) if row["case"] == str(ladder.cases[0].pk)]
    predicted = shown["predicted"]
    assert predicted["seconds"] == pytest.approx(1.05)
    assert predicted["low"] == pytest.approx(0.773122, abs=1e-5)
    assert predicted["high"] == pytest.approx(1.326878, abs=1e-5)
    assert (predicted["fixations"], predicted["model"]) == (10.5, "stand-in")
    assert moved()[-1] == rows.observed_only(shown)


def test_it_is_found_once_and_one_that_is_there_is_not_found_again(ladder: SimpleNamespace, reader: Reader) -> None:
    row = asked(ladder.cases[0])
    assert asked(ladder.cases[0]).pk == row.pk
    work(row.job)
    again = jobs.enqueue(
        kind="workload", queue="predict", subject="x", owner=None, inputs={"workload": row.pk}, key="again"
    )
    done = work(again)
    assert done is not None and done.state == "done"
    assert len(reader.asked) == 1


def test_everybody_elses_job_goes_first_though_it_came_later(ladder: SimpleNamespace, reader: Reader) -> None:
    row = asked(ladder.cases[0])
    theirs = jobs.enqueue(kind="sleep", queue="predict", subject="x", owner=None, inputs={"seconds": 0}, key="theirs")
    first = work()
    assert first is not None and first.pk == theirs.pk
    second = work()
    assert second is not None and second.pk == row.job_id


def test_another_report_and_another_model_have_workloads_of_their_own(
    ladder: SimpleNamespace, faculty: APIClient, reader: Reader, model: SimpleNamespace
) -> None:
    case = ladder.cases[0]
    work(asked(case).job)
    edit_case(case=case, by=ladder.faculty, report="A longer report of the same film.")
    case.refresh_from_db()
    assert not [row for row in ladder_rows(faculty) if row["predicted"]]
    work(asked(case).job)
    assert reader.asked[-1][0] == "A longer report of the same film."
    model.sha256 = reader.model_info.sha256 = "e" * 64
    model.name = "another"
    work(asked(case).job)
    assert Workload.objects.filter(film_sha256=case.film_id).count() == 3
    (shown,) = [row for row in ladder_rows(faculty) if row["predicted"]]
    assert shown["predicted"]["model"] == "another"


def test_a_model_that_has_found_nothing_yet_leaves_the_last_ones_shown(
    ladder: SimpleNamespace, faculty: APIClient, reader: Reader, model: SimpleNamespace
) -> None:
    work(asked(ladder.cases[0]).job)
    model.sha256, model.name = "e" * 64, "another"
    (shown,) = [row for row in ladder_rows(faculty) if row["predicted"]]
    assert shown["predicted"]["model"] == "stand-in"


@pytest.mark.parametrize("why", ["film gone", "case gone", "version gone"])
def test_what_can_not_be_found_fails_in_words_and_is_not_asked_for_again_by_itself(
    why: str, ladder: SimpleNamespace
) -> None:
    case = ladder.cases[0]
    row = asked(case)  # by a version that is not here
    if why == "film gone":
        storage.remove_film(case.film_id)
    elif why == "case gone":
        case.delete()
    done = work(row.job)
    assert done is not None and done.error is not None
    kind = "model-gone" if why == "version gone" else "case-gone"
    assert (done.state, done.error["type"]) == ("failed", f"/problems/{kind}")
    if why != "case gone":
        assert request_workload(case) == row
        assert Job.objects.filter(kind="workload").count() == 1


def test_missing_ones_are_asked_for_a_few_at_a_time(ladder: SimpleNamespace) -> None:
    assert services.request_workloads(2) == 2
    assert set(Workload.objects.values_list("film_sha256", flat=True)) == {case.film_id for case in ladder.cases[:2]}


def test_none_is_asked_for_while_anything_waits_or_runs_in_the_queue(ladder: SimpleNamespace) -> None:
    waits = jobs.enqueue(kind="sleep", queue="predict", subject="x", owner=None, inputs={}, key="theirs")
    assert services.request_workloads(5) == 0
    lease = jobs.claim("predict", only=waits.pk)
    assert lease is not None
    assert services.request_workloads(5) == 0
    lease.finish()
    jobs.enqueue(kind="sleep", queue="io", subject="x", owner=None, inputs={}, key="elsewhere")
    assert services.request_workloads(5) == 3


def test_each_that_is_found_asks_for_the_next_until_none_is_missing(ladder: SimpleNamespace, reader: Reader) -> None:
    assert services.request_workloads(1) == 1
    while work() is not None:
        pass
    assert Workload.objects.filter(found_at__isnull=False).count() == 3
    assert services.request_workloads(5) == 0


def test_the_sweep_gives_cases_from_before_the_ladder_their_place_and_asks_for_workloads(
    teaching: SimpleNamespace,
) -> None:
    assert not Place.objects.exists()
    assert services.sweep() == 6  # three places, three workloads
    assert (Place.objects.count(), Workload.objects.count()) == (3, 3)
    assert services.sweep() == 0


def test_what_is_held_or_has_no_key_is_not_asked_for(ladder: SimpleNamespace) -> None:
    Case.objects.filter(pk=ladder.cases[0].pk).update(held=True)
    stored_case(ladder.faculty, film(9), title="Without a key")
    assert services.request_workloads(5) == 2


def test_nobody_follows_a_workloads_job(ladder: SimpleNamespace, client_for: Callable[[Any], APIClient]) -> None:
    row = asked(ladder.cases[0])
    for person in (ladder.resident, ladder.faculty):
        assert client_for(person).get("/api/v1/events/", {"subject": f"workload:{row.pk}"}).status_code == 404
        assert client_for(person).get(f"/api/v1/jobs/{row.job_id}/").status_code == 404
    assert client_for(ladder.admin).get(f"/api/v1/jobs/{row.job_id}/").status_code == 200
