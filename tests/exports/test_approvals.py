"""What an approval covers, how a request ends before its release is ready, and who may approve."""

from __future__ import annotations

import errno
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework.test import APIClient

from gazeapp.accounts.models import User
from gazeapp.accounts.services import make_person
from gazeapp.core.models import AuditEvent, Job
from gazeapp.exports import storage
from gazeapp.exports.models import DataRequest, Release
from tests.conftest import PASSWORD, signed_in
from tests.exports import data
from tests.practice.conftest import consent
from tests.ratings import study

pytestmark = pytest.mark.django_db
FILMS = {"password": PASSWORD, "reason": "To train a model."}


def job_act(client: APIClient, release: Release, act: str, status: int) -> Any:
    answer = client.post(f"{data.API}/jobs/{release.job_id}/{act}/")
    assert answer.status_code == status, answer.json()
    return answer.json()


def shown(lab: SimpleNamespace, release: Release) -> dict[str, Any]:
    """Its request, as whoever asked sees it."""
    found: dict[str, Any] = lab.asks.get(f"{data.API}/data/requests/{release.request_id}/").json()
    return found


def fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """The release's job meets a full disk."""

    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(storage, "seal", full)
        data.run_jobs()


# --- what is covered --------------------------------------------------------------------------------------------------


