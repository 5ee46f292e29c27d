"""Making a release of research data: everything happens in `gazeapp.exports`."""

from __future__ import annotations

from gazeapp.core.lease import Lease
from gazeapp.exports import services


def release(lease: Lease) -> None:
    services.make_release(release_id=lease.inputs["release"], lease=lease)
