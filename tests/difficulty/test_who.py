"""Who sees the ladder: those who teach; researchers what is published; residents nothing, by any route."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import Http404
from rest_framework.test import APIClient

from gazeapp.accounts.services import set_roles
from gazeapp.cases.models import Case
from gazeapp.core import live
from tests.difficulty.conftest import API, compare, moved
from tests.practice.reading import ELSEWHERE, read

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Any], APIClient]
ROUTES = (f"{API}/", f"{API}/agreement/", f"{API}/pair/", "/api/v1/ladder.csv", "/ladder/", "/ladder/harder/")


@pytest.fixture
def published(ladder: SimpleNamespace) -> Case:
    """One of the three is published."""
    case: Case = ladder.cases[1]
    Case.objects.filter(pk=case.pk).update(published=True)
    return case


@pytest.mark.parametrize("roles", [["resident"], ["resident", "researcher"], []])
def test_whoever_still_learns_from_the_cases_gets_nothing_by_any_route(
    roles: list[str], ladder: SimpleNamespace, client_for: ClientFor
) -> None:
    set_roles(user=ladder.resident, roles=["resident"], by="test")
    read(client_for(ladder.resident), ELSEWHERE)  # not even of what they have read
    person = set_roles(user=ladder.resident, roles=roles, by="test") or ladder.resident
    person = type(ladder.resident).objects.get(pk=ladder.resident.pk)
    client = client_for(person)
    routes = [*ROUTES, *(f"{API}/{case.pk}/" for case in ladder.cases)]
    assert [client.get(route).status_code for route in routes] == [403] * len(routes)
    assert compare(client, ladder.cases[0], ladder.cases[1], "left").status_code == 403
    assert client.post(f"{API}/comparisons/1/undo/").status_code == 403
    assert moved()
    for subject in ("ladder", "ladder:published", f"ladder:{ladder.cases[0].pk}"):
        for after in (None, 0):
            with pytest.raises(Http404):
                live.follow(person, subject, after)


def test_a_resident_who_teaches_sees_it(ladder: SimpleNamespace, client_for: ClientFor) -> None:
    set_roles(user=ladder.resident, roles=["resident", "faculty"], by="test")
    person = type(ladder.resident).objects.get(pk=ladder.resident.pk)
    assert client_for(person).get(f"{API}/").json()["cases"] == 3


def test_faculty_and_admins_follow_the_whole_ladder(ladder: SimpleNamespace) -> None:
    for person in (ladder.faculty, ladder.admin):
        assert live.follow(person, "ladder", None).state == {"cases": 3}


def test_researchers_see_what_is_published_and_compare_nothing(
    published: Case, ladder: SimpleNamespace, client_for: ClientFor
) -> None:
    client = client_for(ladder.researcher)
    answer = client.get(f"{API}/").json()
    assert (answer["cases"], answer["unread"], answer["subject"]) == (1, 1, "ladder:published")
    assert [row["case"] for row in answer["rows"]] == [str(published.pk)]
    assert client.get(f"{API}/{published.pk}/").status_code == 200
    assert client.get(f"{API}/{ladder.cases[0].pk}/").status_code == 404
    assert len(client.get("/api/v1/ladder.csv").text.splitlines()) == 2
    assert client.get(f"{API}/pair/").status_code == 403
    assert compare(client, *ladder.cases[:2], "left").status_code == 403
    assert client.get("/ladder/").status_code == 200
    assert client.get("/ladder/harder/").status_code == 403


def test_researchers_hear_of_what_is_published_alone(
    published: Case, ladder: SimpleNamespace, client_for: ClientFor
) -> None:
    with pytest.raises(Http404):
        live.follow(ladder.researcher, "ladder", None)
    assert live.follow(ladder.researcher, "ladder:published", None).state == {"cases": 1}
    compare(client_for(ladder.faculty), ladder.cases[0], published, "left")
    assert [row["case"] for row in moved("ladder:published")] == [str(published.pk)]
    assert len(moved("ladder")) == 2


def test_researchers_are_not_told_what_it_was_compared_with_if_that_is_not_published(
    published: Case, ladder: SimpleNamespace, client_for: ClientFor
) -> None:
    compare(client_for(ladder.faculty), ladder.cases[0], published, "left")
    assert client_for(ladder.researcher).get(f"{API}/{published.pk}/").json()["against"] == []
    assert client_for(ladder.faculty).get(f"{API}/{published.pk}/").json()["against"][0]["against"] == "Case 1"


def test_who_finds_what_harder_stands_nowhere_with_a_name(ladder: SimpleNamespace, client_for: ClientFor) -> None:
    compare(client_for(ladder.faculty), *ladder.cases[:2], "left")
    client = client_for(ladder.admin)
    for route in (f"{API}/", f"{API}/{ladder.cases[0].pk}/", f"{API}/agreement/", "/api/v1/ladder.csv"):
        assert "faculty" not in client.get(route).text.lower().replace("/faculty", "")
    assert client.get(f"{API}/pair/").json()["done"] == 0
