from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gazeapp.core import services
from gazeapp.core.models import Job


@pytest.fixture
def queued(db: None) -> Callable[..., Job]:
    """Makes a queued job of the diagnostic kind."""
    count = 0

    def make(**more: Any) -> Job:
        nonlocal count
        count += 1
        values = {"kind": "sleep", "queue": "io", "subject": f"test:{count}", "owner": None, "inputs": {}}
        return services.enqueue(**{**values, "key": f"key-{count}", **more})

    return make