def test_a_retry_after_a_fault_makes_what_was_approved_and_nothing_that_came_later(
    lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = data.approved(lab, predictions=True)
    fail(monkeypatch)
    later = study.film_case(lab.faculty, 9, published=True)
    study.reading(later, lab.resident, study.path(40))
    study.reading(lab.cases[0], study.simulated_reader(), study.path(41), source="simulated")
    study.predicted(lab.cases[0], study.path(42))
    job_act(lab.asks, release, "retry", 202)
    data.run_jobs()
    counts = data.shown(lab.asks, release)["counts"]
    assert (counts["readings"], counts["cases"], counts["predictions"]) == (9, 3, 0)
    assert data.made(lab, predictions=True).counts["readings"] == 11, "who asks anew has them"


def test_readings_of_who_agrees_later_are_not_covered(lab: SimpleNamespace) -> None:
    consent(lab.second_resident)
    release = data.approved(lab)
    consent(lab.second_resident, research=True)
    data.run_job(release)
    assert data.shown(lab.asks, release)["counts"]["readings"] == 6


def test_ratings_of_a_study_that_closed_later_are_not_covered(
    lab: SimpleNamespace, client_for: Callable[[Any], APIClient]
) -> None:
    ada = make_person(username="ada", password=PASSWORD, roles=["faculty"], by="test")
    consent(ada, research=True)
    organiser = client_for(lab.faculty)
    planned = study.plan(organiser, lab.cases, ["human", "shuffled"], [ada], repeats=0.0)
    assert study.start(organiser, planned).status_code == 200
    study.rate_all(client_for(ada))
    release = data.approved(lab, ratings=True)
    study.close(organiser, planned)
    data.run_job(release)
    assert data.shown(lab.asks, release)["counts"]["ratings"] == 0
    assert data.made(lab, ratings=True).counts["ratings"] == 6


# --- its end ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["asks", "decides"])
def test_a_cancelled_making_closes_the_request_for_good(who: str, lab: SimpleNamespace) -> None:
    release = data.approved(lab)
    job_act(getattr(lab, who), release, "cancel", 200)
    request = shown(lab, release)
    assert (request["state"], request["release"]["state"], request["closed"]["by"]) == ("closed", "failed", None)
    for client in (lab.asks, lab.decides):
        assert job_act(client, release, "retry", 409)["type"] == "/problems/request-closed"
    assert Job.objects.get(pk=release.job_id).state == "cancelled"
    assert data.act(lab.decides, request, "approve", 409)["type"] == "/problems/request-decided"
    assert data.made(lab).state == "ready", "asked for and approved anew"


def test_who_asked_takes_back_what_is_being_made(lab: SimpleNamespace) -> None:
    release = data.approved(lab)
    request = data.act(lab.asks, shown(lab, release), "withdraw")
    assert (request["state"], request["job"]["state"], request["closed"]["by"]["name"]) == (
        "withdrawn", "cancelled", "researcher",
    )  # fmt: skip
    assert job_act(lab.decides, release, "retry", 409)["type"] == "/problems/request-closed"
    data.run_jobs()
    assert data.shown(lab.asks, release)["state"] == "failed"


@pytest.mark.parametrize("when", ["open", "films", "making", "failed"])
def test_an_admin_closes_a_request_whose_release_is_not_ready(
    when: str, lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = data.ask(lab.asks, films=when == "films")
    if when != "open":
        request = data.act(lab.decides, request, "approve")
    if when == "failed":
        fail(monkeypatch)
    assert data.act(lab.asks, request, "close", 403, reason="No.")["type"] == "/problems/not-allowed"
    assert "reason" in data.act(lab.decides, request, "close", 400)["errors"]
    closed = data.act(lab.decides, request, "close", reason="The study was stopped.")
    assert (closed["state"], closed["closed"]["by"]["name"], closed["closed"]["reason"]) == (
        "closed", "admin", "The study was stopped.",
    )  # fmt: skip
    assert AuditEvent.objects.filter(verb="data-request-closed", target=f"request:{request['id']}").count() == 1
    assert not Job.objects.filter(kind="release", state__in=Job.ACTIVE).exists()
    if release := Release.objects.first():
        assert job_act(lab.asks, release, "retry", 409)["type"] == "/problems/request-closed"
    assert data.act(lab.decides, request, "close", 409, reason="Again.")["type"] == "/problems/request-decided"


def test_who_asked_and_admins_may_have_it_made_again_until_its_request_is_closed(
    lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = data.approved(lab)
    stranger = signed_in(lab.second_resident)

    def may() -> list[bool]:
        return [data.shown(client, release)["may_make_again"] for client in (lab.asks, lab.decides)]

    assert may() == [False, False], "it is on its way"
    fail(monkeypatch)
    assert may() == [True, True]
    assert stranger.get(f"{data.API}/releases/{release.pk}/").status_code in {403, 404}
    data.act(lab.decides, shown(lab, release), "close", reason="The study was stopped.")
    assert may() == [False, False]
    assert job_act(lab.decides, release, "retry", 409)["type"] == "/problems/request-closed"


def test_what_is_ready_is_neither_closed_nor_taken_back(lab: SimpleNamespace) -> None:
    request = shown(lab, data.made(lab))
    for client, what, body in ((lab.decides, "close", {"reason": "No."}), (lab.asks, "withdraw", {})):
        assert data.act(client, request, what, 409, **body)["type"] == "/problems/request-decided"
    assert DataRequest.objects.get().state == "done"


# --- one's own --------------------------------------------------------------------------------------------------------


@pytest.fixture
def own(lab: SimpleNamespace) -> dict[str, Any]:
    """What the admin asks for, films too."""
    asked: dict[str, Any] = data.ask(lab.decides, films=True)
    return asked


def test_an_admin_does_not_approve_what_they_asked_for_where_another_admin_is(
    lab: SimpleNamespace, own: dict[str, Any], client_for: Callable[[Any], APIClient]
) -> None:
    second = client_for(make_person(username="second", password=PASSWORD, roles=["admin"], by="test"))
    assert data.act(lab.decides, own, "approve", 403)["type"] == "/problems/own-request"
    mine = lab.decides.get(f"{data.API}/data/requests/{own['id']}/").json()
    theirs = second.get(f"{data.API}/data/requests/{own['id']}/").json()
    assert [(row["own"], row["may_decide"]) for row in (mine, theirs)] == [(True, False), (False, True)]
    data.act(second, own, "approve")
    assert data.act(lab.decides, own, "approve-films", 403, **FILMS)["type"] == "/problems/own-request"
    assert data.act(second, own, "approve-films", **FILMS)["films"]["state"] == "approved"
    decisions = AuditEvent.objects.filter(verb__in=["data-approved", "films-approved"])
    assert [row.detail for row in decisions] == [{"own": False}] * 2


@pytest.mark.parametrize("other", ["none", "deactivated", "of the demo"])
def test_where_no_other_admin_is_they_may_and_it_is_written_down(
    other: str, lab: SimpleNamespace, own: dict[str, Any]
) -> None:
    if other != "none":
        second = make_person(username="second", password=PASSWORD, roles=["admin"], by="test")
        User.objects.filter(pk=second.pk).update(is_active=other != "deactivated", is_demo=other == "of the demo")
    assert (own["own"], own["may_decide"]) == (True, True)
    data.act(lab.decides, own, "approve")
    approved = data.act(lab.decides, own, "approve-films", **FILMS)
    assert approved["decided"]["by"] == approved["films"]["by"] == approved["by"]
    decisions = AuditEvent.objects.filter(verb__in=["data-approved", "films-approved"])
    assert [row.detail for row in decisions] == [{"own": True}] * 2
