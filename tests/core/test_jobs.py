"""The state table, the fence, and what is promised about both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import OperationalError
from django.db.models import Q
from django.utils import timezone

from gazeapp.core import jobs, services
from gazeapp.core.lease import Lease, LeaseLost
from gazeapp.core.models import AuditEvent, Event, Job
from gazeapp.core.problems import Problem
from worker import tasks

State = Job.State
Queued = Callable[..., Job]


def expire(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def claim(job: Job) -> Lease:
    """The lease of a worker that woke for this job's queue, and got this job."""
    lease = services.claim(job.queue)
    assert lease is not None
    assert lease.job.pk == job.pk
    return lease


def work() -> None:
    """What a worker does when it is woken."""
    tasks.run_job(queue="io", sent_at=timezone.now().isoformat())


def told(job: Job) -> list[str]:
    """The states its subject was told, in order."""
    return [e.data["state"] for e in Event.objects.filter(subject=job.subject, type="job.state").order_by("seq")]


@pytest.mark.parametrize("start", State.values)
@pytest.mark.parametrize("to", State.values)
def test_only_the_moves_of_the_table_happen(queued: Queued, start: str, to: str) -> None:
    job = queued()
    Job.objects.filter(pk=job.pk).update(state=start)
    moved = jobs.transition(job.pk, to, when=Q())
    job.refresh_from_db()
    if to in jobs.ALLOWED[start]:
        assert moved is not None
        assert job.state == to
    else:
        assert moved is None
        assert job.state == start


def test_the_same_key_is_the_same_work_while_it_is_active(queued: Queued) -> None:
    first = queued(key="one")
    assert queued(key="one").pk == first.pk
    lease = claim(first)
    assert queued(key="one").pk == first.pk
    lease.finish()
    assert queued(key="one").pk != first.pk


def test_a_job_is_claimed_once(queued: Queued) -> None:
    claim(queued())
    assert services.claim("io") is None


def test_a_lapsed_lease_is_taken_over_and_the_first_holder_can_write_nothing(queued: Queued) -> None:
    job = queued()
    late = claim(job)
    expire(job)
    services.reconcile()
    second = claim(job)
    assert second.fence > late.fence
    written: list[str] = []
    with pytest.raises(LeaseLost):
        late.finish(lambda: written.append("late"))
    with pytest.raises(LeaseLost):
        late.fail(Problem("x", "x"))
    late.emit("news", {})
    second.finish(lambda: written.append("second"))
    assert written == ["second"]
    assert not Event.objects.filter(type="news").exists()
    job.refresh_from_db()
    assert (job.state, job.attempt, job.strikes) == (State.DONE, 2, 1)


def test_a_result_that_cannot_be_written_leaves_the_job_running(queued: Queued) -> None:
    lease = claim(queued())

    def broken() -> None:
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError):
        lease.finish(broken, events=[("test:other", "never", {})])
    lease.job.refresh_from_db()
    assert lease.job.state == State.RUNNING
    assert not Event.objects.filter(type="never").exists()


def test_every_change_is_told_to_the_subject_in_order(queued: Queued) -> None:
    job = queued()
    lease = claim(job)
    lease.finish(events=[(job.subject, "result", {"n": 1})])
    assert told(job) == ["queued", "running", "done"]
    assert list(Event.objects.filter(subject=job.subject).order_by("seq").values_list("type", flat=True)) == [
        "job.state",
        "job.state",
        "result",
        "job.state",
    ]


