"""Telling the people who follow a case what became of it."""

from __future__ import annotations

from typing import Any

from gazeapp.cases.models import Case
from gazeapp.core.events import publish


def notify(case: Case, **more: Any) -> None:
    """Publishes the case's state to its own followers, then to its owner's list."""
    data: dict[str, Any] = {"state": case.state, **more}
    if case.problem:
        data["problem"] = case.problem
    publish(case.subject, "case.state", data)
    publish(f"user:{case.owner_id}", "case.listed", {"case": str(case.pk), "state": case.state})
