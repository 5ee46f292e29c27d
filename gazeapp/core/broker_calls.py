"""How long anybody waits for the broker: a second, and then nobody in this process for two.

A broker that is down refuses at once; one that hangs answers nobody, and would hold every request that touches it. What
is sent this way may be lost: rows are the truth, and somebody looks at them again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.conf import settings

log = logging.getLogger(__name__)

QUIET_S = 2.0  # after it kept somebody waiting
_quiet_until = 0.0


def best_effort(what: str, call: Callable[[], object]) -> bool:
    """Run ``call``, which has a deadline of its own, and say whether it went through. Never raises."""
    global _quiet_until
    began = time.monotonic()
    if began < _quiet_until:
        return False
    try:
        call()
    except Exception as error:  # kombu and redis raise many kinds; nothing of it may undo a committed change
        now = time.monotonic()
        if now - began > settings.BROKER_CALL_SECONDS / 2:  # it hangs, and will keep the next caller waiting too
            _quiet_until = now + QUIET_S
        log.warning("the broker did not take %s (%s)", what, type(error).__name__)
        return False
    return True
