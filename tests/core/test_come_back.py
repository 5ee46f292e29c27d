"""Whoever is refused for asking too much hears when to come back, by whatever door."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from gazeapp.accounts import guesses
from gazeapp.core.error_responses import problem_response
from gazeapp.core.middleware import COME_BACK_S, ComeBack
from gazeapp.core.problems import Problem
from tests.accounts.signing_in import HERE, sign_in
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def after(response: HttpResponse) -> str | None:
    """What a middleware makes of an answer's Retry-After."""
    answered = ComeBack(lambda request: response)(RequestFactory().get("/"))
    return answered.headers.get("Retry-After")


def test_who_guessed_too_often_hears_to_come_back_in_a_quarter_of_an_hour(cast: SimpleNamespace) -> None:
    for _ in range(5):
        sign_in(Client(), "resident", "wrong wrong wrong")
    answer = Client().post("/accounts/login/", {"login": "resident", "password": PASSWORD}, REMOTE_ADDR=HERE)
    assert (answer.status_code, answer["Retry-After"]) == (429, str(guesses.WAIT_S))


def test_who_looked_at_too_many_links_hears_to_come_back_in_a_minute(cast: SimpleNamespace) -> None:
    client = Client()
    answers = [client.get(f"/people/link/{number}/") for number in range(21)]
    assert (answers[-1].status_code, answers[-1]["Retry-After"]) == (429, "60")


def test_a_429_that_says_nothing_of_when_gets_a_minute_and_one_that_does_keeps_it() -> None:
    assert after(HttpResponse(status=429)) == str(COME_BACK_S)
    assert after(HttpResponse(status=429, headers={"Retry-After": "900"})) == "900"
    assert after(HttpResponse(status=200)) is None


@pytest.mark.parametrize("path", ["/api/v1/cases/", "/library/"])
def test_a_problem_says_when_to_come_back_for_programs_and_for_people(path: str) -> None:
    problem = Problem("too-many", "Too many.", code=429, retry_after_s=7)
    assert problem_response(path, problem)["Retry-After"] == "7"
    assert "retry_after_s" not in problem.to_dict()
