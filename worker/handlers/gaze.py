"""Looking into an eye tracker's file: everything happens in `gazeapp.recordings`, in a child process with limits."""

from __future__ import annotations

from gazeapp.core.lease import Lease
from gazeapp.recordings import services


def recognise(lease: Lease) -> None:
    services.recognise(session_id=lease.inputs["import"], lease=lease)
