"""Reading studies, with their guards, and a rater's queue.

A study is its organiser's and the admins'; once closed, all faculty read its results. An assignment is its rater's
alone, also before an admin: it is the only door to what an item shows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from statistics import median
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from gazeapp.accounts.consents import Purpose
from gazeapp.accounts.models import User
from gazeapp.cases.models import Case
from gazeapp.cases.selectors import REVIEWERS
from gazeapp.core.problems import Problem
from gazeapp.core.selectors import uuid_of
from gazeapp.ratings import questions, sources
from gazeapp.ratings.copies import copies
from gazeapp.ratings.models import Assignment, Item, Rater, Source, Study, StudyCase
from gazeapp.recordings.models import FixationSet
from gazeapp.recordings.selectors import consented
from gazeapp.scanpaths.models import ModelVersion, Prediction
from gazeapp.scanpaths.selectors import current_model

State = Study.State
COLDEST = 0.5  # decode_temperature; below it, a model's readings from two seeds lie close together
SECONDS_AN_ITEM = 60.0  # what one item takes somebody who has answered none yet


# --- studies ----------------------------------------------------------------------------------------------------------


def studies_for(user: Any) -> QuerySet[Study]:
    """One's own studies and those that are closed; for admins all. For faculty and admins."""
    if not user.is_authenticated or not user.has_role(*REVIEWERS):
        raise PermissionDenied
    studies = Study.objects.select_related("organiser")
    if user.has_role("admin"):
        return studies
    return studies.filter(Q(organiser_id=user.pk) | Q(state=State.CLOSED))


def beside_simulated() -> Q:
    """Studies in which something is not simulated: films, or people's readings of them."""
    films = StudyCase.objects.filter(study=OuterRef("pk"), case__simulated=False)
    readings = Source.objects.filter(study=OuterRef("pk"), kind=Source.Kind.HUMAN)
    return Q(Exists(films)) | Q(Exists(readings))


def study_for(user: Any, study_id: Any) -> Study:
    """A study that this person may see."""
    study = studies_for(user).filter(pk=uuid_of(study_id)).first()
    if study is None:
        raise Http404
    return study


def own_study_for(user: Any, study_id: Any) -> Study:
    """A study that this person may change, and whose board they may follow: its organiser's and the admins'."""
    study = study_for(user, study_id)
    if study.organiser_id != user.pk and not user.has_role("admin"):
        raise PermissionDenied
    return study


def closed_study_for(user: Any, study_id: Any) -> Study:
    """A study whose results this person may read.

    Raises:
        Http404; Problem: study-not-closed; rated-blind, while they rate the same films, or copies, in another one: how
            long raters took and what they noted of a reading tells it again.
    """
    study = study_for(user, study_id)
    if study.state != State.CLOSED:
        raise Problem(
            "study-not-closed",
            "The results open when the study is closed.",
            "Until then nobody sees which source an item is of, or what others answered.",
            code=409,
        )
    if rates_films_of(user, study):
        raise Problem(
            "rated-blind",
            "You rate films of this study in another one.",
            "Its results open to you when that one is closed.",
            code=403,
        )
    return study


def rates_films_of(user: Any, study: Study) -> bool:
    """Whether this person rates films of the study, or copies, in a study that is running: this one or another."""
    films, rated = films_of(study), films_rated(user)
    return bool(rated & films or copies(films - rated, rated))


def films_of(study: Study) -> set[str]:
    return set(study.cases.values_list("film_sha256", flat=True))


def closed_films(user: Any, studies: QuerySet[Study]) -> set[str]:
    """Films of these studies that this person rates, or copies, so that how far the raters are is told as of midnight:
    each step of a count is an answer, and how long it took tells the item."""
    if not (rated := films_rated(user)):
        return set()
    places = StudyCase.objects.filter(study__in=studies.filter(state=State.RUNNING))
    films = set(places.values_list("film_sha256", flat=True))
    return (films & rated) | copies(films - rated, rated)


