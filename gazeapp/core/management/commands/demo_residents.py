"""Simulated residents read the demo's practice set, so that the ladder has a history when somebody first looks at it.

They go the way of everybody's attempts: the next case, a recording, marks, a commit. How often each finds what is there
follows a logistic law of their skill and of how plainly it was drawn. They are labelled: their names say what they are,
nobody can sign in as one, and their readings serve no purpose beside their own feedback.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gazeapp.accounts.models import Role, User
from gazeapp.cases.models import AnswerKey, Case
from gazeapp.cases.selectors import approved_key
from gazeapp.core.management.commands.demo_people import answer_for, simulated_person
from gazeapp.core.management.commands.demo_practice_set import ORDER, samples_of
from gazeapp.practice import services as practice
from gazeapp.practice.models import Attempt
from gazeapp.practice.selectors import next_case
from gazeapp.recordings import services as recordings
from gazeapp.recordings.models import FixationSet

SKILLS = (-1.0, -0.4, 0.1, 0.5, 0.9, 1.4)  # log-odds
PLAIN = 0.45  # a finding so plain is found by every second resident of skill 0
STEEP = 5.0
NORMAL_BONUS = 1.0  # normal films are called so more often than findings are found
FALSE_MARK = 0.15  # of a film with findings, at low confidence


class Command(BaseCommand):
    help = "Let simulated residents read what is new to them in the demo's practice set (demo mode only)."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Simulated residents belong to demo mode (MEDGAZE_DEMO=1).")
        people = [resident(number, skill) for number, skill in enumerate(SKILLS, 1)]
        while people:  # in turn, as a cohort reads
            people = [(person, skill) for person, skill in people if read(person, skill)]


def resident(number: int, skill: float) -> tuple[User, float]:
    """A person without a password, who has answered about consent with no."""
    person = answer_for(simulated_person(Role.RESIDENT, "resident", number), yes=False)
    reader = recordings.reader_of(person)
    if not reader.simulated:
        reader.simulated = True
        reader.save(update_fields=["simulated"])
    return person, skill


def read(person: User, skill: float) -> bool:
    """One attempt at the next simulated case; False when there is none."""
    found = next_case(person)
    if found is None or found[1] or not found[0].simulated:
        return False
    attempt, _ = practice.begin(user=person)
    case, key = attempt.case, approved_key(found[0])
    if case is None or case.pk != found[0].pk or key is None:
        return False
    random = np.random.default_rng([person.pk, *case.pk.bytes])
    writer = practice.take(attempt=attempt)
    parts = record(attempt, case, writer)
    marks, answer = answers(case, key, skill, random)
    practice.commit(attempt=attempt, writer=writer, marks=marks, answer=answer, parts=parts)
    return True


def record(attempt: Attempt, case: Case, writer: str) -> int:
    """Send a simulated reader's fixations of this film as a page would send a person's; gives the number of parts."""
    shown = FixationSet.objects.filter(counts=True, recording__case=case, recording__reader__user=None)
    path = [[f["x"], f["y"], f["duration_s"]] for f in shown.values_list("fixations", flat=True).first() or []]
    rows = samples_of(np.array(path, np.float64).reshape(-1, 3))
    batches = [rows[start : start + 600] for start in range(0, len(rows), 600)]
    assert attempt.recording is not None
    for seq, batch in enumerate(batches):
        recordings.receive_part(recording=attempt.recording, seq=seq, writer=writer, body={"samples": batch})
    return len(batches)


def answers(case: Case, key: AnswerKey, skill: float, random: np.random.Generator) -> tuple[list[dict[str, Any]], str]:
    """Marks and answer of somebody with this skill."""
    plain = plainness(case)
    marks = [
        mark(finding.shape["x"], finding.shape["y"], 4, finding.label)
        for finding in key.findings.all()
        if random.random() < chance(skill + STEEP * (plain - PLAIN))
    ]
    wrong = random.random() >= chance(skill + NORMAL_BONUS) if key.normal else random.random() < FALSE_MARK
    if wrong:
        x, y = random.uniform(0.25, 0.75, 2).tolist()
        marks.append(mark(x, y, 4 if key.normal else 2, ""))
    return marks, "abnormal" if marks else "normal"


def plainness(case: Case) -> float:
    """How plainly its findings are drawn, 0 to 1: the least of them, since all have to be found."""
    from ml.simulator import teaching

    number = case.title.rsplit(" ", 1)[-1]
    planned = teaching.BANK[ORDER[int(number) - 1]] if number.isdecimal() and int(number) <= len(ORDER) else ()
    return min((finding.plainness for finding in planned), default=PLAIN)


def chance(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-log_odds))


def mark(x: float, y: float, confidence: int, label: str) -> dict[str, Any]:
    return {"x": round(x, 4), "y": round(y, 4), "confidence": confidence, "label": label, "at_s": 1.0}
