"""How somebody's practice goes: successes over the last twenty first attempts, with n and interval."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.utils import timezone

from gazeapp.practice import selectors
from gazeapp.practice.models import Attempt, Feedback
from ml.gaze.shares import wilson

WINDOW = 20  # cases; before so many a trend is noise (Pusic et al. 2011 saw it in the first twenty)


def progress_of(user: Any) -> dict[str, Any]:
    """First attempts only: somebody who has seen a film before knows it."""
    rows = list(
        Attempt.objects.filter(person_id=user.pk, state=Attempt.State.COMMITTED, repeat=False)
        .order_by("committed_at", "pk")
        .values_list("committed_at", "success", "pk")
    )
    wins = [bool(success) for _, success, _ in rows]
    points = []
    for n, (at, success, _) in enumerate(rows, 1):
        last = wins[max(0, n - WINDOW) : n]
        share, low, high = wilson(sum(last), len(last))
        points.append(
            {
                "n": n,
                "at": at.isoformat() if at else None,
                "success": bool(success),
                "share": share,
                "low": low,
                "high": high,
                "cases": len(last),
                "enough": n >= WINDOW,
            }
        )
    now = timezone.now()
    due = selectors.due_again(user)
    return {
        "n": len(rows),
        "window": WINDOW,
        "points": points,
        "misses": _misses([pk for _, _, pk in rows]),
        "due": [row.due_at.date().isoformat() for row in due],
        "due_now": due.filter(due_at__lte=now).count(),
        "left": len(selectors.unread(user)),
    }


def _misses(attempts: list[Any]) -> dict[str, int]:
    """Missed findings by why: never looked at (search), looked at briefly (recognition), or for long (decision)."""
    counts: Counter[str] = Counter(search=0, recognition=0, decision=0)
    newest: dict[Any, dict[str, Any]] = {}
    for attempt, result in (
        Feedback.objects.filter(attempt__in=attempts).order_by("made_at", "pk").values_list("attempt_id", "result")
    ):
        looked = any(row["dwell_s"] is not None for row in result["key"]["findings"])
        if looked or attempt not in newest:  # a recording that was deleted since changes no count
            newest[attempt] = result
    for result in newest.values():
        counts.update(row["miss"] for row in result["key"]["findings"] if row["miss"])
    return dict(counts)
