"""Every write of this app. Keyword-only, each in one transaction, each telling its subjects."""

from __future__ import annotations

from gazeapp.cases.services.changes import confirm_report, delete_case, edit_case
from gazeapp.cases.services.ingest import ingest, ingest_job_changed
from gazeapp.cases.services.keys import approve, discard_draft, save_draft
from gazeapp.cases.services.sets import (
    add_case,
    agree,
    change_set,
    close_set,
    delete_set,
    make_set,
    open_set,
    remove_case,
)
from gazeapp.cases.services.sweep import sweep_uploads
from gazeapp.cases.services.uploads import create_upload, receive, receive_file, take_in, terminate
from gazeapp.cases.services.verdicts import hide, reject, release
from gazeapp.cases.services.warm import warm

__all__ = [
    "add_case",
    "agree",
    "approve",
    "change_set",
    "close_set",
    "confirm_report",
    "create_upload",
    "delete_case",
    "delete_set",
    "discard_draft",
    "edit_case",
    "hide",
    "ingest",
    "ingest_job_changed",
    "make_set",
    "open_set",
    "receive",
    "receive_file",
    "reject",
    "release",
    "remove_case",
    "save_draft",
    "sweep_uploads",
    "take_in",
    "terminate",
    "warm",
]
