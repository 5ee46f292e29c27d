"""Practice sets: making, filling, ordering, opening and closing them, and the yes of a case's owner."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gazeapp.cases import selectors
from gazeapp.cases.models import Case, CaseSet, SetCase
from gazeapp.core.models import AuditEvent, Event
from tests.cases.films import stored_case
from tests.cases.teaching import key_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def cases(cast: SimpleNamespace) -> list[Case]:
    """Faculty's own, a resident's published one, and a resident's private one."""
    given = [(cast.faculty, False), (cast.resident, True), (cast.resident, False)]
    return [
        stored_case(owner, np.arange(60 + n).reshape(1, 60 + n), title=f"Case {n}", published=published)
        for n, (owner, published) in enumerate(given)
    ]


@pytest.fixture
def api(cast: SimpleNamespace, client_for: Any) -> Any:
    def ask(method: str, path: str = "", body: Any = None, person: Any = None) -> Any:
        return getattr(client_for(person or cast.faculty), method)(f"/api/v1/sets/{path}", body, format="json")

    return ask


@pytest.fixture
def made(api: Any, cases: list[Case]) -> str:
    """The id of a set with the three cases."""
    ident = api("post", body={"name": "  May   films "}).json()["id"]
    for case in cases:
        assert api("post", f"{ident}/cases/", {"case": str(case.pk)}).status_code == 201
    return str(ident)


