"""What the beat starts by a schedule of an admin's: the task itself is declared in worker/tasks.py."""

from __future__ import annotations

import logging

from gazeapp.training import services

log = logging.getLogger(__name__)


def training(schedule: str) -> None:
    """The schedule of that id is due. Twice is as once."""
    slot = services.start_scheduled(schedule)
    if slot is not None:
        log.info("schedule %s at %s: %s", schedule, slot.at.isoformat(), slot.words)
