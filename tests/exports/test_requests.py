"""Asking, deciding, and the second approval: by whom, once, with words."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from gazeapp.cases.models import Case
from gazeapp.core import registry
from gazeapp.core.models import AuditEvent, Event, Job
from gazeapp.exports import selectors
from gazeapp.exports.models import DataRequest, Release
from tests.conftest import PASSWORD
from tests.exports import data

pytestmark = pytest.mark.django_db
ALL = {"films": True, "reports": True}


def verbs() -> list[str]:
    return list(AuditEvent.objects.filter(target__startswith="request:").order_by("id").values_list("verb", flat=True))


def test_a_request_says_what_it_asks_and_what_that_finds_today(lab: SimpleNamespace) -> None:
    request = data.ask(lab.asks, sources=["simulated", "tracker"], predictions=True)
    assert request["query"] == {
        "sources": ["tracker", "simulated"], "simulated": "with", "set": None, "predictions": True, "ratings": False,
        "films": False, "reports": False,
    }  # fmt: skip
    assert (request["by"]["name"], request["why"], request["decided"]) == ("researcher", "To learn from it.", None)
    assert request["films"] == {"asked": False, "state": "none", "by": None, "at": None, "reason": ""}
    Case.objects.filter(title="Case 1").update(published=False)
    assert lab.decides.get(f"{data.API}/data/requests/{request['id']}/").json()["counts"]["readings"] == 6
    (row,) = lab.decides.get(f"{data.API}/data/requests/").json()["results"]  # a list counts nothing anew
    assert row["counts"]["readings"] == 9


def test_approval_counts_anew(lab: SimpleNamespace) -> None:
    request = data.ask(lab.asks)
    Case.objects.filter(title="Case 1").update(published=False)
    assert data.act(lab.decides, request, "approve")["counts"]["readings"] == 6


def test_after_the_decision_the_counts_are_those_of_then(lab: SimpleNamespace) -> None:
    request = data.act(lab.decides, data.ask(lab.asks), "decline", reason="Ask the board first.")
    Case.objects.filter(title="Case 1").update(published=False)
    told = lab.asks.get(f"{data.API}/data/requests/{request['id']}/").json()
    assert (told["state"], told["counts"]["readings"]) == ("declined", 9)
    assert (told["decided"]["by"]["name"], told["decided"]["reason"]) == ("admin", "Ask the board first.")
    assert not Release.objects.exists()


def test_a_decision_is_made_once(lab: SimpleNamespace) -> None:
    request = data.act(lab.decides, data.ask(lab.asks), "approve", note="Fine.")
    assert request["decided"]["reason"] == "Fine."
    for what, body in (("approve", {}), ("decline", {"reason": "No."}), ("decline-films", {"reason": "No."})):
        assert data.act(lab.decides, request, what, 409, **body)["type"] == "/problems/request-decided"
    assert (Release.objects.count(), Job.objects.filter(kind="release").count()) == (1, 1)
    assert verbs() == ["data-request", "data-approved"]


def test_approval_asks_what_there_is_today(lab: SimpleNamespace) -> None:
    request = data.ask(lab.asks)
    Case.objects.update(published=False)
    assert data.act(lab.decides, request, "approve", 409)["type"] == "/problems/nothing-to-release"
    assert DataRequest.objects.get().state == "open"


def test_who_asked_may_take_it_back_and_then_nobody_approves_it(lab: SimpleNamespace) -> None:
    request = data.act(lab.asks, data.ask(lab.asks), "withdraw")
    assert request["state"] == "withdrawn"
    assert data.act(lab.decides, request, "approve", 409)["type"] == "/problems/request-decided"
    waiting = data.act(lab.decides, data.ask(lab.asks, films=True), "approve")
    assert data.act(lab.asks, waiting, "withdraw")["state"] == "withdrawn"
    assert data.act(lab.decides, waiting, "decline-films", 409, reason="No.")["type"] == "/problems/request-decided"
    assert not Release.objects.exists()


def test_films_and_reports_wait_for_an_approval_of_their_own(lab: SimpleNamespace) -> None:
    request = data.act(lab.decides, data.ask(lab.asks, **ALL), "approve")
    assert (request["state"], request["release"], request["films"]["state"]) == ("approved", None, "open")
    request = data.act(lab.decides, request, "approve-films", password=PASSWORD, reason="To train a model.")
    assert (request["films"]["state"], request["films"]["by"]["name"]) == ("approved", "admin")
    assert request["films"]["reason"] == "To train a model."
    assert Release.objects.get().query["films"] is True


def test_films_are_decided_on_after_the_release_itself(lab: SimpleNamespace) -> None:
    request = data.ask(lab.asks, **ALL)
    films = {"password": PASSWORD, "reason": "To train a model."}
    assert data.act(lab.decides, request, "approve-films", 409, **films)["type"] == "/problems/approve-first"
    assert data.act(lab.decides, request, "decline-films", 409, reason="No.")["type"] == "/problems/approve-first"
    assert DataRequest.objects.get().films_state == "open"


def test_films_that_were_declined_do_not_hold_up_the_rest(lab: SimpleNamespace) -> None:
    request = data.act(lab.decides, data.ask(lab.asks, **ALL), "approve")
    request = data.act(lab.decides, request, "decline-films", reason="Gaze is enough.")
    assert (request["films"]["state"], request["release"]["state"]) == ("declined", "making")
    query = Release.objects.get().query
    assert (query["films"], query["reports"]) == (False, False)


def test_one_person_has_only_so_many_open_requests(lab: SimpleNamespace, settings: Any) -> None:
    settings.REQUESTS_OPEN = 2
    first, _ = data.ask(lab.asks), data.act(lab.decides, data.ask(lab.asks), "approve")  # a release is being made
    refused = data.ask(lab.asks, 429)
    assert (refused["type"], refused["open"], refused["limit"]) == ("/problems/too-many-requests", 2, 2)
    assert "withdraw some" in refused["detail"]
    data.ask(lab.decides)
    data.act(lab.asks, first, "withdraw")
    data.ask(lab.asks)


def test_the_second_approval_wants_the_password(lab: SimpleNamespace) -> None:
    request = data.act(lab.decides, data.ask(lab.asks, **ALL), "approve")
    wrong = {"password": "guessed", "reason": "To train a model."}
    assert data.act(lab.decides, request, "approve-films", 403, **wrong)["type"] == "/problems/wrong-password"
    for _ in range(4):
        data.act(lab.decides, request, "approve-films", 403, **wrong)
    right = {"password": PASSWORD, "reason": "To train a model."}
    assert data.act(lab.decides, request, "approve-films", 429, **right)["type"] == "/problems/too-many"
    assert DataRequest.objects.get().films_state == "open" and not Release.objects.exists()


def test_a_reason_is_needed_where_somebody_says_no_or_lets_films_out(lab: SimpleNamespace) -> None:
    request = data.ask(lab.asks, **ALL)
    for what in ("decline", "decline-films"):
        assert "reason" in data.act(lab.decides, request, what, 400, reason=" ")["errors"]
    assert "reason" in data.act(lab.decides, request, "approve-films", 400, password=PASSWORD)["errors"]


def test_one_sees_ones_own_requests_and_admins_see_all(
    lab: SimpleNamespace, client_for: Callable[[Any], Any], django_user_model: Any
) -> None:
    from gazeapp.accounts.services import make_person

    other = client_for(make_person(username="other", password=PASSWORD, roles=["researcher"], by="test"))
    request = data.ask(lab.asks)
    assert other.get(f"{data.API}/data/requests/").json()["results"] == []
    assert other.get(f"{data.API}/data/requests/{request['id']}/").status_code == 404
    assert data.act(other, request, "withdraw", 404)["type"] == "/problems/not-found"
    data.ask(other)
    assert len(lab.decides.get(f"{data.API}/data/requests/").json()["results"]) == 2


def test_admins_hear_of_requests_and_who_asked_of_theirs(lab: SimpleNamespace) -> None:
    request = data.ask(lab.asks)
    data.act(lab.decides, request, "approve")
    data.run_jobs()
    wanted = [{"id": request["id"], "state": state} for state in ("open", "approved", "done")]
    for subject in ("requests", f"user:{lab.researcher.pk}"):
        assert list(Event.objects.filter(subject=subject).values_list("data", flat=True)) == wanted
        assert set(Event.objects.filter(subject=subject).values_list("type", flat=True)) == {"request.changed"}


def test_the_bar_and_the_overview_count_what_waits(lab: SimpleNamespace) -> None:
    waiting = registry.load(registry.WAITING["requests"])
    assert (waiting(lab.admin), waiting(lab.researcher)) == (0, 0)
    data.ask(lab.asks)
    films = data.act(lab.decides, data.ask(lab.asks, films=True), "approve")  # its films wait
    data.act(lab.decides, data.ask(lab.asks), "approve")
    assert (waiting(lab.admin), waiting(lab.researcher)) == (2, 0)
    data.run_jobs()
    assert selectors.overview() == {"requests": 2, "releases": 1}
    data.act(lab.decides, films, "decline-films", reason="No.")
    assert waiting(lab.admin) == 1
    assert lab.decides.get(f"{data.API}/events/", {"subject": "requests"}).json()["state"] == {"waiting": 1}


def test_whose_account_is_gone_their_requests_stay(lab: SimpleNamespace) -> None:
    data.made(lab)
    DataRequest.objects.update(by=None, decided_by=None)
    (row,) = lab.decides.get(f"{data.API}/data/requests/").json()["results"]
    assert (row["by"], row["decided"]["by"], row["release"]["version"]) == (None, None, "1")
