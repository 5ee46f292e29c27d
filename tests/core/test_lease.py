"""A lease with its heartbeat running: outside any transaction, as in a worker."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from gazeapp.core import lease as leases
from gazeapp.core import services
from gazeapp.core.lease import Lease, LeaseLost
from gazeapp.core.models import Event, Job
from gazeapp.core.problems import Problem
from worker import handlers, shutdown, tasks

pytestmark = pytest.mark.django_db(transaction=True)
State = Job.State
Queued = Callable[..., Job]


class Plug:
    """Of the database. While it is pulled, every statement of every thread fails."""

    pulled = False


@pytest.fixture
def plug(monkeypatch: pytest.MonkeyPatch) -> Plug:
    plug, execute = Plug(), CursorWrapper._execute_with_wrappers

    def execute_if_there(self: Any, *rest: Any, **more: Any) -> Any:
        if plug.pulled:
            raise OperationalError("no route to the database")
        return execute(self, *rest, **more)

    monkeypatch.setattr(CursorWrapper, "_execute_with_wrappers", execute_if_there)
    monkeypatch.setattr(leases, "ASK_AGAIN_S", 0.05)
    return plug


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "JOB_HEARTBEAT_SECONDS", 0.1)
    monkeypatch.setattr(settings, "JOB_LEASE_SECONDS", 1)


@pytest.fixture
def lease(queued: Queued) -> Iterator[Lease]:
    queued()
    lease = services.claim("io")
    assert lease is not None
    yield lease
    lease.stop()


def now(lease: Lease) -> Job:
    return Job.objects.get(pk=lease.job.pk)


def soon(condition: Callable[[], bool], seconds: float = 3.0) -> None:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "did not come true"
        time.sleep(0.02)


def told(lease: Lease, type: str) -> list[dict[str, Any]]:
    return [e.data for e in Event.objects.filter(subject=lease.job.subject, type=type).order_by("seq")]


# --- the heartbeat ----------------------------------------------------------------------------------------------------


def test_a_lease_is_renewed_for_as_long_as_it_is_held(lease: Lease) -> None:
    time.sleep(1.5)  # longer than a lease
    assert services.reconcile() == {"failed": 0, "requeued": 0, "resent": 0}
    assert now(lease).lease_until > timezone.now()
    lease.finish()
    assert (now(lease).state, now(lease).attempt) == (State.DONE, 1)


def test_a_lease_whose_heart_stopped_is_taken_back(lease: Lease) -> None:
    lease.stop()
    time.sleep(1.2)
    assert services.reconcile()["requeued"] == 1
    with pytest.raises(LeaseLost):
        lease.finish()
    assert (now(lease).state, now(lease).strikes) == (State.QUEUED, 1)


def test_the_heartbeat_notices_a_job_that_was_cancelled(lease: Lease) -> None:
    services.cancel(job=lease.job, by="test")
    soon(lease._lost.is_set)
    with pytest.raises(LeaseLost):
        lease.check()


def test_a_lease_that_is_over_leaves_no_thread(lease: Lease) -> None:
    thread = lease._thread
    assert thread is not None
    lease.finish()
    assert not thread.is_alive()


# --- strikes ----------------------------------------------------------------------------------------------------------


def test_a_checkpoint_forgives_the_strikes_before_it(queued: Queued, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets further each time, so it is not what kills its workers: two strikes before a checkpoint and two after it
    do not add up to the third."""

    def reach_a_checkpoint_and_crash(lease: Lease) -> None:
        if lease.job.attempt == 3:
            lease.reset_strikes()
        raise RuntimeError("crashed")

    queued()
    monkeypatch.setattr(handlers, "load", lambda kind: reach_a_checkpoint_and_crash)
    states = []
    for _ in range(5):
        tasks.run_job(queue="io", sent_at=timezone.now().isoformat())
        job = Job.objects.get()
        states.append((job.state, job.strikes))
    assert states == [("queued", 1), ("queued", 2), ("queued", 1), ("queued", 2), ("failed", 3)]


def test_whoever_lost_the_job_forgives_nothing(lease: Lease) -> None:
    lease.stop()
    Job.objects.filter(pk=lease.job.pk).update(strikes=2, fence=lease.fence + 1)
    lease.reset_strikes()
    assert now(lease).strikes == 2


def test_a_database_that_is_away_does_not_stop_work_at_its_checkpoint(lease: Lease, plug: Plug) -> None:
    Job.objects.filter(pk=lease.job.pk).update(strikes=2)
    plug.pulled = True
    lease.reset_strikes()
    plug.pulled = False
    assert now(lease).strikes == 2
    lease.reset_strikes()
    assert now(lease).strikes == 0


# --- progress ---------------------------------------------------------------------------------------------------------


def test_progress_is_told_five_times_a_second_and_ends_with_the_last_word(lease: Lease) -> None:
    began = time.monotonic()
    for step in range(100):
        lease.stage("counting", step / 100)
        time.sleep(0.01)
    seconds = time.monotonic() - began
    soon(lambda: told(lease, "job.stage")[-1]["progress"] == 0.99)
    messages = told(lease, "job.stage")
    assert 3 <= len(messages) <= 2 + seconds / leases.MIN_EVENT_GAP_S
    assert [m["progress"] for m in messages] == sorted(m["progress"] for m in messages)
    assert now(lease).progress == 0.99


def test_what_was_gathered_is_told_before_the_end_is(lease: Lease) -> None:
    for number in range(5):
        lease.emit("news", {"n": number})
    lease.finish(events=[(lease.job.subject, "result", {})])
    types = list(Event.objects.filter(subject=lease.job.subject).order_by("seq").values_list("type", flat=True))
    assert types == ["job.state", "job.state", *["news"] * 5, "result", "job.state"]
    assert [m["n"] for m in told(lease, "news")] == list(range(5))


