"""The rows say who is next, whatever message woke the worker; and every job that waits has a wake-up coming.

The messages are real ones: they go through the session's Valkey, and are taken from there as a worker takes them.
"""

from __future__ import annotations

import base64
import json
import threading
import typing
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from celery.app.trace import build_tracer
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from gazeapp.core import services
from gazeapp.core.jobs import send_again
from gazeapp.core.lease import Lease
from gazeapp.core.models import Event, EventLog, Job
from gazeapp.core.selectors import queue_place
from worker import tasks

pytestmark = pytest.mark.django_db(transaction=True)
State = Job.State
Queued = Callable[..., Job]


class Line:
    """The broker's list of one queue, and a worker at its end."""

    def __init__(self, url: str, queue: str = "io") -> None:
        self.client, self.queue = redis.Redis.from_url(f"{url}/0"), queue
        self.client.delete(queue)

    def __len__(self) -> int:
        return int(self.client.llen(self.queue))  # type: ignore[arg-type]

    def lose(self, which: int | None = None) -> None:
        """The message that would come ``which``-th, or all of them."""
        if which is None:
            self.client.delete(self.queue)
        elif found := self.client.lindex(self.queue, -1 - which):
            self.client.lrem(self.queue, 1, found)  # type: ignore[arg-type]

    def take(self) -> dict[str, Any] | None:
        """What the next message says, or None when it came too late to be heard."""
        raw: Any = self.client.rpop(self.queue)
        assert raw is not None, "no message"
        message = json.loads(raw)
        expires = message["headers"]["expires"]
        if expires and datetime.fromisoformat(expires) <= datetime.now(UTC):
            return None
        said: dict[str, Any] = json.loads(base64.b64decode(message["body"]))[1]
        return said

    def work(self, messages: int | None = None) -> int:
        """Take so many messages, or all, and do what they ask for. Returns how many came."""
        came = 0
        while came != messages and len(self):
            came += 1
            if said := self.take():
                tasks.run_job(**said)
        return came


@pytest.fixture
def line(redis_url: str) -> Iterator[Line]:
    line = Line(redis_url)
    yield line
    line.lose()


def done() -> list[str]:
    """Keys of the jobs that are done, in the order in which they were."""
    return list(Job.objects.filter(state=State.DONE).order_by("finished_at").values_list("key", flat=True))


def claim() -> Lease:
    lease = services.claim("io")
    assert lease is not None
    lease.stop()
    return lease


def lose_its_worker(lease: Lease) -> None:
    Job.objects.filter(pk=lease.job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    services.reconcile()


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """So much time goes by that a job which waits is looked after (for rows; Celery keeps its own clock)."""
    passed, real = timedelta(), timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + passed)

    def wait() -> None:
        nonlocal passed
        passed += timedelta(seconds=settings.JOB_REPUBLISH_SECONDS + 1)

    return wait


# --- order ------------------------------------------------------------------------------------------------------------


def test_a_job_that_lost_its_worker_is_next_though_its_message_is_last(line: Line, queued: Queued) -> None:
    first = queued(key="first")
    for number in range(5):
        queued(key=f"later {number}")
    line.take()
    lose_its_worker(claim())
    first.refresh_from_db()
    assert queue_place(first) == 1
    line.work(1)
    assert done() == ["first"]
    assert line.work() == 5  # nobody had to be woken again
    assert done() == ["first", *(f"later {number}" for number in range(5))]


def test_a_job_whose_message_was_lost_is_served_in_its_turn_while_others_keep_coming(
    line: Line, queued: Queued
) -> None:
    queued(key="unlucky")
    line.lose(0)
    for number in range(4):
        queued(key=f"later {number}")
        line.work(1)
    assert done()[0] == "unlucky"
    line.work()
    assert len(done()) == 5  # and the last one is not left without a message for it


