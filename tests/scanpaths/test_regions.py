"""The named regions of a film: asked for once a film and model, found by a job, and without them all else works."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings

from gazeapp.cases import storage
from gazeapp.cases.models import Case
from gazeapp.core import services as jobs
from gazeapp.core.models import Job
from gazeapp.scanpaths import selectors, services
from gazeapp.scanpaths.models import FilmRegions, Prediction
from ml.demo.regions import FoundRegions
from worker.tasks import run

pytestmark = pytest.mark.django_db
FOUND = FoundRegions({"heart": (0.4, 0.5, 0.7, 0.9), "right upper": (0.1, 0.1, 0.3, 0.3)})


class Finder:
    """Finds what it is told to, as `ml.demo.regions.find_regions` does."""

    def __init__(self) -> None:
        self.found = FOUND
        self.calls = 0

    def find(self, film: Any) -> FoundRegions:
        self.calls += 1
        assert film.shape == (8, 10)
        return self.found


@pytest.fixture
def finder(monkeypatch: pytest.MonkeyPatch) -> Finder:
    from worker import predictors
    from worker.handlers import regions

    stand_in = Finder()
    monkeypatch.setattr(predictors, "predictor", lambda sha256: stand_in)
    monkeypatch.setattr(regions, "find_regions", Finder.find)
    return stand_in


def ask(case: Case) -> FilmRegions:
    return services.request_regions(film_sha256=case.film_id or "", by=case.owner)


def work(row: FilmRegions) -> Job:
    """Runs the job of these regions as a worker does."""
    assert row.job is not None
    lease = jobs.claim("predict", only=row.job.pk)
    assert lease is not None
    run(lease)
    row.refresh_from_db()
    return Job.objects.get(pk=row.job_id)


def test_they_are_found_once_and_stored_as_they_were_found(case: Case, finder: Finder) -> None:
    row = ask(case)
    assert selectors.regions_of(case.film_id or "") is None
    assert work(row).state == "done"
    found = selectors.regions_of(case.film_id or "")
    assert found is not None
    assert found.boxes == {"heart": [0.4, 0.5, 0.7, 0.9], "right upper": [0.1, 0.1, 0.3, 0.3]}
    assert ask(case) == row
    assert (finder.calls, Job.objects.filter(kind="regions").count()) == (1, 1)


def test_two_who_ask_at_once_wait_for_one_job(case: Case, finder: Finder) -> None:
    assert ask(case).job == ask(case).job
    assert Job.objects.filter(kind="regions").count() == 1


def test_another_model_finds_its_own_and_the_newest_are_shown(
    case: Case, finder: Finder, model: SimpleNamespace
) -> None:
    work(ask(case))
    model.sha256 = "e" * 64
    finder.found = FoundRegions({"heart": (0.0, 0.0, 1.0, 1.0)})
    work(ask(case))
    shown = selectors.regions_of(case.film_id or "")
    assert shown is not None and shown.model_sha256 == "e" * 64
    assert FilmRegions.objects.count() == 2


def test_a_film_on_which_none_are_found_says_why_and_is_not_asked_again(case: Case, finder: Finder) -> None:
    finder.found = FoundRegions(problem="The right lung was not found on this film.")
    work(ask(case))
    shown = selectors.regions_of(case.film_id or "")
    assert shown is not None and (shown.boxes, shown.problem) == ({}, finder.found.problem)
    ask(case)
    assert Job.objects.filter(kind="regions").count() == 1


def test_a_ready_case_asks_for_regions_and_prediction_and_without_a_model_for_neither(
    case: Case, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    services.case_ready(case=case, by=case.owner)
    assert (FilmRegions.objects.count(), Prediction.objects.count()) == (1, 1)
    FilmRegions.objects.all().delete()
    Prediction.objects.all().delete()
    monkeypatch.undo()
    monkeypatch.setattr(settings, "MEDGAZE_MODEL", tmp_path / "none")
    assert services.case_ready(case=case, by=case.owner) is None
    assert not FilmRegions.objects.exists()


def test_a_film_that_is_gone_when_the_job_runs_is_told_and_can_be_asked_for_again(case: Case, finder: Finder) -> None:
    row = ask(case)
    storage.remove_film(case.film_id or "")
    job = work(row)
    assert (job.state, job.error["type"]) == ("failed", "/problems/case-gone")  # type: ignore[index]
    assert row.boxes is None
    assert ask(case).job_id != job.pk


def test_a_version_that_is_not_here_finds_nothing_and_no_other_does(case: Case) -> None:
    row = ask(case)
    job = work(row)
    assert (job.state, job.error["type"]) == ("failed", "/problems/model-gone")  # type: ignore[index]
    assert row.boxes is None


def test_a_job_that_runs_again_after_its_result_was_stored_changes_nothing(case: Case, finder: Finder) -> None:
    row = ask(case)
    services.store_regions(regions=row, boxes={"heart": [0, 0, 1, 1]}, problem="")
    assert work(row).state == "done"
    assert (row.boxes, finder.calls) == ({"heart": [0, 0, 1, 1]}, 0)