def places(api: Any, ident: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api("get", f"{ident}/").json()["places"]
    return found


def test_only_another_persons_private_case_waits_for_a_yes(api: Any, made: str) -> None:
    detail = api("get", f"{made}/").json()
    assert [(p["title"], p["agreed"], p["answered_at"] is None) for p in detail["places"]] == [
        ("Case 0", True, False),
        ("Case 1", True, False),
        ("Case 2", False, True),
    ]
    assert (detail["name"], detail["open"], detail["cases"], detail["keyed"], detail["waiting"]) == (
        "May films",
        False,
        3,
        0,
        1,
    )


def test_the_owner_is_asked_in_library_and_room(
    api: Any, made: str, cases: list[Case], cast: SimpleNamespace, client_for: Any
) -> None:
    told = Event.objects.filter(subject=f"user:{cast.resident.pk}", type="case.listed")
    assert [event.data["case"] for event in told] == [str(cases[2].pk)]
    client = client_for(cast.resident)
    by = {"id": cast.faculty.pk, "name": cast.faculty.display_name}
    asked = [{"set": made, "name": "May films", "asked_by": by, "agreed": None}]
    assert "May residents practise on “Case 2”?" in client.get("/cases/").text
    assert client.get(f"/api/v1/cases/{cases[2].pk}/").json()["questions"] == asked
    listed = {case["title"]: case["questions"] for case in client.get("/api/v1/cases/").json()["results"]}
    assert listed == {"Case 1": [], "Case 2": asked}
    assert client_for(cast.admin).get(f"/api/v1/cases/{cases[2].pk}/").json()["questions"] == []


@pytest.mark.parametrize("who", ["resident", "admin"])
@pytest.mark.parametrize("agreed", [True, False])
def test_owner_or_admin_answers_and_may_think_again(
    api: Any, made: str, cases: list[Case], cast: SimpleNamespace, who: str, agreed: bool
) -> None:
    path = f"{made}/cases/{cases[2].pk}/agree/"
    for answer in (agreed, not agreed):
        assert api("post", path, {"agreed": answer}, getattr(cast, who)).json() == {"agreed": answer}
        place = places(api, made)[2]
        assert place["agreed"] is answer and place["answered_at"] is not None
    assert not selectors.open_questions_for(cast.resident).exists()
    said = [] if who == "admin" else [not agreed]  # an admin's word is not shown as the owner's
    assert [place.agreed for place in selectors.questions_for(cast.resident)] == said
    assert api("post", path, {"agreed": True}).status_code == 403


def test_a_case_is_added_once(api: Any, made: str, cases: list[Case]) -> None:
    assert api("post", f"{made}/cases/", {"case": str(cases[0].pk)}).status_code == 201
    assert len(places(api, made)) == 3


@pytest.mark.parametrize("case", ["00000000-0000-0000-0000-000000000000", "x"])
def test_what_is_no_case_is_not_added(api: Any, made: str, case: str) -> None:
    assert api("post", f"{made}/cases/", {"case": case}).status_code in {400, 404}


def test_a_case_without_a_film_is_not_added(api: Any, made: str, cast: SimpleNamespace) -> None:
    coming = Case.objects.create(owner=cast.faculty, title="On its way")
    assert api("post", f"{made}/cases/", {"case": str(coming.pk)}).status_code == 403


def test_cases_are_ordered_and_taken_out(api: Any, made: str, cases: list[Case]) -> None:
    order = [str(cases[n].pk) for n in (2, 0, 1)]
    assert [p["case"] for p in api("patch", f"{made}/", {"order": order}).json()["places"]] == order
    assert api("delete", f"{made}/cases/{cases[0].pk}/").status_code == 204
    assert [p["case"] for p in places(api, made)] == [order[0], order[2]]
    answer = api("patch", f"{made}/", {"order": order})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/order-differs")
    assert api("patch", f"{made}/", {"order": [order[0]] * 2}).status_code == 409
    assert api("delete", f"{made}/cases/{cases[0].pk}/").status_code == 404


def test_a_set_is_opened_when_something_can_be_read_and_closed_again(
    api: Any, made: str, cases: list[Case], cast: SimpleNamespace
) -> None:
    key_of(cases[2], cast.faculty)  # but its owner has not said yes
    answer = api("post", f"{made}/open/")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/nothing-to-practise")
    key_of(cases[0], cast.faculty)
    opened = api("post", f"{made}/open/").json()
    assert opened["open"] and opened["opened_at"] and opened["keyed"] == 2
    assert list(selectors.practice_cases()) == [cases[0]]
    assert api("post", f"{made}/open/").json()["opened_at"] == opened["opened_at"]
    answer = api("delete", f"{made}/")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/set-open")
    closed = api("post", f"{made}/close/").json()
    assert not closed["open"] and closed["closed_at"]
    assert not selectors.practice_cases().exists()
    assert api("delete", f"{made}/").status_code == 204
    assert not SetCase.objects.exists() and Case.objects.count() == 3
    verbs = AuditEvent.objects.filter(verb__startswith="set.").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["set.make", "set.add", "set.add", "set.add", "set.open", "set.close", "set.delete"]


def test_opening_closes_the_films_and_closing_opens_them(
    api: Any, made: str, cases: list[Case], cast: SimpleNamespace
) -> None:
    key_of(cases[1], cast.faculty)
    seen = selectors.cases_visible_to(cast.second_resident)
    assert list(seen) == [cases[1]]
    api("post", f"{made}/open/")
    assert list(seen.all()) == [] and selectors.cases_visible_to(cast.resident).count() == 2  # the owner's own
    api("post", f"{made}/close/")
    assert list(seen.all()) == [cases[1]] and Case.objects.get(pk=cases[1].pk).published


def test_a_set_needs_a_name(api: Any, made: str) -> None:
    for answer in (api("post", body={"name": "  "}), api("patch", f"{made}/", {"name": " "})):
        assert answer.status_code == 400
    assert CaseSet.objects.get().name == "May films"


def test_a_list_of_sets_costs_the_same_however_long(
    api: Any, made: str, cast: SimpleNamespace, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    for n in range(10):
        api("post", body={"name": f"Set {n}"})
    client = client_for(cast.faculty)
    with django_assert_max_num_queries(6):
        assert len(client.get("/api/v1/sets/").json()["results"]) == 11