def test_fixations_that_wait_are_joined_into_one_message_that_starts_where_they_start(lease: Lease) -> None:
    from worker.handlers.predict import _join

    for number in range(12):
        message = {"sample": 0, "from": number, "fixations": [{"x": number}]}
        lease.gather("prediction.fixations", message, _join)
        time.sleep(0.04)
    lease.finish()
    path: list[dict[str, int]] = []
    messages = told(lease, "prediction.fixations")
    for message in messages:
        assert message["from"] == len(path)  # else a page that hears a second attempt keeps too much of the first
        path += message["fixations"]
    assert [fixation["x"] for fixation in path] == list(range(12))
    assert 1 < len(messages) < 12


# --- a database that is away ------------------------------------------------------------------------------------------


def test_a_heart_that_missed_a_beat_does_not_wait_for_the_next(
    lease: Lease, plug: Plug, monkeypatch: pytest.MonkeyPatch
) -> None:
    plug.pulled = True
    monkeypatch.setattr(settings, "JOB_HEARTBEAT_SECONDS", 60)  # from the beat on that is missed now
    time.sleep(0.3)
    back = time.monotonic()
    plug.pulled = False
    soon(lambda: lease._renewed > back)


def test_a_database_that_is_away_for_longer_than_a_lease_costs_nothing(lease: Lease, plug: Plug) -> None:
    plug.pulled = True
    began = time.monotonic()
    while time.monotonic() - began < 1.5:
        lease.stage("working", round(time.monotonic() - began, 2))
        time.sleep(0.1)
    back = threading.Timer(0.5, setattr, (plug, "pulled", False))
    back.start()
    lease.finish(events=[(lease.job.subject, "result", {})])  # waits for it
    job = now(lease)
    assert (job.state, job.attempt, job.strikes) == (State.DONE, 1, 0)
    assert len(told(lease, "result")) == 1


def test_leases_that_lapsed_while_the_database_was_away_are_not_taken_back(
    lease: Lease, plug: Plug, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "JOB_GRACE_SECONDS", 0.5)
    plug.pulled = True
    time.sleep(1.5)
    plug.pulled = False
    assert Job.objects.filter(lease_until__lt=timezone.now()).exists()
    assert services.reconcile()["requeued"] == 0
    assert now(lease).state == State.RUNNING


def test_progress_that_could_not_be_told_is_told_when_the_database_is_back(lease: Lease, plug: Plug) -> None:
    plug.pulled = True
    for number in range(3):
        lease.emit("news", {"n": number})
        time.sleep(0.3)
    plug.pulled = False
    soon(lambda: [m["n"] for m in told(lease, "news")] == [0, 1, 2])


@pytest.mark.parametrize("taken_for", [None, Problem("case-gone", "The film was deleted.", code=410)], ids=str)
def test_a_handler_that_fails_because_the_database_is_away_gets_no_strike(
    taken_for: Problem | None, queued: Queued, plug: Plug, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued()

    def look(lease: Lease) -> None:
        plug.pulled = True
        threading.Timer(0.4, setattr, (plug, "pulled", False)).start()
        try:
            Job.objects.count()
        except OperationalError as error:
            if taken_for is not None:
                raise taken_for from error
            raise

    monkeypatch.setattr(handlers, "load", lambda kind: look)
    tasks.run_job(queue="io", sent_at=timezone.now().isoformat())
    job = Job.objects.get()
    assert (job.state, job.attempt, job.strikes) == (State.QUEUED, 1, 0)


def test_a_handler_whose_own_statements_fail_is_given_up_in_the_end(
    queued: Queued, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It raises what a database that is away raises, but that one answers."""
    queued()

    def ask_nonsense(lease: Lease) -> None:
        raise OperationalError("no such table")

    monkeypatch.setattr(handlers, "load", lambda kind: ask_nonsense)
    for _ in range(settings.JOB_STRIKES):
        tasks.run_job(queue="io", sent_at=timezone.now().isoformat())
    assert Job.objects.get().state == State.FAILED


def test_a_job_is_done_though_nobody_can_be_woken_for_the_others(
    queued: Queued, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*rest: Any, **more: Any) -> int:
        raise OperationalError("no route to the database")

    queued()
    monkeypatch.setattr(services, "wake_again", away)
    tasks.run_job(queue="io", sent_at=timezone.now().isoformat())
    assert Job.objects.get().state == State.DONE


# --- a worker that stops ----------------------------------------------------------------------------------------------


def test_a_job_that_was_given_back_keeps_its_place_and_its_record(lease: Lease, queued: Queued) -> None:
    later = queued()
    leases.give_back_all()
    job = now(lease)
    assert (job.state, job.attempt, job.strikes, job.lease_until) == (State.QUEUED, 1, 0, None)
    with pytest.raises(LeaseLost):
        lease.finish()
    again = services.claim("io")
    assert again is not None
    again.stop()
    assert again.job.pk == job.pk != later.pk
    assert again.fence > lease.fence


def test_a_child_that_is_told_to_stop_gives_its_job_back_while_its_handler_is_busy(lease: Lease) -> None:
    before = signal.getsignal(shutdown.GIVE_BACK)
    try:
        shutdown.listen()
        signal.raise_signal(shutdown.GIVE_BACK)
        soon(lambda: now(lease).state == State.QUEUED)
        assert now(lease).strikes == 0
    finally:
        signal.set_wakeup_fd(-1)
        signal.signal(shutdown.GIVE_BACK, before)