def midnight() -> datetime:
    """The beginning of today."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def people_who_rate() -> QuerySet[User]:
    """Everybody who may be asked to rate."""
    return User.objects.filter(is_active=True, groups__name__in=REVIEWERS).distinct().order_by("username")


def models_to_rate() -> list[dict[str, Any]]:
    """The model versions that a study may compare: the one of today, then the others, candidates too. One that reads
    the same, or nearly, whatever the seed is left out: a study's reading would be the one that pages show."""
    fields = ("sha256", "name", "simulated", "about__decode", "about__decode_temperature")
    rows = list(ModelVersion.objects.values_list(*fields))
    try:
        today = current_model()
    except Problem:  # none serves: those that are here can be rated all the same
        pass
    else:
        rows = [row for row in rows if row[0] != today.sha256]
        rows.insert(0, (today.sha256, today.name, today.simulated, today.decode, today.decode_temperature))
    return [
        {"sha256": sha256, "name": name, "simulated": simulated}
        for sha256, name, simulated, rule, temperature in rows
        if rule != "mean" and (temperature is None or temperature >= COLDEST)  # None: registered before it was kept
    ]


def choices() -> dict[str, Any]:
    """What an organiser chooses from, beside cases."""
    return {"raters": people_who_rate(), "models": models_to_rate(), "kinds": sources.kinds()}


# --- told to the apps below, through core's registry ------------------------------------------------------------------


def films_rated(user: Any) -> set[str]:
    """sha256 of the films whose readings this person rates in a running study: predictions and others' readings of them
    are closed to them meanwhile. Also when they were dropped, since they may be asked to go on. Copies of these films
    that they bring while the study runs are closed too."""
    places = StudyCase.objects.filter(study__state=State.RUNNING, study__raters__user=user.pk)
    rated = set(places.values_list("film_sha256", flat=True))
    if not rated:
        return set()
    first = Min("study__started_at")
    brought = Case.objects.filter(owner=user.pk, film__isnull=False, created_at__gte=places.aggregate(t=first)["t"])
    others = {str(film) for film in brought.values_list("film_id", flat=True)} - rated
    return rated | copies(others, rated)


def waiting(user: Any) -> int:
    """How many items wait for this rater."""
    return sum(row["of"] - row["done"] for row in queue(user) if row["next"])


# --- what can still be shown ------------------------------------------------------------------------------------------


def withdrawn(items: Iterable[int] | QuerySet[Item, Any]) -> set[int]:
    """Those of these items (their keys) that are shown no more. As many queries for many as for one.

    That is all of a film where one item cannot be shown today: its reading was withdrawn or deleted, or the case was
    deleted, changed or held. Were that item alone passed over, the film's others would be known not to be it.
    """
    films = Item.objects.filter(pk__in=items).values("case")
    rows = list(
        Item.objects.filter(case__in=films).values_list(
            "pk", "case", "reference", "gone_at", "case__film_sha256", "case__case__film", "case__case__state",
            "case__case__held",
        )
    )  # fmt: skip
    bases = {pk: sources.base_of(reference) for pk, _, reference, *_ in rows}
    sets = {ident for kind, ident in bases.values() if kind == "fixations"}
    agreed = FixationSet.objects.filter(pk__in=sets, recording__in=consented(Purpose.RESEARCH))
    here = {("fixations", pk) for pk in agreed.values_list("pk", flat=True)}
    predictions = {ident for kind, ident in bases.values() if kind == "prediction"}
    finished = Prediction.objects.filter(pk__in=predictions, reading__isnull=False)
    here |= {("prediction", pk) for pk in finished.values_list("pk", flat=True)}
    gone = {
        case
        for pk, case, _, gone_at, film, shown, state, held in rows
        if gone_at is not None or shown != film or state != Case.State.READY or held or bases[pk] not in here
    }
    asked = set(items.values_list("pk", flat=True) if isinstance(items, QuerySet) else items)
    return {pk for pk, case, *_ in rows if case in gone and pk in asked}


# --- a rater's queue --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Progress:
    """How far a rater is. What was withdrawn is passed over and still counted in `of`: a number that falls would tell
    whether a person's reading was among the items to come or among those answered."""

    done: int = 0
    of: int = 0
    next: UUID | None = None
    then: str | None = None  # film of the item after that one
    seconds: list[float] = field(default_factory=list)  # that each answer took

    @property
    def left(self) -> int:
        return self.of - self.done if self.next else 0


