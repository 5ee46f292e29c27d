"""What a page may say over the live socket, and how often."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from gazeapp.core.problems import Problem
from gazeapp.core.text import refuse_unstorable

SUBJECT_CHARS = 100
MESSAGES_A_SECOND, BURST = 10.0, 40.0
# Refusals for talking too much, after which a page is a flood. An honest one that comes back with a hundred subjects
# meets about 120 in this time: it says each again two seconds after it was refused.
FLOOD, FLOOD_S = 200, 10.0


@dataclass(frozen=True)
class Said:
    """One message of a page."""

    type: str
    subject: str | None  # None where it names none, or one that no subject can be called
    after: int | None  # number of the last event that the page has; None asks for a snapshot


def read(text: str) -> Said | None:
    """What a message says, or None where it says nothing that can be understood."""
    try:
        message: Any = json.loads(text)
        kind, subject, after = message["type"], message.get("subject"), message.get("after")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    if not isinstance(kind, str):
        return None
    known = isinstance(after, int) and after >= 0
    return Said(kind, subject if _is_subject(subject) else None, after if known else None)


def _is_subject(subject: object) -> bool:
    if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_CHARS:
        return False
    try:
        refuse_unstorable("The subject", [subject])
    except Problem:
        return False
    return True


@dataclass
class Pace:
    """A token bucket: ten messages a second, with room for a page that subscribes to its whole list. Times are those of
    one clock that only goes forward, in seconds."""

    refilled: float
    tokens: float = BURST
    refusals: list[float] = field(default_factory=list)

    def allows(self, now: float) -> bool:
        """Whether one more message is taken now. Every message counts, whatever it says."""
        self.tokens = min(BURST, self.tokens + (now - self.refilled) * MESSAGES_A_SECOND)
        self.refilled = now
        if self.tokens < 1:
            self.refusals = [*(at for at in self.refusals if at > now - FLOOD_S), now]
            return False
        self.tokens -= 1
        return True

    @property
    def is_flood(self) -> bool:
        """Whether it goes on and on though it is refused."""
        return len(self.refusals) > FLOOD
