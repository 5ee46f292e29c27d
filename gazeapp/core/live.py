"""What the WebSocket and its REST twin share: how a reader starts on a subject and goes on, and who is shown out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from gazeapp.core import events, selectors
from gazeapp.core.models import Event


@dataclass(frozen=True)
class Answer:
    """Either a snapshot (``state``) as of ``seq``, or the events that lead to ``seq``."""

    seq: int
    state: dict[str, Any] | None = None
    events: list[Event] = field(default_factory=list)


def follow(user: Any, subject: str, after: int | None) -> Answer:
    """Start or go on. Raises Http404 or PermissionDenied for those who may not follow the subject.

    The number is read before the state: the state may already show what the next events tell, but can never miss one.
    A number from before the retention, or from another database, gets a snapshot.
    """
    newest = events.last_seq(subject)
    state = selectors.live_state(user, subject)
    if after is None or after > newest:
        return Answer(newest, state)
    found = events.after(subject, after)
    if found and found[0].seq != after + 1:
        return Answer(newest, state)
    if not found and after < newest:
        return Answer(newest, state)
    return Answer(found[-1].seq if found else after, None, found)


def close_sockets(*, user_id: Any = None, session_key: str | None = None) -> None:
    """Close every live socket of a person, or of one browser session (4401), after the current transaction."""
    group = person_group(user_id) if user_id is not None else session_group(session_key or "")
    transaction.on_commit(lambda: events.nudge(group, {"type": "sign_out"}))


def person_group(user_id: Any) -> str:
    return f"person.{user_id}"


def session_group(session_key: str) -> str:
    """A digest: session keys are secrets and must not stand in the broker."""
    return f"session.{hashlib.sha256(session_key.encode()).hexdigest()[:40]}"