def progress_of(raters: Collection[Rater], *, until: datetime | None = None) -> dict[int, Progress]:
    """{rater's key: progress}, of what was answered before ``until``. As many queries for many raters as for one."""
    shown = Assignment.objects.filter(rater__in=raters).order_by("rater", "position")
    rows = list(shown.values_list("rater", "pk", "item", "item__case__film_sha256", "answered_at", "seconds"))
    gone = withdrawn({item for _, _, item, _, answered_at, _ in rows if answered_at is None})
    found: dict[int, Progress] = {rater.pk: Progress() for rater in raters}
    for rater, pk, item, film, answered_at, seconds in rows:
        progress = found[rater]
        progress.of += 1
        if answered_at is not None and until is not None and answered_at >= until:
            continue
        if answered_at is not None:
            progress.done += 1
            progress.seconds.append(seconds or 0.0)
        elif item in gone:
            continue
        elif progress.next is None:
            progress.next = pk
        else:
            progress.then = progress.then or film
    return found


def queue(user: Any) -> list[dict[str, Any]]:
    """The running studies in which this person rates, the oldest first."""
    raters = Rater.objects.filter(user_id=user.pk, dropped_at=None, study__state=State.RUNNING)
    films = StudyCase.objects.filter(study=OuterRef("study"), case__simulated=False)
    raters = raters.select_related("study").annotate(partly=Exists(films)).order_by("study__started_at", "pk")
    mine = list(raters)
    found = progress_of(mine) if mine else {}
    return [_queue_row(rater.study, rater.partly, found[rater.pk]) for rater in mine]


def _queue_row(study: Study, partly: bool, progress: Progress) -> dict[str, Any]:
    """Partly simulated by its films alone: that people's readings are among those to rate is not said here."""
    each = median(progress.seconds) if progress.seconds else SECONDS_AN_ITEM
    return {
        "id": str(study.pk),
        "name": study.name,
        "minutes": ceil(progress.left * each / 60),
        "simulated": study.simulated,
        "partly_simulated": study.simulated and partly,
        **_standing(progress),
    }


def _standing(progress: Progress) -> dict[str, Any]:
    return {
        "next": str(progress.next) if progress.next else None,
        "then": reverse("film-pixels", args=[progress.then]) if progress.then else None,
        "done": progress.done,
        "of": progress.of,
    }


def assignment_for(user: Any, assignment_id: Any) -> Assignment:
    """One's own assignment in a study that has started; everybody else's does not exist, also to an admin."""
    if not user.is_authenticated or not user.has_role(*REVIEWERS):
        raise PermissionDenied
    own = Assignment.objects.filter(rater__user_id=user.pk).select_related("rater__study", "item__case__case__film")
    assignment = own.select_related("item__case__case__received").filter(pk=uuid_of(assignment_id)).first()
    if assignment is None:
        raise Http404
    return assignment


# --- live -------------------------------------------------------------------------------------------------------------


def live_rating(user: Any, ident: str) -> dict[str, Any]:
    """The snapshot of `rating:<study>.<user>`: how far this rater is, and the form. Nobody follows another's."""
    study, _, person = ident.partition(".")
    if person != str(user.pk) or not user.has_role(*REVIEWERS):
        raise Http404
    mine = Rater.objects.filter(study=uuid_of(study), user_id=user.pk, dropped_at=None).exclude(study__state=State.PLAN)
    rater = mine.select_related("study").first()
    if rater is None:
        raise Http404
    running = rater.study.state == State.RUNNING
    return {"state": rater.study.state, "form": questions.form(), **next_of(rater, running=running)}


def next_of(rater: Rater, *, running: bool = True) -> dict[str, Any]:
    """What comes next for a rater (and the pixels of what follows it), and how far they are."""
    found = _standing(progress_of([rater])[rater.pk])
    return found if running else {**found, "next": None, "then": None}


def live_board(user: Any, ident: str) -> dict[str, Any]:
    """The snapshot of `board:<study>`; the cells themselves come over the API. Who rates the study's films has no live
    board: an event says how long a rater took for an item."""
    try:
        study = own_study_for(user, ident)
    except PermissionDenied:
        raise Http404 from None
    if rates_films_of(user, study):
        raise Http404
    return {"state": study.state}


def rating_subject(rater: Rater) -> str:
    return f"rating:{rater.study_id}.{rater.user_id}"


def board_subject(study_id: UUID) -> str:
    return f"board:{study_id}"


def source_labels(study: Study) -> list[str]:
    return list(Source.objects.filter(study=study).order_by("number").values_list("label", flat=True))
