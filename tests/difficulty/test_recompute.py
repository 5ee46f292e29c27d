"""The ladder is derived: made anew from attempts and comparisons it is the same, row by row."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework.test import APIClient

from gazeapp.difficulty import services
from gazeapp.difficulty.models import Ability, Move, Place
from tests.difficulty.conftest import API, compare, moved
from tests.practice.reading import ELSEWHERE, HIT, begin, read

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Any], APIClient]
OF_PLACE = (
    "case_id", "elo", "attempts", "successes", "information", "pairs", "pairs_se", "comparisons", "place", "se",
)  # fmt: skip


def rows() -> list[Any]:
    return [
        *Place.objects.order_by("case_id").values_list(*OF_PLACE),
        *Ability.objects.order_by("person_id").values_list("person_id", "theta", "attempts"),
    ]


@pytest.fixture
def history(ladder: SimpleNamespace, client_for: ClientFor) -> SimpleNamespace:
    """Two residents have read in turn and skipped one; two comparisons count and one is undone."""
    first, second = client_for(ladder.resident), client_for(ladder.second_resident)
    read(first, ELSEWHERE)
    read(second, HIT)
    first.post(f"/api/v1/practice/attempts/{begin(first)['id']}/skip/")
    read(second, ELSEWHERE)
    read(first, HIT)
    teacher = client_for(ladder.faculty)
    compare(teacher, ladder.cases[0], ladder.cases[1], "left")
    compare(teacher, ladder.cases[1], ladder.cases[2], "equal")
    undone = compare(teacher, ladder.cases[0], ladder.cases[2], "right").json()["id"]
    teacher.post(f"{API}/comparisons/{undone}/undo/")
    return ladder


@pytest.mark.parametrize("gone", [[], [Place, Ability], [Place, Ability, Move]])
def test_recomputing_gives_the_same_rows(history: SimpleNamespace, gone: list[Any]) -> None:
    before = rows()
    assert len(before) == 5 and any(row[5] for row in before[:3])
    for model in gone:
        model.objects.all().delete()
    services.recompute()
    assert rows() == before


def test_recomputing_what_is_right_writes_and_tells_nothing(history: SimpleNamespace) -> None:
    changed, told = list(Place.objects.order_by("pk").values_list("pk", "changed_at")), len(moved())
    services.recompute()
    assert list(Place.objects.order_by("pk").values_list("pk", "changed_at")) == changed
    assert len(moved()) == told


def test_recomputing_mends_what_was_changed_by_hand(history: SimpleNamespace) -> None:
    before = rows()
    Place.objects.update(elo=3.0, place=3.0, pairs=1.0, comparisons=7)
    Ability.objects.update(theta=2.0)
    services.recompute()
    assert rows() == before


def test_attempts_count_in_the_order_in_which_they_were_counted(history: SimpleNamespace) -> None:
    """Not in that of their clocks: two that were committed at the same moment by two servers."""
    before = rows()
    attempts = [move.attempt for move in Move.objects.filter(attempt__isnull=False)]
    times = sorted((attempt.committed_at for attempt in attempts if attempt), reverse=True)
    for attempt, at in zip(attempts, times, strict=True):
        assert attempt is not None
        type(attempt).objects.filter(pk=attempt.pk).update(committed_at=at)
    services.recompute()
    assert rows() == before


def test_what_deleted_cases_taught_of_people_stays(history: SimpleNamespace) -> None:
    theta = list(Ability.objects.order_by("person_id").values_list("theta", "attempts"))
    for case in history.cases:
        case.delete()
    services.recompute()
    assert list(Ability.objects.order_by("person_id").values_list("theta", "attempts")) == theta


def test_the_commit_of_somebody_in_between_is_counted_after(history: SimpleNamespace, client_for: ClientFor) -> None:
    services.recompute()
    read(client_for(history.second_resident), HIT)
    before = rows()
    services.recompute()
    assert rows() == before
