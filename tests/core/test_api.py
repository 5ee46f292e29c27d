"""Jobs over HTTP, and the API's description of itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from gazeapp.core import services
from gazeapp.core.models import Job
from gazeapp.core.problems import Problem

ClientFor = Callable[[Any], Any]
Queued = Callable[..., Job]


def test_people_see_their_own_jobs_and_an_admin_sees_all(cast: Any, queued: Queued, client_for: ClientFor) -> None:
    mine, other = queued(owner=cast.resident), queued(owner=cast.faculty)
    listed = client_for(cast.resident).get("/api/v1/jobs/").json()
    assert [job["id"] for job in listed["results"]] == [str(mine.pk)]
    assert {job["id"] for job in client_for(cast.admin).get("/api/v1/jobs/").json()["results"]} == {
        str(mine.pk),
        str(other.pk),
    }


def test_jobs_are_filtered_by_state(cast: Any, queued: Queued, client_for: ClientFor) -> None:
    services.cancel(job=queued(), by="test")
    waiting = queued()
    listed = client_for(cast.admin).get("/api/v1/jobs/", {"state": "queued"}).json()
    assert [job["id"] for job in listed["results"]] == [str(waiting.pk)]


@pytest.mark.parametrize("verb", ["", "cancel/", "retry/"])
def test_a_stranger_gets_404_for_somebody_elses_job(
    cast: Any, queued: Queued, client_for: ClientFor, verb: str
) -> None:
    job = queued(owner=cast.resident)
    client = client_for(cast.second_resident)
    address = f"/api/v1/jobs/{job.pk}/{verb}"
    assert (client.post(address) if verb else client.get(address)).status_code == 404


def test_the_owner_cancels_twice_and_gets_the_same_answer(cast: Any, queued: Queued, client_for: ClientFor) -> None:
    job = queued(owner=cast.resident)
    client = client_for(cast.resident)
    answers = [client.post(f"/api/v1/jobs/{job.pk}/cancel/") for _ in range(2)]
    assert [(a.status_code, a.json()["state"]) for a in answers] == [(200, "cancelled")] * 2


def test_an_admin_starts_a_failed_job_again(cast: Any, queued: Queued, client_for: ClientFor) -> None:
    queued(owner=cast.resident)
    lease = services.claim("io")
    assert lease is not None
    lease.fail(Problem("bad", "Bad film.", "Send another.", code=422))
    client = client_for(cast.admin)
    failed = client.get(f"/api/v1/jobs/{lease.job.pk}/").json()
    assert (failed["state"], failed["error"]["title"]) == ("failed", "Bad film.")
    again = client.post(f"/api/v1/jobs/{lease.job.pk}/retry/")
    assert (again.status_code, again.json()["state"], again.json()["place"]) == (202, "queued", 1)
    assert client.post(f"/api/v1/jobs/{lease.job.pk}/retry/").status_code == 202  # pressed twice: the same job
    queued(queue="predict")
    done = services.claim("predict")
    assert done is not None
    done.finish()
    refused = client.post(f"/api/v1/jobs/{done.job.pk}/retry/")
    assert refused.status_code == 409
    assert refused["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("query", [{}, {"subject": "x" * 101}, {"subject": "jobs", "after": -1}])
def test_an_unclear_question_about_events_is_a_problem(cast: Any, client_for: ClientFor, query: dict[str, Any]) -> None:
    answer = client_for(cast.admin).get("/api/v1/events/", query)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_the_api_browser_has_no_inline_script_and_no_foreign_address(cast: Any, client_for: ClientFor) -> None:
    page = client_for(cast.resident).get("/api/v1/docs/")
    text = page.content.decode()
    assert page.status_code == 200
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", text)
    assert not re.search(r'(src|href)="(?:https?:)?//', text)
    script = client_for(cast.resident).get("/api/v1/docs/?script=")
    assert "/api/v1/schema/" in script.content.decode()
