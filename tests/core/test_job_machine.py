"""Random lives of one job: whatever workers, people and the clock do, its result is written at most once a run."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test

from gazeapp.core import services
from gazeapp.core.lease import Lease, LeaseLost
from gazeapp.core.models import Event, Job
from gazeapp.core.problems import Problem

State = Job.State


class JobLife(RuleBasedStateMachine):
    leases = Bundle("leases")

    def __init__(self) -> None:
        super().__init__()
        self.job = services.enqueue(
            kind="sleep", queue="io", subject="machine", owner=None, inputs={}, key=f"machine-{Job.objects.count()}"
        )
        self.fence = 0
        self.written = 0
        self.before = str(State.QUEUED)

    def now(self) -> Job:
        return Job.objects.get(pk=self.job.pk)

    @rule(target=leases)
    def a_worker_gets_the_message(self) -> Lease | None:
        before = self.now()
        lease = services.claim("io", sent_at=timezone.now())
        assert (lease is not None) == (before.state == State.QUEUED)
        return lease

    @rule(lease=consumes(leases))
    def a_worker_finishes(self, lease: Lease | None) -> None:
        if lease is None:
            return
        holds = self.holds(lease)
        try:
            lease.finish(events=[("machine-results", "result", {})])
            assert holds
            self.written += 1
        except LeaseLost:
            assert not holds

    @rule(lease=consumes(leases))
    def a_worker_refuses_the_input(self, lease: Lease | None) -> None:
        if lease is None:
            return
        holds = self.holds(lease)
        try:
            lease.fail(Problem("bad", "Bad."))
            assert holds
        except LeaseLost:
            assert not holds

    @rule(lease=consumes(leases))
    def a_worker_meets_an_error(self, lease: Lease | None) -> None:
        if lease is not None:
            lease.release()

    @rule(lease=consumes(leases))
    def a_worker_stops(self, lease: Lease | None) -> None:
        if lease is not None:
            strikes = self.now().strikes
            lease.give_back()
            assert self.now().strikes == strikes

    @rule()
    def the_lease_runs_out(self) -> None:
        Job.objects.filter(pk=self.job.pk, state=State.RUNNING).update(
            lease_until=timezone.now() - timedelta(seconds=1)
        )

    @rule()
    def the_clock_reconciles(self) -> None:
        services.reconcile()

    @rule()
    def a_person_cancels(self) -> None:
        services.cancel(job=self.job, by="test")

    @rule()
    def a_person_retries(self) -> None:
        state = self.now().state
        try:
            services.retry(job=self.job, by="test")
        except Problem:
            assert state == State.DONE

    def holds(self, lease: Lease) -> bool:
        job = self.now()
        return job.state == State.RUNNING and job.fence == lease.fence

    @invariant()
    def the_result_is_written_once_and_only_by_the_holder(self) -> None:
        job = self.now()
        assert Event.objects.filter(subject="machine-results").count() == self.written <= 1
        assert (job.state == State.DONE) == (self.written == 1)

    @invariant()
    def the_fence_never_goes_back_and_strikes_end(self) -> None:
        job = self.now()
        assert job.fence >= self.fence
        self.fence = job.fence
        assert job.strikes <= django_settings.JOB_STRIKES
        assert job.strikes <= job.attempt

    @invariant()
    def the_log_has_no_gap_and_ends_with_the_state(self) -> None:
        events = list(Event.objects.filter(subject="machine").order_by("seq"))
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert events[-1].data["state"] == self.now().state

    def teardown(self) -> None:
        Event.objects.all().delete()
        Job.objects.all().delete()
        from gazeapp.core.models import EventLog

        EventLog.objects.filter(subject__startswith="machine").delete()


@pytest.mark.django_db
def test_no_life_of_a_job_breaks_its_promises() -> None:
    run_state_machine_as_test(
        JobLife,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
