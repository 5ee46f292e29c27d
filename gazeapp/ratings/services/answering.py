"""What a rater does: be shown an item, keep a draft, submit, correct. Submitting locks; a correction is a new row."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from gazeapp.accounts.consents import Purpose
from gazeapp.accounts.services import lock_people
from gazeapp.cases import phi_check
from gazeapp.core import events
from gazeapp.core.problems import Problem
from gazeapp.ratings import selectors
from gazeapp.ratings.models import Answer, Assignment, Study, StudyCase
from gazeapp.ratings.questions import ANSWER_FIELDS
from gazeapp.scanpaths.paths import resolve, rows
from ml.gaze.render import rendered


def show(*, assignment: Assignment) -> list[dict[str, float]]:
    """The fixations of an item, in the one form that all sources have; marks it as shown.

    Raises:
        Problem: path-gone, with the ``next`` assignment: the item is passed over from now on; study-closed;
            rater-dropped.
    """
    _refuse_ended(assignment)
    _refuse_earlier(assignment)
    item, path = assignment.item, None
    if item.pk not in selectors.withdrawn([item.pk]):
        try:
            path = rendered(rows(resolve(item.reference, purpose=Purpose.RESEARCH)))
        except Problem as problem:
            if problem.kind != "path-gone":
                raise
    if path is None:
        _pass_over(item.case)
        raise Problem(
            "path-gone",
            "This film was withdrawn.",
            "It is passed over; go on with the next one.",
            code=410,
            next=selectors.next_of(assignment.rater)["next"],
        )
    _mark_shown(assignment)
    return path


@transaction.atomic
def save_draft(*, assignment: Assignment, draft: dict[str, Any]) -> Assignment:
    """Keep the answers so far, so that they can be finished elsewhere.

    Raises:
        Problem: locked, once submitted; study-closed; rater-dropped.
    """
    locked = _locked(assignment)
    if locked.answered_at is not None:
        raise _submitted()
    locked.draft = {name: draft.get(name) for name in ANSWER_FIELDS}
    locked.save(update_fields=["draft"])
    return locked


@transaction.atomic
def submit(*, assignment: Assignment, answers: dict[str, Any], seconds: float, correction: bool = False) -> Assignment:
    """Take a rater's answers, for good. The same sent again changes nothing. ``correction``: other answers after the
    first are a further row, and the newest counts.

    Raises:
        Problem: locked, for other answers without ``correction``; identity-suspected; study-closed; rater-dropped.
    """
    locked = _locked(assignment)
    newest = locked.answers.order_by("-number").first()
    if newest is not None and all(getattr(newest, name) == answers[name] for name in ANSWER_FIELDS):
        return locked
    if newest is not None and not correction:
        raise _submitted()
    _refuse_earlier(locked)
    phi_check.refuse_marked({"note": answers["note"]})
    number = newest.number + 1 if newest else 1
    Answer.objects.create(
        assignment=locked, number=number, seconds=seconds, **{name: answers[name] for name in ANSWER_FIELDS}
    )
    if newest is None:
        locked.draft, locked.answered_at, locked.seconds = None, timezone.now(), seconds
        locked.save(update_fields=["draft", "answered_at", "seconds"])
        _notify(locked)
    return locked


def _locked(assignment: Assignment) -> Assignment:
    """The assignment's row. The study's is locked first, so that a study closes before an answer or after it."""
    study = Study.objects.select_for_update().get(pk=assignment.rater.study_id)
    locked = Assignment.objects.select_for_update(of=("self",)).select_related("rater", "item").get(pk=assignment.pk)
    locked.rater.study = study
    _refuse_ended(locked)
    return locked


def _refuse_ended(assignment: Assignment) -> None:
    rater = assignment.rater
    if rater.study.state != Study.State.RUNNING:
        raise Problem("study-closed", "This study is closed.", "Its results are open.", code=409)
    if rater.dropped_at is not None:
        raise Problem(
            "rater-dropped", "You rate in this study no more.", "What you have answered is kept.", code=409
        )  # fmt: skip


def _refuse_earlier(assignment: Assignment) -> None:
    """Of what somebody has answered they see and correct the last alone: who could lay earlier items side by side could
    work out which belong together, and then answer anew."""
    answered = assignment.rater.assignments.filter(answered_at__isnull=False)
    last = answered.order_by("-answered_at", "-position").values_list("pk", flat=True).first()
    if assignment.answered_at is not None and assignment.pk != last:
        raise Problem("answered", "You have answered this one.", "Only the last one can be looked at again.", code=409)


def _submitted() -> Problem:
    return Problem("locked", "This item is submitted.", "Send other answers as a correction.", code=409)


@transaction.atomic
def _mark_shown(assignment: Assignment) -> None:
    """Its first showing is written down once, and only while the study runs: a start that asks what its raters have
    seen comes before or after it."""
    _locked(assignment)
    lock_people([assignment.rater.user_id])
    now = timezone.now()
    if Assignment.objects.filter(pk=assignment.pk, first_shown_at=None).update(first_shown_at=now):
        _notify_cell(assignment, "shown")


@transaction.atomic
def _pass_over(place: StudyCase) -> None:
    """A film of which one item could not be shown once is shown to nobody any more: so all raters see the same items,
    and nobody knows that the film's others were not made of what is gone."""
    StudyCase.objects.select_for_update().get(pk=place.pk)  # two raters may meet it at once
    if not place.items.filter(gone_at=None).update(gone_at=timezone.now()):
        return
    ahead = Assignment.objects.filter(item__case=place, answered_at=None)
    known = ahead.filter(Q(repeat=False) | Q(first_shown_at__isnull=False))  # what comes again is not told before
    for waits in known.select_related("rater", "item"):
        _notify_cell(waits, "withdrawn")


def _notify(assignment: Assignment) -> None:
    rater = assignment.rater
    data = {"rater": rater.user_id, **selectors.next_of(rater)}
    events.publish(selectors.rating_subject(rater), "rating.next", data)
    _notify_cell(assignment, "answered")


def _notify_cell(assignment: Assignment, state: str) -> None:
    """The board learns that a cell has changed, and nothing of what was answered."""
    cell = {
        "rater": assignment.rater.user_id,
        "item": assignment.item.number,
        "state": state,
        "repeat": assignment.repeat,
        "seconds": assignment.seconds,
    }
    events.publish(selectors.board_subject(assignment.rater.study_id), "board.cell", cell)
