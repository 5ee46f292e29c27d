"""The organiser's board: who has rated what, how long it takes, what holds it up. It holds no answer and no source."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.utils import timezone

from gazeapp.core import events
from gazeapp.ratings import selectors
from gazeapp.ratings.models import Assignment, Rater, Study
from ml.data.plurals import plural

LATELY, QUIET_AFTER = timedelta(hours=1), timedelta(days=2)
MOST_HOLDS = 5


def board_of(study: Study, *, blind: bool = False) -> dict[str, Any]:
    """Cells by "<rater's id>:<item's number>". ``seq`` is of `board:<study>`: events after it are news. ``blind``: for
    who rates films of the study. They get no items, and how far raters were at midnight: how long others took for an
    item tells it from the film's others, also in a study of one item that counts answers by the second."""
    seq = events.last_seq(selectors.board_subject(study.pk))
    raters = list(study.raters.select_related("user").order_by("row"))
    items = dict(study.items.order_by("number").values_list("pk", "number"))
    gone = selectors.withdrawn(items) if study.state == Study.State.RUNNING else set()
    rows = Assignment.objects.filter(rater__study=study).values_list(
        "rater", "rater__user", "item", "repeat", "first_shown_at", "answered_at", "seconds"
    )
    cells: dict[str, dict[str, Any]] = {}
    seconds: dict[int, list[float]] = defaultdict(list)
    told_until = selectors.midnight() if blind else None  # how far raters are, as of when
    done: dict[int, int] = defaultdict(int)
    left: dict[int, int] = defaultdict(int)  # without what was withdrawn
    unseen: dict[int, int] = defaultdict(int)  # showings again that have not begun: how many, and not of what
    latest: dict[int, datetime] = {}
    for rater, user, item, repeat, shown, answered, took in rows:
        if told_until is not None and answered is not None and answered >= told_until:
            answered = None
        state = "answered" if answered else "withdrawn" if item in gone else "shown" if shown else "waiting"
        cell = cells.setdefault(f"{user}:{items[item]}", {"state": "waiting", "repeat_state": None, "seconds": None})
        if repeat and not shown:
            unseen[rater] += item not in gone
        else:
            cell["repeat_state" if repeat else "state"] = state
        if answered and not repeat and took is not None:
            cell["seconds"] = took
            seconds[items[item]].append(took)
        if answered:
            done[rater] += 1
            latest[rater] = max(answered, latest.get(rater, answered))
        elif item not in gone:
            left[rater] += 1
    return {
        "study": {"id": str(study.pk), "name": study.name, "state": study.state, "simulated": study.simulated},
        "seq": seq,
        "blind": blind,
        "raters": [_rater(rater, done[rater.pk], left[rater.pk], unseen[rater.pk]) for rater in raters],
        "items": [] if blind else [{"number": number} for number in items.values()],
        "cells": {} if blind else cells,
        "medians": [
            {"number": number, "seconds": median(seconds[number]) if seconds[number] else None}
            for number in items.values()
            if not blind
        ],
        "holds": [{"words": words} for words in _holds(study, raters, left, latest, len(gone), blind=blind)],
    }


def _rater(rater: Rater, done: int, left: int, unseen: int) -> dict[str, Any]:
    return {
        "id": rater.user_id,
        "name": rater.user.display_name,
        "dropped": rater.dropped_at is not None,
        "done": done,
        "of": done + left,
        "unseen_repeats": unseen,
    }


def _holds(
    study: Study, raters: list[Rater], left: dict[int, int], latest: dict[int, datetime], gone: int, *, blind: bool
) -> list[str]:
    """What the study waits for, the longest way first."""
    if study.state != Study.State.RUNNING:
        return []
    present = [rater for rater in raters if rater.dropped_at is None]
    behind = sorted((rater for rater in present if left[rater.pk]), key=lambda rater: -left[rater.pk])
    words = [
        f"{r.user.display_name} has {plural(left[r.pk], 'item')} left, "
        + ("as of midnight." if blind else f"{_since(latest.get(r.pk))}.")
        for r in behind
    ]
    if not present:
        words = ["Nobody rates: add a rater or close the study."]
    elif not behind:
        words = ["Everybody is done: the study can be closed."]
    elif len(words) > MOST_HOLDS:
        words = [*words[:MOST_HOLDS], f"{len(words) - MOST_HOLDS} more raters have items left."]
    if gone:
        words.append(f"{plural(gone, 'item')} cannot be shown any more and {'is' if gone == 1 else 'are'} passed over.")
    return words


def _since(latest: datetime | None) -> str:
    if latest is None:
        return "none answered so far"
    ago = timezone.now() - latest
    if ago < LATELY:
        return "last answer within the hour"
    if ago < QUIET_AFTER:
        hours = int(ago / LATELY)
        return f"last answer {plural(hours, 'hour')} ago"
    return f"last answer {plural(ago.days, 'day')} ago"
