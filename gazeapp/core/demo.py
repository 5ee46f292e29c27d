"""How far the demo is. After `Ready` it is still being made, in the background and one thing at a time (`manage.py
demo_practice_set`), so homes, and lists that are empty until then, say what is to come. What is there stands in the
audit trail. How long it takes is not said: that depends on the machine."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from gazeapp.core.models import AuditEvent

# Verbs of the audit trail; databases have them.
BEGUN, FILM, STUDY, RELEASE, RUN = "demo.filled", "demo.school", "demo.study", "demo.release", "demo.run"
OVER = "demo.over"  # nothing more is made, be it that all is there or that something failed


@dataclass(frozen=True, slots=True)
class Step:
    """Something that comes: in words, and how many rows of the audit trail say that it is there."""

    words: str
    verb: str
    rows: int = 1
    counts: bool = False  # its rows are things that people see come one by one


FIRST = Step("a first practice film", FILM)
RATED = Step("a closed study with its results", STUDY)
RATE = Step("a study to rate", STUDY, 2)
ALL = Step("all 16 practice films", FILM, 16, counts=True)
LADDER = Step("16 practice films on the ladder", FILM, 16, counts=True)
RELEASED = Step("a release of simulated readings", RUN)  # the training from it begins as soon as it is there
TRAINED = Step("a release of simulated readings and a training from it", RUN)
STEPS = {
    # homes, by role
    "resident": (FIRST, ALL),
    "faculty": (FIRST, RATE, ALL),
    "admin": (RATED, TRAINED),
    "researcher": (RELEASED,),
    # lists
    "rate": (RATE,),
    "studies": (RATED, RATE),
    "ladder": (LADDER,),
    "models": (TRAINED,),
    "releases": (RELEASED,),
}
LISTS = {"rate", "studies", "ladder", "models", "releases"}


def line(of: str) -> dict[str, Any]:
    """For the home of a role or for a list: `coming`, what is still to come, in words, and `there`, how much is."""
    steps = STEPS.get(of, ()) if settings.DEMO else ()
    if not steps:
        return {"coming": []}
    verbs = {OVER, *(step.verb for step in steps)}
    count = Counter(AuditEvent.objects.filter(verb__in=verbs).values_list("verb", flat=True))
    left = [step for step in steps if count[step.verb] < step.rows] if not count[OVER] else []
    coming = [f"{step.words} ({count[step.verb]} so far)" if step.counts else step.words for step in left]
    return {"coming": coming, "there": len(steps) - len(left), "list": of if of in LISTS else ""}
