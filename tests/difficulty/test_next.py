"""What practice gives next: the case that this person would read with a success of three in four."""

from __future__ import annotations

from math import log
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from gazeapp.cases.selectors import readable_places
from gazeapp.core import registry
from gazeapp.difficulty import selectors
from gazeapp.difficulty.models import Ability, Place
from gazeapp.practice.models import Attempt
from tests.cases.teaching import open_set
from tests.practice.conftest import teaching_case
from tests.practice.reading import HIT, begin, read

pytestmark = pytest.mark.django_db
TARGET = -log(3)  # of an ability of 0: 1 / (1 + exp(-log 3)) = 3/4


def stand(ladder: SimpleNamespace, *places: float) -> None:
    for case, where in zip(ladder.cases, places, strict=True):
        Place.objects.filter(case=case).update(place=where)


def case_of(attempt: dict[str, Any]) -> Any:
    return Attempt.objects.get(pk=attempt["id"]).case


@pytest.mark.parametrize(
    ("places", "first"),
    [
        ((0.0, TARGET + 0.3, TARGET - 0.4), 1),
        ((0.0, TARGET + 0.5, TARGET - 0.4), 2),
        ((TARGET - 2, 5.0, TARGET + 3), 0),
        ((4.0, 3.0, 2.0), 2),
        ((-4.0, -3.0, -2.0), 2),
    ],
)
def test_a_newcomer_gets_the_case_nearest_to_three_in_four(
    places: tuple[float, float, float], first: int, resident: APIClient, ladder: SimpleNamespace
) -> None:
    stand(ladder, *places)
    assert case_of(begin(resident)) == ladder.cases[first]


def test_somebody_who_masters_more_gets_a_harder_one(resident: APIClient, ladder: SimpleNamespace) -> None:
    stand(ladder, TARGET, 0.0, 2.0)
    Ability.objects.create(person=ladder.resident, theta=2.0 - TARGET, attempts=30)
    assert case_of(begin(resident)) == ladder.cases[2]


@pytest.mark.parametrize("places", [(TARGET + 1, TARGET + 0.5, TARGET + 0.5), (9.0, TARGET + 0.25, TARGET - 0.25)])
def test_of_several_equally_near_the_first_in_the_set_comes(
    places: tuple[float, float, float], resident: APIClient, ladder: SimpleNamespace
) -> None:
    stand(ladder, *places)
    assert case_of(begin(resident)) == ladder.cases[1]


def test_what_was_read_is_passed_over_and_the_next_nearest_comes(resident: APIClient, ladder: SimpleNamespace) -> None:
    stand(ladder, 0.0, 3.0, TARGET)
    assert [case_of(begin(resident))] == [ladder.cases[2]]
    read(resident, answer="normal")
    assert case_of(begin(resident)) == ladder.cases[0]


def test_cases_without_a_place_come_last_in_the_order_of_the_set(resident: APIClient, ladder: SimpleNamespace) -> None:
    Place.objects.exclude(case=ladder.cases[2]).delete()
    assert case_of(begin(resident)) == ladder.cases[2]
    read(resident, answer="normal")
    assert case_of(begin(resident)) == ladder.cases[0]


def test_a_set_that_was_opened_first_is_read_first(resident: APIClient, ladder: SimpleNamespace) -> None:
    other = teaching_case(ladder.faculty, 7)
    Place.objects.create(case=other, place=TARGET, se=1.0, changed_at=ladder.cases[0].created_at)
    stand(ladder, 3.0, 4.0, 5.0)
    open_set(ladder.faculty, other, name="Later")
    assert case_of(begin(resident)) == ladder.cases[0]


def test_a_case_far_out_is_found_behind_many_of_other_sets(
    ladder: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "NEAREST", 1)
    stand(ladder, TARGET, TARGET + 0.1, 4.0)
    places = readable_places(ladder.set).filter(case=ladder.cases[2])
    found = selectors.nearest_place(ladder.resident, places)
    assert found is not None and found.case == ladder.cases[2]
    assert selectors.nearest_place(ladder.resident, places.none()) is None


@pytest.mark.parametrize("looked_at", [1, 200])
@pytest.mark.parametrize(
    ("places", "wanted"),
    [
        ((-5.0, TARGET + 1.0, TARGET - 0.5), 2),
        ((-5.0, TARGET + 1.0, TARGET + 0.5), 2),
        ((TARGET - 0.5, TARGET + 0.5, TARGET + 0.5), 0),
        ((None, 7.0, 8.0), 1),
        ((None, None, 8.0), 2),
        ((None, None, None), 0),
    ],
)
def test_whether_it_is_near_or_far_the_same_case_is_the_nearest(
    places: tuple[float | None, ...],
    wanted: int,
    looked_at: int,
    ladder: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(selectors, "NEAREST", looked_at)
    for case, where in zip(ladder.cases, places, strict=True):
        row = Place.objects.filter(case=case)
        row.update(place=where) if where is not None else row.delete()
    found = selectors.nearest_place(ladder.resident, readable_places(ladder.set))
    assert found is not None and found.case == ladder.cases[wanted]


def test_a_case_that_can_not_be_read_any_more_when_it_was_found_is_passed_over(
    ladder: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = uuid4()  # somebody else hid it between the look at the ladder and the fetch of the case
    monkeypatch.setattr(selectors, "_outward", lambda places, target, *, up: [(target, gone)])
    stand(ladder, 1.0, 0.5, 2.0)
    found = selectors.nearest_place(ladder.resident, readable_places(ladder.set))
    assert found is not None and found.case == ladder.cases[1]


def test_of_more_that_are_equally_near_than_are_looked_at_the_first_in_the_set_comes(
    ladder: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "NEAREST", 1)
    stand(ladder, TARGET + 0.5, TARGET + 0.5, TARGET - 0.7)
    ladder.set.places.filter(case=ladder.cases[0]).update(position=9)
    found = selectors.nearest_place(ladder.resident, readable_places(ladder.set))
    assert found is not None and found.case == ladder.cases[1]


def test_it_takes_few_questions(ladder: SimpleNamespace) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert selectors.nearest_place(ladder.resident, readable_places(ladder.set)) is not None
    assert len(asked) <= 6


def test_without_a_ladder_the_order_of_the_set_holds(
    resident: APIClient, ladder: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand(ladder, 3.0, 4.0, TARGET)
    monkeypatch.setattr(registry, "NEAREST_PLACE", None)
    assert case_of(read(resident, HIT)) == ladder.cases[0]
