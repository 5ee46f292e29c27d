"""Every write of this app. Keyword-only, each in one transaction, each telling its subjects."""

from __future__ import annotations

from gazeapp.cases.services.changes import confirm_report, delete_case, edit_case
from gazeapp.cases.services.ingest import ingest, ingest_job_changed
from gazeapp.cases.services.sweep import sweep_quarantine, sweep_uploads
from gazeapp.cases.services.uploads import create_upload, receive, receive_file, take_in, terminate
from gazeapp.cases.services.verdicts import hide, reject, release
from gazeapp.cases.services.warm import warm

__all__ = [
    "confirm_report",
    "create_upload",
    "delete_case",
    "edit_case",
    "hide",
    "ingest",
    "ingest_job_changed",
    "receive",
    "receive_file",
    "reject",
    "release",
    "sweep_quarantine",
    "sweep_uploads",
    "take_in",
    "terminate",
    "warm",
]
