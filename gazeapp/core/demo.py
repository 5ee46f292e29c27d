"""How far the demo is. After `Ready` it is still being made, in the background and one thing at a time (`manage.py
demo_practice_set`), so the homes say what is to come. What is there stands in the audit trail."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import ceil
from typing import Any

from django.conf import settings
from django.utils import timezone

from gazeapp.core.models import AuditEvent

# Verbs of the audit trail; databases have them.
BEGUN, FILM, STUDY, RELEASE, RUN = "demo.filled", "demo.school", "demo.study", "demo.release", "demo.run"
OVER = "demo.over"  # nothing more is made, be it that all is there or that something failed


@dataclass(frozen=True, slots=True)
class Step:
    """Something that comes: in words, about how many minutes after the start (on two cores), and how many rows of the
    audit trail say that it is there."""

    words: str
    minutes: int
    verb: str
    rows: int = 1


FIRST = Step("a first practice film", 1, FILM)
RATED = Step("a closed study with its results", 3, STUDY)
RATE = Step("a study to rate", 3, STUDY, 2)
ALL = Step("all 16 practice films", 4, FILM, 16)
RELEASED = Step("a release of simulated readings", 6, RUN)  # the training from it begins as soon as it is there
TRAINED = Step("a release of simulated readings and a training from it", 6, RUN)
STEPS = {
    "resident": (FIRST, ALL),
    "faculty": (FIRST, RATE, ALL),
    "admin": (RATED, TRAINED),
    "researcher": (RELEASED,),
}


def line(role: str) -> dict[str, Any]:
    """For the home of this role: `coming`, what is still to come, in words, and `there`, how much of it is there."""
    steps = STEPS.get(role, ()) if settings.DEMO else ()
    if not steps:
        return {"coming": []}
    verbs = {BEGUN, OVER, *(step.verb for step in steps)}
    made = list(AuditEvent.objects.filter(verb__in=verbs).order_by("pk").values_list("verb", "at"))
    count = Counter(verb for verb, _ in made)
    left = [step for step in steps if count[step.verb] < step.rows] if not count[OVER] else []
    gone = (timezone.now() - made[0][1]).total_seconds() / 60 if made else 0.0
    return {"coming": [f"{step.words} {_when(step.minutes - gone)}" for step in left], "there": len(steps) - len(left)}


def _when(minutes: float) -> str:
    if minutes <= 0:
        return "soon"
    return "in about a minute" if minutes <= 1 else f"in about {ceil(minutes)} minutes"
