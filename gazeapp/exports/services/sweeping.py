"""What the hourly sweep does here."""

from __future__ import annotations

import time

from gazeapp.cases.storage import ORPHAN_AFTER_S
from gazeapp.exports import storage


def sweep() -> int:
    """Deletes the folders of attempts that came to nothing; gives how many."""
    return storage.sweep_orphans(ORPHAN_AFTER_S, time.time())
