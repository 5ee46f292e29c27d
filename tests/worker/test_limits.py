"""How long a job may take, by its kind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings

from gazeapp.core.lease import Lease
from gazeapp.core.models import Job
from tests.worker.test_child import FOR_EVER, Run, alive
from worker import handlers, limits, tasks

Claimed = Callable[..., Lease]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked to stop after 4 s (nine tenths of the limit), in which a child has begun on a busy machine too. No end of
    the process at the limit: it would be that of the tests."""
    monkeypatch.setattr(settings, "JOB_SECONDS", {"train": 4 / 0.9})
    monkeypatch.setattr(limits.faulthandler, "dump_traceback_later", lambda *args, **how: None)


def test_work_that_takes_longer_than_its_kind_may_is_stopped_and_says_so(
    short: None, claimed: Claimed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path, FOR_EVER)
    monkeypatch.setattr(handlers, "load", lambda kind: run)
    lease = claimed()
    began = time.monotonic()
    tasks.run(lease)
    assert time.monotonic() - began < 15
    job = Job.objects.get(pk=lease.job.pk)
    assert (job.state, job.strikes) == ("failed", 0)
    assert job.error["type"].endswith("too-long")
    assert job.error["detail"] == "Work of this kind may take 4 s. An administrator can allow more."
    assert not alive(run.pid)


def test_another_kind_of_work_has_its_own_limit(short: None, claimed: Claimed) -> None:
    lease = claimed("sleep", seconds=6)
    tasks.run(lease)
    assert Job.objects.get(pk=lease.job.pk).state == "done"


def test_no_clock_goes_on_after_the_work(short: None) -> None:
    before = signal.getsignal(signal.SIGALRM)
    with limits.kept("train"):
        pass
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    assert signal.getsignal(signal.SIGALRM) is before


def test_the_exception_comes_before_the_end_with_time_to_clean_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "JOB_SECONDS", {"train": 6 * 3600, "judge": 100})
    assert (limits.soft_s("train"), limits.soft_s("judge")) == (6 * 3600 - 60, 90)


def test_a_limit_of_less_than_a_second_is_kept_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "soft_s", lambda kind: 0.1)
    with pytest.raises(SoftTimeLimitExceeded), limits.kept("train"):
        time.sleep(5)


HANGS = """
import signal, time
import django
django.setup()
from django.conf import settings
settings.JOB_SECONDS = {"train": 1}
from worker import limits
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})  # as deaf as one long call of a library
with limits.kept("train"):
    time.sleep(30)
print("slept on")
"""


def test_work_that_hears_nothing_is_ended_with_its_process_and_the_log_says_where_it_was() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HANGS], cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Timeout (0:00:01)!" in done.stderr
    assert 'File "<string>", line 10' in done.stderr


@pytest.mark.parametrize(
    ("seconds", "words"), [(45, "45 s"), (840, "14 min"), (3599, "59 min"), (21540, "5 h 59 min"), (7200, "2 h 0 min")]
)
def test_a_limit_is_said_as_people_say_it(seconds: float, words: str) -> None:
    assert limits.in_words(seconds) == words


def test_neither_celery_nor_the_broker_comes_before_any_limit() -> None:
    longest = max(settings.CELERY_TASK_TIME_LIMIT, *settings.JOB_SECONDS.values())
    assert longest < tasks.run_job.soft_time_limit < tasks.run_job.time_limit
    assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] > tasks.run_job.time_limit
