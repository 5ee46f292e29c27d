"""Which is harder: an answer moves both cases, an undone one counts no more, and nobody answers twice."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework.test import APIClient

from gazeapp.cases.services import hide
from gazeapp.core.models import AuditEvent
from gazeapp.difficulty.models import Comparison, Place
from tests.difficulty.conftest import API, compare, moved, place
from tests.practice.conftest import teaching_case
from tests.practice.reading import ELSEWHERE, read

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Any], APIClient]


def test_an_answer_moves_both_cases_by_the_same_and_apart(faculty: APIClient, ladder: SimpleNamespace) -> None:
    """One answer, prior of SD 1.5 around 0: places s and -s are likeliest where s / 2.25 = 1 / (1 + exp(2 s)), which is
    at s = .556474: there .247322 on both sides."""
    answer = compare(faculty, ladder.cases[0], ladder.cases[1], "left")
    assert (answer.status_code, answer.json()["done"]) == (201, 1)
    harder, easier, third = map(place, ladder.cases)
    assert harder.place == pytest.approx(0.556474, abs=1e-5)
    assert easier.place == pytest.approx(-0.556474, abs=1e-5)
    assert (harder.comparisons, easier.comparisons, third.comparisons, third.pairs) == (1, 1, 0, None)


def test_the_right_one_and_neither(faculty: APIClient, ladder: SimpleNamespace) -> None:
    compare(faculty, ladder.cases[0], ladder.cases[1], "right")
    assert place(ladder.cases[0]).place < 0 < place(ladder.cases[1]).place
    compare(faculty, ladder.cases[0], ladder.cases[2], "equal")
    first, _, third = map(place, ladder.cases)
    assert first.place < third.place < 0


def test_an_answer_is_told_to_the_ladder_for_both(faculty: APIClient, ladder: SimpleNamespace) -> None:
    compare(faculty, ladder.cases[0], ladder.cases[1], "left")
    assert [row["case"] for row in moved()] == [str(case.pk) for case in ladder.cases[:2]]
    assert [row["place"] for row in moved()] == [place(case).place for case in ladder.cases[:2]]


def test_others_that_it_moves_are_told_too(faculty: APIClient, ladder: SimpleNamespace) -> None:
    compare(faculty, ladder.cases[0], ladder.cases[1], "left")
    before = len(moved())
    compare(faculty, ladder.cases[2], ladder.cases[0], "left")
    assert {row["case"] for row in moved()[before:]} == {str(case.pk) for case in ladder.cases}


def test_readings_and_answers_count_together(resident: APIClient, faculty: APIClient, ladder: SimpleNamespace) -> None:
    read(resident, ELSEWHERE)
    alone = place(ladder.cases[0])
    compare(faculty, ladder.cases[0], ladder.cases[1], "left")
    both = place(ladder.cases[0])
    assert both.se < min(alone.se, both.pairs_se or 0)
    assert min(both.elo, both.pairs or 0) < both.place < max(both.elo, both.pairs or 0)


def test_an_undone_answer_counts_no_more_and_stays_written(faculty: APIClient, ladder: SimpleNamespace) -> None:
    before = list(Place.objects.order_by("pk").values("place", "se", "pairs", "comparisons"))
    made = compare(faculty, ladder.cases[0], ladder.cases[1], "left").json()
    for _ in range(2):
        answer = faculty.post(f"{API}/comparisons/{made['id']}/undo/")
        assert (answer.status_code, answer.json()) == (200, {"id": made["id"], "done": 0})
    assert list(Place.objects.order_by("pk").values("place", "se", "pairs", "comparisons")) == before
    assert Comparison.objects.get().undone_at is not None
    assert [row["place"] for row in moved()[2:]] == [0.0, 0.0]
    assert list(AuditEvent.objects.filter(verb__startswith="ladder.").values_list("verb", flat=True)) == [
        "ladder.compare",
        "ladder.undo",
    ]


def test_after_an_undo_the_two_can_be_compared_anew(faculty: APIClient, ladder: SimpleNamespace) -> None:
    made = compare(faculty, ladder.cases[0], ladder.cases[1], "left").json()
    faculty.post(f"{API}/comparisons/{made['id']}/undo/")
    assert compare(faculty, ladder.cases[0], ladder.cases[1], "right").status_code == 201
    assert place(ladder.cases[0]).place < 0


def test_nobody_undoes_somebody_elses(faculty: APIClient, ladder: SimpleNamespace, client_for: ClientFor) -> None:
    made = compare(faculty, ladder.cases[0], ladder.cases[1], "left").json()
    assert client_for(ladder.admin).post(f"{API}/comparisons/{made['id']}/undo/").status_code == 404
    assert place(ladder.cases[0]).comparisons == 1


def test_the_same_answer_again_changes_nothing_from_either_side(faculty: APIClient, ladder: SimpleNamespace) -> None:
    made = compare(faculty, ladder.cases[0], ladder.cases[1], "left")
    again = compare(faculty, ladder.cases[0], ladder.cases[1], "left")
    turned = compare(faculty, ladder.cases[1], ladder.cases[0], "right")
    assert made.json() == again.json() == turned.json()
    assert Comparison.objects.count() == 1


@pytest.mark.parametrize("turned", [False, True])
def test_another_answer_about_the_same_two_is_refused(
    faculty: APIClient, ladder: SimpleNamespace, turned: bool
) -> None:
    compare(faculty, ladder.cases[0], ladder.cases[1], "left")
    two = ladder.cases[:2][::-1] if turned else ladder.cases[:2]
    answer = compare(faculty, *two, "left" if turned else "right")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/compared-already")
    assert Comparison.objects.count() == 1


def test_a_case_is_not_compared_with_itself_nor_with_another_case_of_its_film(
    faculty: APIClient, ladder: SimpleNamespace
) -> None:
    twin = teaching_case(ladder.faculty, 1, report="Another report.")
    from gazeapp.difficulty import services

    services.recompute()
    for other in (ladder.cases[0], twin):
        answer = compare(faculty, ladder.cases[0], other, "left")
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/same-case")


def test_what_is_hidden_is_not_compared(faculty: APIClient, ladder: SimpleNamespace) -> None:
    hide(case=ladder.cases[0], by=ladder.faculty)
    assert compare(faculty, ladder.cases[0], ladder.cases[1], "left").status_code == 404
    pair = faculty.get(f"{API}/pair/").json()["pair"]
    assert {pair["left"]["case"], pair["right"]["case"]} == {str(case.pk) for case in ladder.cases[1:]}


def test_pairs_come_until_each_two_were_compared_and_then_it_says_so(
    faculty: APIClient, ladder: SimpleNamespace
) -> None:
    seen = []
    while (answer := faculty.get(f"{API}/pair/").json())["pair"] is not None:
        left, right = answer["pair"]["left"], answer["pair"]["right"]
        assert left["film"]["pixels"] and right["film"]["pixels"]
        seen.append(frozenset((left["case"], right["case"])))
        body = {"left": left["case"], "right": right["case"], "harder": "left", "seconds": 3}
        assert faculty.post(f"{API}/comparisons/", body, format="json").json()["done"] == len(seen)
    assert len(seen) == len(set(seen)) == 3
    assert (answer["pair"], answer["done"]) == (None, 3)
    assert answer["words"] == "You have compared all that lie near each other."


def test_of_two_that_are_compared_the_least_compared_comes_first(
    faculty: APIClient, ladder: SimpleNamespace, client_for: ClientFor
) -> None:
    compare(client_for(ladder.admin), ladder.cases[0], ladder.cases[1], "left")
    pair = faculty.get(f"{API}/pair/").json()["pair"]
    assert str(ladder.cases[2].pk) in {pair["left"]["case"], pair["right"]["case"]}


def test_one_case_alone_is_no_pair(faculty: APIClient, ladder: SimpleNamespace) -> None:
    for case in ladder.cases[1:]:
        hide(case=case, by=ladder.faculty)
    answer = faculty.get(f"{API}/pair/").json()
    assert (answer["pair"], answer["words"]) == (None, "It takes two cases with an approved key.")


def test_the_reasons_name_what_it_was_compared_with_and_nobody_who_did(
    faculty: APIClient, ladder: SimpleNamespace
) -> None:
    compare(faculty, ladder.cases[0], ladder.cases[1], "left")
    compare(faculty, ladder.cases[2], ladder.cases[0], "left")
    found = faculty.get(f"{API}/{ladder.cases[0].pk}/").json()["against"]
    assert [(row["against"], row["harder"]) for row in found] == [("Case 3", "against"), ("Case 2", "this")]
    assert ladder.faculty.username not in str(found)


def test_the_pair_that_is_on_the_page_is_not_given_again(faculty: APIClient, ladder: SimpleNamespace) -> None:
    def pair(**query: str) -> set[str]:
        found = faculty.get(f"{API}/pair/", query).json()["pair"]
        return {found["left"]["case"], found["right"]["case"]} if found else set()

    first = pair()
    second = pair(besides=",".join(first))
    assert len(second) == 2 and second != first
    assert pair() == first


@pytest.mark.parametrize("besides", ["x", ",", "00000000-0000-0000-0000-000000000000", "x,y"])
def test_what_is_no_pair_is_refused(faculty: APIClient, ladder: SimpleNamespace, besides: str) -> None:
    assert faculty.get(f"{API}/pair/", {"besides": besides}).status_code == 400


def test_the_last_comparison_is_told_so_that_it_can_be_undone_after_a_reload(
    faculty: APIClient, ladder: SimpleNamespace, client_for: ClientFor
) -> None:
    assert faculty.get(f"{API}/pair/").json()["last"] is None
    compare(faculty, ladder.cases[0], ladder.cases[1], "left")
    made = compare(faculty, ladder.cases[2], ladder.cases[1], "right").json()["id"]
    last = faculty.get(f"{API}/pair/").json()["last"]
    assert (last["id"], last["harder"]) == (made, "right")
    assert (last["pair"]["left"]["case"], last["pair"]["right"]["case"]) == tuple(
        str(case.pk) for case in (ladder.cases[2], ladder.cases[1])
    )
    assert client_for(ladder.admin).get(f"{API}/pair/").json()["last"] is None
    faculty.post(f"{API}/comparisons/{made}/undo/")
    assert faculty.get(f"{API}/pair/").json()["last"]["harder"] == "left"