def test_the_admins_log_hears_of_every_job_after_the_commit(
    queued: Queued, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        job = queued()
    assert Event.objects.get(subject="jobs").data["job"] == str(job.pk)


@pytest.mark.parametrize("state", State.values)
def test_cancel_works_in_every_state(queued: Queued, state: str) -> None:
    job = queued()
    lease = claim(job) if state != State.QUEUED else None
    if state not in {State.QUEUED, State.RUNNING}:
        Job.objects.filter(pk=job.pk).update(state=state)
    after = services.cancel(job=job, by="test")
    assert after.state == (State.CANCELLED if state in Job.ACTIVE else state)
    assert AuditEvent.objects.filter(verb="job.cancel").count() == (1 if state in Job.ACTIVE else 0)
    if lease is not None and state == State.RUNNING:
        with pytest.raises(LeaseLost):
            lease.finish()
    assert services.claim("io") is None


def test_a_cancelled_worker_notices_between_two_steps(queued: Queued) -> None:
    lease = claim(queued())
    services.cancel(job=lease.job, by="test")
    lease._last_check = 0.0
    with pytest.raises(LeaseLost):
        lease.stage("next")


def test_retry_starts_a_failed_job_with_fresh_strikes(queued: Queued) -> None:
    failed = queued()
    for _ in range(settings.JOB_STRIKES):
        claim(failed).release(KeyError())
    failed.refresh_from_db()
    assert (failed.state, failed.strikes) == (State.FAILED, settings.JOB_STRIKES)
    job = services.retry(job=failed, by="test")
    assert (job.state, job.attempt, job.strikes, job.error) == (State.QUEUED, 0, 0, None)
    claim(job)


def test_retry_refuses_what_is_done(queued: Queued) -> None:
    lease = claim(queued())
    lease.finish()
    with pytest.raises(Problem, match="cannot be started again"):
        services.retry(job=lease.job, by="test")


def test_retry_beside_an_active_twin_returns_the_twin(queued: Queued) -> None:
    old = queued(key="twin")
    services.cancel(job=old, by="test")
    new = queued(key="twin")
    assert services.retry(job=old, by="test").pk == new.pk


def test_three_lost_workers_are_a_visible_failure(queued: Queued) -> None:
    job = queued()
    for _ in range(settings.JOB_STRIKES):
        claim(job)
        expire(job)
        services.reconcile()
    job.refresh_from_db()
    assert (job.state, job.strikes) == (State.FAILED, settings.JOB_STRIKES)
    assert job.error is not None
    assert job.error["type"] == "/problems/worker-lost"
    assert told(job)[-1] == "failed"


def test_an_unforeseen_error_is_tried_again_and_then_given_up(queued: Queued) -> None:
    job = queued(inputs={"fail": 99})
    for _ in range(settings.JOB_STRIKES):
        work()
    job.refresh_from_db()
    assert (job.state, job.attempt) == (State.FAILED, settings.JOB_STRIKES)


def test_an_error_of_a_database_that_is_back_already_is_no_strike(queued: Queued) -> None:
    job = queued()
    lease = claim(job)
    lease._renewed -= 2 * settings.JOB_HEARTBEAT_SECONDS + 1  # two beats were missed meanwhile
    lease.release(OperationalError("no route to the database"))
    job.refresh_from_db()
    assert (job.state, job.strikes) == (State.QUEUED, 0)


def test_a_task_that_comes_twice_does_its_work_once(queued: Queued) -> None:
    job = queued()
    work()
    work()
    assert Event.objects.filter(subject=job.subject, type="slept").count() == 1


def test_a_job_for_later_goes_after_every_other_and_its_place_says_so(queued: Queued) -> None:
    from gazeapp.core.selectors import queue_place

    later, another_later = queued(later=True), queued(later=True)
    first, second = queued(), queued()
    in_turn = [first, second, later, another_later]
    assert [queue_place(job) for job in in_turn] == [1, 2, 3, 4]
    for expected in in_turn:
        lease = services.claim("io")
        assert lease is not None and lease.job.pk == expected.pk
        lease.finish()
    assert services.claim("io") is None


def test_a_job_for_later_that_lost_its_worker_waits_its_turn_again(queued: Queued) -> None:
    later = queued(later=True)
    lease = services.claim("io")
    assert lease is not None and lease.job.pk == later.pk
    lease.give_back()
    ahead = queued()
    taken = [lease.job.pk for lease in (services.claim("io"), services.claim("io")) if lease]
    assert taken == [ahead.pk, later.pk]


def test_the_place_in_the_queue_counts_those_ahead(queued: Queued) -> None:
    from gazeapp.core.selectors import queue_place

    first, second, other = queued(), queued(), queued(queue="predict")
    assert [queue_place(job) for job in (first, second, other)] == [1, 2, 1]
    claim(first)
    first.refresh_from_db()
    assert [queue_place(job) for job in (first, second)] == [0, 1]


def test_every_registered_path_leads_to_a_function() -> None:
    from gazeapp.core import registry
    from worker import handlers

    paths = [*registry.SUBJECTS.values(), *registry.JOB_CHANGED.values(), *registry.SWEEPERS]
    paths += [registry.CASE_READY, registry.CASE_PREDICTIONS]
    for path in paths:
        assert callable(registry.load(path)), path
    for kind in handlers.HANDLERS:
        assert callable(handlers.load(kind)), kind


def test_a_job_that_raises_three_times_says_so_and_not_that_its_worker_stopped(queued: Queued) -> None:
    job = queued()
    for _ in range(settings.JOB_STRIKES):
        lease = claim(job)
        lease.release(KeyError("a name that must not leave the log"))
    job.refresh_from_db()
    assert (job.state, job.error["type"]) == (State.FAILED, "/problems/job-crashed")
    assert "KeyError" in job.error["detail"]
    assert "a name" not in job.error["detail"]
