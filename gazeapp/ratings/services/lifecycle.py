"""The course of a study: it starts, raters come and go, it closes, and its results are worked out."""

from __future__ import annotations

import random
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from gazeapp.accounts.consents import Purpose
from gazeapp.accounts.models import User
from gazeapp.accounts.services import lock_people
from gazeapp.core import audit, events
from gazeapp.core.problems import Problem
from gazeapp.ratings import knowing, plan, questions, results, selectors
from gazeapp.ratings.drawing import draw
from gazeapp.ratings.knowing import Known
from gazeapp.ratings.models import Assignment, Item, Rater, Source, Study
from gazeapp.ratings.plan import Plan
from gazeapp.ratings.reasons import Reason, lacks
from gazeapp.ratings.services.planning import holds_simulated, planned
from gazeapp.scanpaths.paths import resolve
from ml.rating.design import order

State = Study.State


def start(*, study: Study, by: Any) -> Study:
    """Freeze the protocol, draw the numbers of the items, and give every rater their order. What models have not read
    yet is asked for before, and stays so when that refuses the start.

    Raises:
        Problem: study-started; study-cannot-start, with all that stands in the way in ``reasons``.
    """
    draw(study=study, by=by)
    return _start(study, by)


@transaction.atomic
def _start(study: Study, by: Any) -> Study:
    study = planned(study)
    lock_people(study.raters.values_list("user", flat=True))
    found = plan.plan_of(study)
    reasons = found.reasons or _unshowable(found)
    if reasons:
        raise Problem(
            "study-cannot-start",
            "This study cannot start yet.",
            reasons[0].words if len(reasons) == 1 else f"{len(reasons)} things stand in the way.",
            code=409,
            reasons=[reason.to_dict() for reason in reasons],
        )
    items = [
        Item(study=study, case=place, source=source, reference=found.paths[place.pk, source.pk])
        for place in found.cases
        for source in found.sources
    ]
    numbers = list(range(1, len(items) + 1))
    random.Random(f"{study.seed}:numbers").shuffle(numbers)
    for item, number in zip(items, numbers, strict=True):
        item.number = number
    Item.objects.bulk_create(items)
    for rater in found.raters:
        rater.knew = _known(study, rater.user)
        rater.save(update_fields=["knew"])
    study.state, study.started_at = State.RUNNING, timezone.now()
    study.simulated, study.protocol = holds_simulated(study), _protocol(study, found, items)
    study.save()
    for rater in found.raters:
        _assign(study, rater)
    for rater in found.raters:
        _notify(rater)
    audit.record(by, "study.start", f"study:{study.pk}", items=len(items), raters=len(found.raters))
    return study


@transaction.atomic
def add_rater(*, study: Study, user_id: int, by: Any, although_known: bool = False) -> Rater:
    """One rater more, also while the study runs: they get the next row of the Latin square. Who was dropped goes on
    where they were. Who may know readings of the study again is taken only if the organiser says so
    (``although_known``), and the results say that too.

    Raises:
        Problem: rater-unknown; rater-refused, with ``reasons``; rater-knows; too-many-raters; study-closed.
    """
    study = _locked(study, State.PLAN, State.RUNNING)
    rater = study.raters.filter(user_id=user_id).select_related("user").first()
    if rater is not None and rater.dropped_at is None and not (although_known and study.state == State.PLAN):
        return rater
    user = selectors.people_who_rate().filter(pk=user_id).first()
    if user is None:
        raise Problem("rater-unknown", "Raters are faculty or admins.", code=422, raters=[user_id])
    if study.raters.filter(dropped_at=None).exclude(user=user).count() >= plan.MAX_RATERS:
        raise Problem("too-many-raters", f"A study takes {plan.MAX_RATERS} raters.", code=409)
    lock_people([user.pk])
    if study.state == State.RUNNING:
        places = list(study.cases.select_related("case"))
        _refuse(plan.raters_reasons(user, study, places, plan.readers_of(study)))
    knew = _known(study, user)
    if knew and study.state == State.RUNNING and rater is None and not although_known:
        raise Problem(
            "rater-knows",
            plan.knows_reason(user, knew).words,
            "Take somebody else; or take them all the same (`although_known`), which the results will say.",
            code=409,
        )
    if rater is None:
        last = study.raters.aggregate(last=Max("row"))["last"]
        rater = Rater.objects.create(study=study, user=user, row=0 if last is None else last + 1)
        if study.state == State.RUNNING:
            _assign(study, rater)
    elif rater.dropped_at is not None:
        rater.dropped_at, rater.returned_at = None, timezone.now()
        rater.save(update_fields=["dropped_at", "returned_at"])
    if although_known:
        rater.knew = knew
        rater.save(update_fields=["knew"])
    if study.state == State.RUNNING:
        _notify(rater)
    _notify_board(rater)
    audit.record(by, "study.rater.add", f"study:{study.pk}", rater=user.pk, knew=knowing.counts(rater.knew or {}))
    return rater


