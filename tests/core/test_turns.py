"""Whoever queued much holds nobody up: in a queue everybody has one job a round, and their own in order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gazeapp.core import services
from gazeapp.core.lease import Lease
from gazeapp.core.models import Job
from gazeapp.core.selectors import queue_place

pytestmark = pytest.mark.django_db
Queued = Callable[..., Job]


def take() -> Lease:
    lease = services.claim("io")
    assert lease is not None
    lease.stop()
    return lease


def work(count: int) -> list[str]:
    """Do so many jobs, one after the other, as one worker does. Returns their keys."""
    keys = []
    for _ in range(count):
        job = take().job
        Job.objects.filter(pk=job.pk).update(state=Job.State.DONE)
        keys.append(job.key)
    return keys


def test_somebody_who_queued_sixty_jobs_lets_the_next_person_through(queued: Queued, cast: SimpleNamespace) -> None:
    for number in range(60):
        queued(key=f"mine {number}", owner=cast.resident)
    queued(key="theirs", owner=cast.second_resident)
    assert work(3) == ["mine 0", "theirs", "mine 1"]


def test_who_comes_when_many_were_done_does_not_wait_for_the_rest_either(queued: Queued, cast: SimpleNamespace) -> None:
    for number in range(9):
        queued(key=f"mine {number}", owner=cast.resident)
    work(5)
    for number in range(2):
        queued(key=f"theirs {number}", owner=cast.second_resident)
    assert work(6) == ["mine 5", "theirs 0", "mine 6", "theirs 1", "mine 7", "mine 8"]


def test_while_one_of_mine_runs_it_is_the_others_turn(queued: Queued, cast: SimpleNamespace) -> None:
    for number in range(3):
        queued(key=f"mine {number}", owner=cast.resident)
    take()
    queued(key="theirs", owner=cast.second_resident)
    assert [take().job.key for _ in range(3)] == ["theirs", "mine 1", "mine 2"]


def test_one_who_sends_the_next_job_as_soon_as_one_is_done_gets_every_second_turn(
    queued: Queued, cast: SimpleNamespace
) -> None:
    for number in range(4):
        queued(key=f"mine {number}", owner=cast.resident)
    keys = []
    for number in range(4):
        queued(key=f"theirs {number}", owner=cast.second_resident)
        keys += work(2)
    assert [key.split()[0] for key in keys] == ["mine", "theirs"] * 4


def test_a_job_whose_worker_was_killed_keeps_its_turn(queued: Queued, cast: SimpleNamespace) -> None:
    for number in range(3):
        queued(key=f"mine {number}", owner=cast.resident)
    work(1)
    lost = take()
    queued(key="theirs", owner=cast.second_resident)
    lost.give_back()
    assert work(3) == ["mine 1", "theirs", "mine 2"]


def test_a_job_that_is_started_again_by_hand_goes_behind_its_owners_others(
    queued: Queued, cast: SimpleNamespace
) -> None:
    again = queued(key="again", owner=cast.resident)
    services.cancel(job=again, by="test")
    for number in range(2):
        queued(key=f"mine {number}", owner=cast.resident)
    services.retry(job=again, by="test")
    queued(key="theirs", owner=cast.second_resident)
    assert work(4) == ["mine 0", "theirs", "mine 1", "again"]


def test_each_kind_of_work_that_nobody_sent_has_turns_of_its_own(queued: Queued) -> None:
    for number in range(3):
        queued(key=f"sleep {number}")
    queued(key="count", kind="count")
    assert work(4) == ["sleep 0", "count", "sleep 1", "sleep 2"]


def test_what_is_for_later_costs_its_owner_no_turn(queued: Queued, cast: SimpleNamespace) -> None:
    for number in range(3):
        queued(key=f"later {number}", owner=cast.resident, later=True)
    queued(key="mine", owner=cast.resident)
    queued(key="theirs", owner=cast.second_resident)
    queued(key="later theirs", owner=cast.second_resident, later=True)
    assert work(6) == ["mine", "theirs", "later 0", "later theirs", "later 1", "later 2"]


def test_places_are_told_in_the_order_of_the_turns(queued: Queued, cast: SimpleNamespace) -> None:
    people = (cast.resident, cast.resident, cast.resident, cast.faculty, cast.faculty, None)
    jobs = [queued(key=f"{number}", owner=person) for number, person in enumerate(people)]
    assert [queue_place(job) for job in jobs] == [1, 4, 6, 2, 5, 3]
    assert work(6) == ["0", "3", "5", "1", "4", "2"]


def test_claims_and_places_find_their_rows_by_an_index_however_many_jobs_are_over(
    queued: Queued, cast: SimpleNamespace
) -> None:
    ago = timezone.now() - timedelta(days=1)
    over = {"kind": "sleep", "queue": "io", "state": "done", "owner": cast.resident, "queued_at": ago}
    Job.objects.bulk_create(Job(**over, subject=f"t:{n}", key=f"over {n}") for n in range(10_000))
    job = queued()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE core_job")
        with CaptureQueriesContext(connection) as seen:
            assert queue_place(job) == 1
            take()
        asked = [q["sql"] for q in seen if "COUNT(*)" in q["sql"] or "ORDER BY" in q["sql"] and "LIMIT 1" in q["sql"]]
        assert len(asked) == 2
        for question in asked:
            cursor.execute(("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + question)
            plan = str(cursor.fetchall())
            assert "jobs_in_turn" in plan and "TEMP B-TREE" not in plan, plan