def test_the_place_that_people_are_told_is_the_order_of_the_claims(
    line: Line, queued: Queued, cast: SimpleNamespace
) -> None:
    owners = (cast.resident, cast.resident, cast.resident, cast.faculty, None, cast.faculty)
    jobs = [queued(key=f"{number}", owner=owner, later=number == 2) for number, owner in enumerate(owners)]
    now = timezone.now()
    for job, minutes in zip(jobs, (3, 5, 1, 3, 4, 2), strict=True):  # two at the same moment
        Job.objects.filter(pk=job.pk).update(queued_at=now - timedelta(minutes=minutes))
    places = {job.pk: queue_place(Job.objects.get(pk=job.pk)) for job in jobs}
    claims = [claim().job.pk for _ in jobs]
    assert claims == sorted(places, key=lambda pk: places[pk] or 0)


def test_a_worker_of_two_queues_takes_from_the_queue_that_the_message_came_from(
    line: Line, redis_url: str, queued: Queued
) -> None:
    queued(key="older", queue="predict")
    queued(key="other", queue="train")
    Line(redis_url, "predict").lose()
    trains = Line(redis_url, "train")
    queued(key="third", queue="train")
    trains.work()
    assert done() == ["other", "third"]


def test_workers_that_wake_at_once_never_share_a_job_nor_leave_one(line: Line, queued: Queued) -> None:
    for number in range(24):
        queued(key=f"{number}")
    got: list[Any] = []

    def worker() -> None:
        try:
            while lease := services.claim("io"):
                lease.stop()
                got.append(lease.job.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=worker) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == len(set(got)) == 24


# --- wake-ups ---------------------------------------------------------------------------------------------------------


def test_work_that_was_not_accepted_after_all_wakes_nobody(line: Line, queued: Queued) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        queued(key="undone")
        raise RuntimeError
    assert len(line) == 0
    with transaction.atomic():
        queued(key="kept")
        assert len(line) == 0  # the row is nobody else's to see yet
    assert len(line) == 1


def test_when_all_messages_were_lost_one_new_one_brings_back_the_whole_queue(
    line: Line, queued: Queued, wait: Callable[[], None]
) -> None:
    for number in range(20):
        queued(key=f"{number}")
    line.lose()
    services.reconcile()
    assert len(line) == 0  # they were sent a moment ago, and may be in a worker's hands
    wait()
    services.reconcile()
    assert len(line) == 1
    line.work()
    assert len(done()) == 20
    assert len(line) == 0


def test_a_job_that_waits_long_is_looked_after_though_a_newer_one_was_just_sent(
    line: Line, queued: Queued, wait: Callable[[], None]
) -> None:
    queued(key="old")
    wait()
    queued(key="new")
    line.lose()
    services.reconcile()
    assert len(line) == 1
    line.work()
    assert done() == ["old", "new"]


def test_a_wake_up_in_one_queue_sends_none_again_in_another(line: Line, redis_url: str, queued: Queued) -> None:
    trains = Line(redis_url, "train")
    queued(key="training", queue="train")
    queued(key="film")
    line.work()
    assert done() == ["film"]
    assert len(trains) == 1
    trains.lose()


def test_a_long_queue_behind_a_slow_worker_piles_up_no_messages(
    line: Line, queued: Queued, wait: Callable[[], None]
) -> None:
    for number in range(50):
        queued(key=f"{number}")
    looks = 30
    for _ in range(looks):
        wait()
        services.reconcile()
    assert len(line) == 50 + looks  # one a look, not one a job
    assert line.work() == 50 + looks  # and nobody was woken again who had a message
    assert len(done()) == 50


def test_the_extra_wake_up_of_a_queue_that_is_only_slow_has_gone_stale_by_its_turn(
    line: Line, queued: Queued, wait: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "JOB_RECONCILE_SECONDS", 0)
    for number in range(3):
        queued(key=f"{number}")
    wait()
    services.reconcile()
    assert line.work(3) == 3
    assert len(done()) == 3
    assert line.take() is None


def test_a_message_whose_job_was_cancelled_does_no_harm(line: Line, queued: Queued) -> None:
    jobs = [queued(key=f"{number}") for number in range(3)]
    services.cancel(job=jobs[1], by="test")
    line.work()
    assert done() == ["0", "2"]
    assert len(line) == 0