@transaction.atomic
def drop_rater(*, study: Study, rater: Rater, by: Any) -> None:
    """They rate no more; what they have answered stays, and the results say so. Before the start they are taken out.

    Raises:
        Problem: study-closed.
    """
    study = _locked(study, State.PLAN, State.RUNNING)
    if study.state == State.PLAN:
        rater.delete()
    elif rater.dropped_at is None:
        rater.dropped_at = timezone.now()
        rater.save(update_fields=["dropped_at"])
        events.publish(selectors.rating_subject(rater), "rating.closed", {"state": "dropped"})
        _notify_board(rater)
    audit.record(by, "study.rater.drop", f"study:{study.pk}", rater=rater.user_id)


def close(*, study: Study, by: Any) -> Study:
    """Take no more answers and open the results. Closing twice changes nothing.

    Raises:
        Problem: study-not-running.
    """
    closed = _close(study, by)
    results_of(closed)
    return closed


@transaction.atomic
def _close(study: Study, by: Any) -> Study:
    study = _locked(study, State.RUNNING, State.CLOSED)
    if study.state == State.CLOSED:
        return study
    study.state, study.closed_at = State.CLOSED, timezone.now()
    study.save(update_fields=["state", "closed_at"])
    for rater in study.raters.filter(dropped_at=None).order_by("row"):
        events.publish(selectors.rating_subject(rater), "rating.closed", {"state": study.state})
    events.publish(selectors.board_subject(study.pk), "board.closed", {"state": study.state})
    audit.record(by, "study.close", f"study:{study.pk}")
    return study


def results_of(study: Study) -> dict[str, Any]:
    """What came of a closed study: worked out once, outside the transaction that closed it; the same whenever."""
    if study.results is None:
        study.results = results.work_out(study)
        Study.objects.filter(pk=study.pk, state=State.CLOSED).update(results=study.results)
    return study.results


def _unshowable(found: Plan) -> list[Reason]:
    """Readings that are there by their rows but cannot be shown: none of their fixations lies on the film, say."""
    reasons = []
    kinds = {source.pk: source for source in found.sources if source.kind not in Source.CONTROLS}
    for place in found.cases:
        for pk, source in kinds.items():
            try:
                resolve(found.paths[place.pk, pk], purpose=Purpose.RESEARCH)
            except Problem:
                reasons.append(lacks(source, place, "nothing of it lies on the film"))
    return reasons


def _protocol(study: Study, found: Plan, items: list[Item]) -> dict[str, Any]:
    return {
        "cases": [
            {
                "position": place.position,
                "case": str(place.case_id),
                "film_sha256": place.film_sha256,
                "report_sha256": place.case.report_sha256 if place.case else "",
            }
            for place in found.cases
        ],
        "sources": [
            {"number": s.number, "kind": s.kind, "model_sha256": s.model_sha256, "label": s.label}
            for s in found.sources
        ],
        "items": [
            {"number": i.number, "case": i.case.position, "source": i.source.number, "path": i.reference}
            for i in items
        ],
        "raters": [rater.user_id for rater in found.raters],
        "knowing": [{"rater": r.user_id, "films": knowing.counts(r.knew)} for r in found.raters if r.knew],
        "repeats": study.repeats,
        "aperture": study.aperture,
        "questions": questions.form(),
    }  # fmt: skip


def _assign(study: Study, rater: Rater) -> None:
    """Every item once in this rater's order, then the repeats."""
    cases = list(study.cases.order_by("position").values_list("pk", flat=True))
    sources = list(study.sources.order_by("number").values_list("pk", flat=True))
    items = {(item.case_id, item.source_id): item.pk for item in study.items.all()}
    shown = order(cases=len(cases), sources=len(sources), row=rater.row, seed=study.seed, repeats=study.repeats)
    Assignment.objects.bulk_create(
        Assignment(rater=rater, item_id=items[cases[case], sources[source]], position=position, repeat=repeat)
        for position, (case, source, repeat) in enumerate(shown, 1)
    )


def _known(study: Study, person: User) -> Known | None:
    """What somebody may know of the study today; None when nothing."""
    films = set(study.cases.values_list("film_sha256", flat=True))
    return plan.known_again(person, study.sources.all(), films) or None


def _locked(study: Study, *states: str) -> Study:
    """The study's row, locked, if it is in one of these states."""
    locked = Study.objects.select_for_update().get(pk=study.pk)
    if locked.state in states:
        return locked
    if locked.state == State.CLOSED:
        raise Problem("study-closed", "This study is closed.", "Its results are open.", code=409)
    raise Problem("study-not-running", "This study has not started.", "Start it first.", code=409)


def _refuse(reasons: list[Reason]) -> None:
    if reasons:
        raise Problem(
            "rater-refused", reasons[0].words, code=409, reasons=[reason.to_dict() for reason in reasons]
        )  # fmt: skip


def _notify(rater: Rater) -> None:
    """A rater who watches their queue learns what comes next."""
    events.publish(
        selectors.rating_subject(rater), "rating.next", {"rater": rater.user_id, **selectors.next_of(rater)}
    )  # fmt: skip


def _notify_board(rater: Rater) -> None:
    row = {"id": rater.user_id, "name": rater.user.display_name, "dropped": rater.dropped_at is not None}
    events.publish(selectors.board_subject(rater.study_id), "board.rater", row)
