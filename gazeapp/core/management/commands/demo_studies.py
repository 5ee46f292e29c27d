"""Two studies of the demo's simulated films: one open, with items for the demo's faculty, and one closed, answered by
simulated raters. Both are planned, started, answered and closed through the same services as anybody's.

Simulated raters answer by rules that stand here, so the closed study shows what results look like and nothing else.
They are labelled: their names say what they are, and nobody can sign in as one.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gazeapp.accounts.models import Role, User
from gazeapp.cases.models import Case
from gazeapp.core import audit, demo
from gazeapp.core.management.commands.demo_people import answer_for, simulated_person
from gazeapp.core.models import AuditEvent
from gazeapp.core.problems import Problem
from gazeapp.ratings import services as ratings
from gazeapp.ratings.knowing import films_known
from gazeapp.ratings.models import Assignment, Source, Study
from gazeapp.scanpaths.selectors import current_model

FEWEST_CASES = 6
OPEN_CASES = 4  # of the open study: its rater may not know readings of them
OPEN, CLOSED = "Do predicted readings look human?", "A closed study, rated by simulated raters"
RATERS = 3
PATIENCE_S = 120.0  # for the readings that the model draws for a study; else the next case, or start, goes on
# Answers of a simulated rater by source: chance to call it human, mean comprehensiveness, mean redundancy.
ANSWERS: dict[str, tuple[float, float, float]] = {
    Source.Kind.SIMULATED: (0.85, 4.4, 1.9),
    Source.Kind.MODEL: (0.7, 4.2, 2.0),
    Source.Kind.SHUFFLED: (0.3, 4.1, 3.1),
    Source.Kind.OTHER_CASE: (0.5, 2.8, 2.9),
}


class Command(BaseCommand):
    help = "Make the demo's open and closed study, once there are enough simulated cases (demo mode only)."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo's studies belong to demo mode (MEDGAZE_DEMO=1).")
        organiser = User.objects.filter(is_demo=True, username=Role.ADMIN.value).first()
        faculty = User.objects.filter(is_demo=True, username=Role.FACULTY.value).first()
        read = Case.objects.filter(places__case_set__simulated=True, state=Case.State.READY)  # by simulated readers
        cases = list(read.order_by("created_at")[:FEWEST_CASES])
        if organiser is None or faculty is None or len(cases) < FEWEST_CASES:
            return
        kinds = [Source.Kind.SIMULATED, Source.Kind.MODEL, Source.Kind.SHUFFLED]
        if not made(CLOSED):
            raters = [
                answer_for(simulated_person(Role.FACULTY, "rater", number), yes=True) for number in range(1, RATERS + 1)
            ]
            study = planned(organiser, CLOSED, cases, kinds, raters)
            if study is not None:
                answer(study)
                ratings.close(study=study, by=organiser)
                audit.record("demo", demo.STUDY, f"study:{study.pk}", name=CLOSED)
        if not made(OPEN):
            unseen = list(read.exclude(film__in=films_known(faculty)).order_by("created_at")[:OPEN_CASES])
            study = planned(organiser, OPEN, unseen, [*kinds, Source.Kind.OTHER_CASE], [faculty])
            if study is not None:
                audit.record("demo", demo.STUDY, f"study:{study.pk}", name=OPEN)


def made(name: str) -> bool:
    return AuditEvent.objects.filter(verb=demo.STUDY, detail__name=name).exists()


def planned(
    organiser: User, name: str, cases: list[Case], kinds: list[Source.Kind], raters: list[User]
) -> Study | None:
    """A study that runs; None while something still stands in its way: the model's readings that are drawn for it."""
    study = Study.objects.filter(organiser=organiser, name=name, state=Study.State.PLAN).first()
    study = study or ratings.make_study(by=organiser, name=name)
    ratings.change_study(
        study=study,
        by=organiser,
        cases=[case.pk for case in cases],
        chosen=[
            {"kind": kind, "model": current_model().sha256} if kind == Source.Kind.MODEL else {"kind": kind}
            for kind in kinds
        ],
        raters=[person.pk for person in raters],
    )
    given_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < given_up:
        try:
            return ratings.start(study=study, by=organiser)
        except Problem as problem:
            if problem.kind != "study-cannot-start":
                raise
            if any(reason["drawing"] is None for reason in problem.more["reasons"]):
                return None
        time.sleep(0.5)
    return None


def answer(study: Study) -> None:
    """Everything that a study asks of its raters."""
    waiting = Assignment.objects.filter(rater__study=study, answered_at=None).order_by("rater__row", "position")
    for assignment in waiting.select_related("rater__study", "item__source", "item__case__case"):
        random = np.random.default_rng([assignment.rater.row, assignment.item.number, assignment.repeat])
        human, comprehensive, redundant = ANSWERS[assignment.item.source.kind]
        answers = {
            "human_like": int(random.random() < human),
            "comprehensive": level(comprehensive, random),
            "redundant": level(redundant, random),
            "confidence": level(3.2, random),
            "note": "",
        }
        ratings.show(assignment=assignment)
        ratings.submit(assignment=assignment, answers=answers, seconds=round(float(random.gamma(6.0, 4.0)), 1))


def level(mean: float, random: np.random.Generator) -> int:
    """1 to 5, about a mean."""
    return int(np.clip(round(random.normal(mean, 0.7)), 1, 5))