def test_a_message_that_comes_twice_takes_nobody_elses_turn(line: Line, queued: Queued) -> None:
    """One too many would be one too many for ever in a queue that is never empty."""
    queued(key="one")
    said = line.take()
    assert said is not None
    tasks.run_job(**said)
    queued(key="two")
    tasks.run_job(**said)
    assert done() == ["one"]
    line.work()
    assert done() == ["one", "two"]


def test_a_broker_that_does_not_take_a_message_is_asked_again_at_the_next_look(
    line: Line, queued: Queued, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as down:
        down.setattr("gazeapp.core.jobs.best_effort", lambda what, call: False)
        job = queued(key="accepted")
    job.refresh_from_db()
    assert job.published_at is None
    services.reconcile()
    line.work()
    assert done() == ["accepted"]


def test_a_wake_up_that_two_see_to_be_lost_is_sent_again_once(line: Line, queued: Queued) -> None:
    queued()
    line.lose()
    one, other = Job.objects.get(), Job.objects.get()
    assert [send_again(one), send_again(other)] == [True, False]
    assert len(line) == 1


def test_a_job_that_somebody_else_has_just_woken_for_inherits_nothing(line: Line, queued: Queued) -> None:
    heir = queued()
    came = timezone.now()

    class Claimed:
        """The older job; between the look at the heir and the writing, the reconciler sends a wake-up for that one."""

        @property
        def published_at(self) -> datetime:
            Job.objects.filter(pk=heir.pk).update(published_at=came + timedelta(seconds=2))
            return came + timedelta(seconds=1)

    services.wake_again("io", came, instead_of=typing.cast(Job, Claimed()))
    heir.refresh_from_db()
    assert heir.published_at == came + timedelta(seconds=2)


MOVES = st.lists(
    st.sampled_from(
        ["come", "come", "come", "come later", "work", "work", "lose one", "lose all", "die", "cancel", "look", "stop"]
    ),
    max_size=25,
)


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True
)
@given(moves=MOVES)
def test_whatever_is_lost_nobody_starves_and_no_message_is_left_over(
    line: Line, wait: Callable[[], None], moves: list[str]
) -> None:
    line.lose()
    for number, move in enumerate(moves):
        if move in {"come", "come later"}:
            services.enqueue(
                kind="sleep",
                queue="io",
                subject=f"test:{number}",
                owner=None,
                inputs={},
                key=f"{number:03}",
                later=move == "come later",
            )
        elif move == "work":
            line.work(1)
        elif move == "lose one":
            line.lose(len(line) // 2)
        elif move == "lose all":
            line.lose()
        elif move == "look":
            wait()
            services.reconcile()
        elif move == "cancel" and (job := Job.objects.filter(state=State.QUEUED).last()):
            services.cancel(job=job, by="test")
        elif len(line) and (said := line.take()):
            lease = services.claim("io", sent_at=datetime.fromisoformat(said["sent_at"]))
            if lease is not None:
                lease.stop()
                if move == "die":
                    lose_its_worker(lease)
                else:
                    lease.give_back()
        jobs = Job.objects.count()
        assert len(line) <= jobs + moves.count("die") + moves.count("stop") + moves.count("look")
    wait()
    services.reconcile()
    line.work()
    assert not Job.objects.filter(state__in=Job.ACTIVE).exists()
    assert len(line) == 0
    for model in (Job, Event, EventLog):
        model.objects.all().delete()


def test_a_worker_starts_every_task_with_a_connection_of_its_own(line: Line) -> None:
    """The last task's may have died with the database's server. Nobody but the task's own signals looks after that."""
    trace = build_tracer(tasks.run_job.name, tasks.run_job, app=tasks.app)
    connection.ensure_connection()
    connection.connection.close()
    try:
        found = trace("a", (), {"queue": "io", "sent_at": timezone.now().isoformat()})
        assert found.info is None, found.info
        assert connection.connection is None  # and leaves none behind
    finally:
        connection.close()
