"""First attempts move a case and its reader, once each; Elo numbers are worked by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from rest_framework.test import APIClient

from gazeapp.difficulty import rows, services
from gazeapp.difficulty.models import Ability, Move, Place
from gazeapp.practice import services as practice
from gazeapp.practice.models import Attempt, PracticeSession, Review
from tests.difficulty.conftest import ladder_rows, moved, only, place
from tests.practice.reading import ELSEWHERE, HIT, begin, commit, read

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Any], APIClient]


def test_a_miss_makes_the_case_harder_and_a_success_easier(resident: APIClient, ladder: SimpleNamespace) -> None:
    """At first theta = b = 0, so p = 1/2 and K = 1: a miss moves b up by .5 and theta down by .5. Then, at a new case
    of b = 0, K of the person is 1/1.05 and p = 1/(1 + exp(.5)) = .377541: the success moves b by -.622459 and theta
    by .622459/1.05 = .592818 to .092818."""
    read(resident, ELSEWHERE)
    first, second = ladder.cases[:2]
    assert (place(first).elo, place(first).attempts, place(first).successes) == (0.5, 1, 0)
    assert Ability.objects.get(person=ladder.resident).theta == -0.5
    read(resident, HIT)
    assert place(second).elo == pytest.approx(-0.622459, abs=1e-6)
    assert (place(second).attempts, place(second).successes) == (1, 1)
    assert Ability.objects.get(person=ladder.resident).theta == pytest.approx(0.092818, abs=1e-6)


def test_the_second_reader_of_a_case_moves_it_by_less(
    resident: APIClient, ladder: SimpleNamespace, client_for: ClientFor
) -> None:
    """After the miss above b = .5. A newcomer (theta 0, K = 1) succeeds where p = 1/(1 + exp(.5)) = .377541; the
    case's K is 1/1.05, so b falls by .622459/1.05 = .592818 to -.092818, and theta rises by .622459."""
    read(resident, ELSEWHERE)
    only(ladder.cases[0])
    read(client_for(ladder.second_resident), HIT)
    assert place(ladder.cases[0]).elo == pytest.approx(-0.092818, abs=1e-6)
    assert Ability.objects.get(person=ladder.second_resident).theta == pytest.approx(0.622459, abs=1e-6)


def test_what_the_attempts_told_adds_up(resident: APIClient, ladder: SimpleNamespace) -> None:
    """p (1 - p) of an even chance is 1/4."""
    read(resident, ELSEWHERE)
    assert place(ladder.cases[0]).information == 0.25
    assert place(ladder.cases[0]).se < place(ladder.cases[1]).se


def test_a_commit_is_told_to_the_ladder_as_the_row_that_the_api_gives(
    resident: APIClient, faculty: APIClient, ladder: SimpleNamespace
) -> None:
    read(resident, ELSEWHERE)
    (row,) = moved()
    shown = next(row for row in ladder_rows(faculty) if row["case"] == str(ladder.cases[0].pk))
    assert row == rows.observed_only(shown)
    assert (row["place"], row["attempts"], row["successes"]) == (0.5, 1, 0)


def test_a_case_that_came_back_counts_only_the_first_time(resident: APIClient, ladder: SimpleNamespace) -> None:
    read(resident, ELSEWHERE)
    Review.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    again = begin(resident)
    assert again["repeat"]
    assert commit(resident, again, HIT).status_code == 200
    assert (place(ladder.cases[0]).elo, place(ladder.cases[0]).attempts) == (0.5, 1)
    assert Ability.objects.get(person=ladder.resident).attempts == 1
    assert len(moved()) == 1


def test_a_second_reading_counts_for_nothing_even_if_nobody_called_it_one(
    resident: APIClient, ladder: SimpleNamespace
) -> None:
    """Whoever has read the film knows it, in whatever way they came to read it again."""
    read(resident, ELSEWHERE)
    Review.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    again = begin(resident)
    Attempt.objects.filter(pk=again["id"]).update(repeat=False)
    assert commit(resident, again, HIT).status_code == 200
    assert place(ladder.cases[0]).attempts == 1


def test_a_commit_sent_again_counts_once(resident: APIClient, ladder: SimpleNamespace) -> None:
    attempt = begin(resident)
    for _ in range(3):
        assert commit(resident, attempt, HIT).status_code == 200
    assert (place(ladder.cases[0]).attempts, len(moved()), Move.objects.count()) == (1, 1, 1)
    services.attempt_committed(Attempt.objects.get(pk=attempt["id"]))  # nor does the hook count it twice
    assert (place(ladder.cases[0]).attempts, len(moved()), Move.objects.count()) == (1, 1, 1)


def test_what_was_skipped_counts_for_nothing_and_its_later_reading_does(
    resident: APIClient, ladder: SimpleNamespace
) -> None:
    skipped = begin(resident)
    resident.post(f"/api/v1/practice/attempts/{skipped['id']}/skip/")
    assert not moved()
    for _ in range(2):
        read(resident, HIT)
    Attempt.objects.update(created_at=F("created_at") - timedelta(hours=2))
    PracticeSession.objects.update(started_at=F("started_at") - timedelta(hours=2))
    read(resident, HIT)
    assert [place(case).attempts for case in ladder.cases] == [1, 1, 1]


def test_a_commit_that_fails_moves_nothing(resident: APIClient, ladder: SimpleNamespace) -> None:
    taken = begin(resident)
    attempt = Attempt.objects.get(pk=taken["id"])
    with pytest.raises(RuntimeError), transaction.atomic():
        practice.commit(
            attempt=attempt, writer=taken["recording"]["writer"], marks=[HIT | {"at_s": None}], answer="", parts=0
        )
        assert place(ladder.cases[0]).attempts == 1
        raise RuntimeError
    assert (place(ladder.cases[0]).attempts, moved(), Ability.objects.count()) == (0, [], 0)


def test_a_case_read_before_it_had_a_place_gets_one(teaching: SimpleNamespace, client_for: ClientFor) -> None:
    assert not Place.objects.exists()
    read(client_for(teaching.resident), ELSEWHERE)
    assert (Place.objects.count(), place(teaching.cases[0]).elo) == (1, 0.5)


def test_the_reasons_say_what_was_missed_and_how_the_case_came_there(
    resident: APIClient, faculty: APIClient, ladder: SimpleNamespace, client_for: ClientFor
) -> None:
    read(resident, ELSEWHERE)
    found = faculty.get(f"/api/v1/ladder/{ladder.cases[0].pk}/").json()
    assert found["missed"] == [{"label": "nodule", "importance": 2, "missed": 1, "of": 1}]
    assert [then["place"] for then in found["history"]] == [0.5]
    assert (found["attempts"], found["successes"], found["report_words"]) == (
        1,
        0,
        len(ladder.cases[0].report.split()),
    )
    only(ladder.cases[0])
    read(client_for(ladder.second_resident), HIT)
    found = faculty.get(f"/api/v1/ladder/{ladder.cases[0].pk}/").json()
    assert found["missed"] == [{"label": "nodule", "importance": 2, "missed": 1, "of": 2}]
    assert [then["place"] for then in found["history"]] == [0.5, place(ladder.cases[0]).place]
