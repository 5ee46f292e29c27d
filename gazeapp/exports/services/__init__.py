"""Every write of this app.

Locks: a release's event log first, then that of all requests (`requests`), then a person's, and the audit's last.
"""

from __future__ import annotations

from gazeapp.exports.services.closing import close, withdraw
from gazeapp.exports.services.downloads import accept_terms, note_download
from gazeapp.exports.services.making import make_release, release_job_changed
from gazeapp.exports.services.requests import (
    approve,
    approve_films,
    decline,
    decline_films,
    request_release,
)
from gazeapp.exports.services.sweeping import sweep
from gazeapp.exports.services.training import write_for_training

__all__ = [
    "accept_terms",
    "approve",
    "approve_films",
    "close",
    "decline",
    "decline_films",
    "make_release",
    "note_download",
    "release_job_changed",
    "request_release",
    "sweep",
    "withdraw",
    "write_for_training",
]
