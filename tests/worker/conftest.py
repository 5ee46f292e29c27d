from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gazeapp.core import lease as leases
from gazeapp.core import services
from gazeapp.core.lease import Lease
from gazeapp.core.models import Job


@pytest.fixture(autouse=True)
def nothing_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """What tests before this one claimed in the same process, and left as it was, is not this process's work."""
    monkeypatch.setattr(leases, "_held", set())


@pytest.fixture
def claimed(transactional_db: None) -> Iterator[Callable[..., Lease]]:
    """Makes a job and claims it, as a worker of the train queue does."""
    held: list[Lease] = []

    def make(kind: str = "train", **inputs: Any) -> Lease:
        name = f"{kind}-{len(held)}"
        services.enqueue(kind=kind, queue="train", subject=f"test:{name}", owner=None, inputs=inputs, key=name)
        lease = services.claim("train")
        assert lease is not None
        held.append(lease)
        return lease

    yield make
    for lease in held:
        lease.stop()
    assert not Job.objects.filter(state=Job.State.RUNNING, lease_until=None).exists()
