"""Every write of this app.

Order of locks (see `gazeapp.core.events`): a run's event log, then `models`, then the audit's.
"""

from __future__ import annotations

from gazeapp.training.services.judging import judge_job_changed, request_judgement, serving, store_verdict
from gazeapp.training.services.promoting import promote, promote_passed

__all__ = [
    "judge_job_changed",
    "promote",
    "promote_passed",
    "request_judgement",
    "serving",
    "store_verdict",
]
