"""Every write of this app.

Order of locks (see `gazeapp.core.events`): a run's event log, then its person's, then `models`, then the audit's.
"""

from __future__ import annotations

from gazeapp.training.services.judging import judge_job_changed, request_judgement, serving, store_verdict
from gazeapp.training.services.promoting import promote, promote_passed
from gazeapp.training.services.runs import (
    cancel_run,
    child_gone,
    create_run,
    refuse_more_runs,
    resume_run,
    train_job_changed,
)
from gazeapp.training.services.scheduling import change_schedule, delete_schedule, make_schedule, start_scheduled
from gazeapp.training.services.sweeping import sweep
from gazeapp.training.services.working import ended, has_model, register, write_data, written

__all__ = [
    "cancel_run",
    "change_schedule",
    "child_gone",
    "create_run",
    "delete_schedule",
    "ended",
    "has_model",
    "judge_job_changed",
    "make_schedule",
    "promote",
    "promote_passed",
    "refuse_more_runs",
    "register",
    "request_judgement",
    "resume_run",
    "serving",
    "start_scheduled",
    "store_verdict",
    "sweep",
    "train_job_changed",
    "write_data",
    "written",
]
