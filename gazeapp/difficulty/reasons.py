"""Why a case stands where it does: what was missed, what it was compared with, and how it came there."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from gazeapp.cases.selectors import approved_key, films_rated
from gazeapp.difficulty import rows
from gazeapp.difficulty.models import Comparison, Place
from gazeapp.difficulty.selectors import ladder_for
from gazeapp.practice import scoring
from gazeapp.practice.models import Attempt

LATEST = 50  # comparisons and steps of the history
JUDGED = 500  # attempts, the newest, that misses are counted over


def reasons_for(user: Any, place: Place) -> dict[str, Any]:
    """The case's row, with its reasons."""
    blind = films_rated(user)
    (row,) = rows.row_dicts([place], rows.scale(blind), blind)
    return {
        **row,
        "simulated_attempts": place.moves.filter(attempt__person__reader__simulated=True).count(),
        "missed": _missed(place),
        "against": _against(user, place),
        "report_words": len(place.case.report.split()),
        "history": _history(place),
    }


def _missed(place: Place) -> list[dict[str, Any]]:
    """Each finding of the key that counts, and how many of the first attempts judged by that key missed it."""
    key = approved_key(place.case)
    if key is None or place.case.film is None:
        return []
    aspect = place.case.aspect
    first = Attempt.objects.filter(case=place.case, key=key, state=Attempt.State.COMMITTED, repeat=False)
    attempts = list(first.order_by("-committed_at", "-pk").values_list("marks", "answer")[:JUDGED])
    findings = list(key.findings.order_by("number"))
    missed = [0] * len(findings)
    for marks, answer in attempts:
        judged = scoring.score(marks, answer, key, aspect=aspect).judged
        for number in range(len(findings)):
            missed[number] += not judged.hit_by[number]
    return [
        {"label": finding.label, "importance": finding.importance, "missed": misses, "of": len(attempts)}
        for finding, misses in zip(findings, missed, strict=True)
    ]


def _against(user: Any, place: Place) -> list[dict[str, Any]]:
    """The newest comparisons that count, with cases that this person sees; not who made them."""
    here = Comparison.objects.filter(Q(first=place.case) | Q(second=place.case), undone_at=None)
    visible = ladder_for(user).values("case_id")
    newest = here.filter(first__in=visible, second__in=visible).select_related("first", "second").order_by("-pk")
    found = []
    for row in newest[:LATEST]:
        this_first = row.first_id == place.case_id
        other = row.second if this_first else row.first
        harder = "equal"
        if row.harder != Comparison.Harder.EQUAL:
            harder = "this" if (row.harder == Comparison.Harder.FIRST) == this_first else "against"
        found.append({"case": str(other.pk), "against": other.title, "harder": harder, "at": row.at.isoformat()})
    return found


def _history(place: Place) -> list[dict[str, Any]]:
    """Where it stood after each of the newest attempts and comparisons, the oldest first; where others' comparisons
    have moved it since, as of now."""
    moves = list(place.moves.order_by("-pk").values_list("at", "value")[:LATEST])[::-1]
    if not moves or moves[-1][1] != place.place:
        moves = [*moves, (place.changed_at, place.place)][-LATEST:]
    return [{"at": at.isoformat(), "place": value} for at, value in moves]
