"""What comes along with readings: predicted readings of their cases, and what raters said of them. Both without asking
who looks: a release is closed to whoever may not see them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from gazeapp.accounts.consents import Purpose
from gazeapp.accounts.selectors import consenting
from gazeapp.cases.models import Case
from gazeapp.ratings.models import Answer, Item, Source, Study
from gazeapp.ratings.sources import base_of
from gazeapp.recordings.models import Recording
from gazeapp.scanpaths.models import Prediction

READING = "reading"  # what was shown where no control was
DONE = {"reading__samples__0__fixations__0__isnull": False}  # with a fixation at least


class Rated(NamedTuple):
    """One answer of a rater, and on what it rests."""

    pk: int
    case: UUID  # on whose film it was shown
    shown: str  # reading, or the name of the control
    base: UUID  # the fixation set or prediction that was shown, or that the control was made from


def predictions_of(cases: QuerySet[Case], until: datetime | None = None) -> QuerySet[Prediction]:
    """The predictions of these cases' films and reports that were finished ``until`` then (None: now): one a model
    version, the first seed's, and those that raters were shown in studies that were closed by then."""
    of = cases.filter(film=OuterRef("film_sha256"), report_sha256=OuterRef("report_sha256"))
    done = {**DONE, "finished_at__lte": until} if until else DONE
    finished = Prediction.objects.filter(Exists(of), **done)
    before = Q(seed__lt=OuterRef("seed")) | Q(seed=OuterRef("seed"), samples__lt=OuterRef("samples"))
    same = {name: OuterRef(name) for name in ("film_sha256", "report_sha256", "model_sha256")}
    earlier = Exists(Prediction.objects.filter(before, for_study=False, **done, **same))
    return finished.filter(Q(~earlier, for_study=False) | Q(pk__in=_shown_in_studies(until), for_study=True))


def _shown_in_studies(until: datetime | None) -> list[UUID]:
    shown = Item.objects.filter(study__state=Study.State.CLOSED, source__kind=Source.Kind.MODEL)
    if until:
        shown = shown.filter(study__closed_at__lte=until)
    return [base_of(reference)[1] for reference in shown.values_list("reference", flat=True)]


def rated(found: QuerySet[Recording], bases: Collection[UUID], until: datetime | None = None) -> list[Rated]:
    """What raters who agree to research said in studies that were closed ``until`` then (None: now), on the films of
    these readings, of the fixation sets and predictions ``bases`` and of controls made from them: of each showing what
    they said last."""
    answers = Answer.objects.filter(
        assignment__rater__study__state=Study.State.CLOSED,
        assignment__rater__user__in=consenting(Purpose.RESEARCH).values("pk"),
        assignment__item__case__case__in=found.order_by().values("case"),
    )
    if until:
        answers = answers.filter(assignment__rater__study__closed_at__lte=until)
    newest = answers.annotate(newest=Max("assignment__answers__number")).filter(number=F("newest")).order_by("pk")
    rows = newest.values_list("pk", "assignment__item__case__case", "assignment__item__reference")
    out = []
    for pk, case, reference in rows.iterator(2000):
        kind, base = base_of(reference)
        shown = reference.partition(":")[0]
        if base in bases:
            out.append(Rated(pk, case, READING if shown == kind else shown, base))
    return out
