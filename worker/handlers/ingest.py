"""Taking in a film: everything happens in `gazeapp.cases`, which opens the file in a child process with limits."""

from __future__ import annotations

from gazeapp.cases import services
from gazeapp.core.lease import Lease


def ingest(lease: Lease) -> None:
    services.ingest(upload_id=lease.inputs["upload"], lease=lease)
