"""One person has only so many predictions under way; what asks for nothing new, and what nobody asked for, is free."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gazeapp.cases.models import Case
from gazeapp.core import services as jobs
from gazeapp.core.models import Job
from gazeapp.scanpaths import services
from gazeapp.scanpaths.models import Prediction

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(case: Case, cast: SimpleNamespace, client_for: Any, settings: Any) -> Any:
    """Asks for the reading of a seed as the resident, of whose predictions two may be open."""
    settings.PREDICTIONS_OPEN = 2
    client = client_for(cast.resident)
    return lambda seed: client.post(f"/api/v1/cases/{case.pk}/predictions/", {"seed": seed}, format="json")


def test_one_more_than_the_limit_is_refused_in_words_and_leaves_nothing(ask: Any) -> None:
    assert [ask(seed).status_code for seed in (1, 2)] == [202, 202]
    refused = ask(3)
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-predictions")
    assert refused.json()["detail"] == (
        "2 of yours wait or run, and one person may have 2. Wait until some are done, or cancel some."
    )
    assert int(refused["Retry-After"]) > 0
    assert Prediction.objects.count() == Job.objects.filter(kind="predict").count() == 2


def test_one_that_is_done_or_cancelled_makes_room(ask: Any) -> None:
    for seed in (1, 2):
        ask(seed)
    job = Job.objects.get(pk=Prediction.objects.get(seed=1).job_id)
    jobs.cancel(job=job, by="test")
    assert ask(3).status_code == 202


def test_a_cancelled_one_is_not_started_again_beyond_the_limit(
    ask: Any, cast: SimpleNamespace, client_for: Any
) -> None:
    ask(1)
    job = Job.objects.get(pk=Prediction.objects.get(seed=1).job_id)
    jobs.cancel(job=job, by="test")
    for seed in (2, 3):
        ask(seed)
    assert client_for(cast.resident).post(f"/api/v1/jobs/{job.pk}/retry/").status_code == 429
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert client_for(cast.admin).post(f"/api/v1/jobs/{job.pk}/retry/").status_code == 202  # an admin may


def test_asking_again_for_what_is_under_way_is_free(ask: Any) -> None:
    for seed in (1, 2):
        ask(seed)
    assert ask(2).status_code == 202


def test_what_a_new_case_asks_for_by_itself_is_not_limited_but_counts(
    ask: Any, case: Case, cast: SimpleNamespace
) -> None:
    for seed in range(4):
        services.request_prediction(case=case, by=cast.resident, seed=seed)
    assert ask(2).status_code == 202  # it is there
    assert ask(9).status_code == 429
