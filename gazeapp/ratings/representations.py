"""Studies and items as API answers. What an item says is the same for every source."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from math import isfinite
from typing import Any

from django.db.models import Case as If
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from gazeapp.cases.models import AnswerKey, Case
from gazeapp.cases.serializers import FilmSerializer, thumbnail_address
from gazeapp.ratings import plan, questions, selectors
from gazeapp.ratings.models import Assignment, Item, Rater, Source, Study, StudyCase
from ml.rating.design import half_width, half_width_share

TELLS = 0.3  # half width of a share's interval from which it says next to nothing


class RatedFilmSerializer(FilmSerializer):
    """A film as it is rated: its pixels and how to show them."""

    def get_thumbnail(self, case: Any) -> str:
        return ""


def item_dict(assignment: Assignment, fixations: list[dict[str, float]]) -> dict[str, Any]:
    """What a rater gets of an item; nothing in it depends on the source but the fixations."""
    case = assignment.item.case.case
    newest = assignment.answers.order_by("-number").first()
    assert case is not None  # `services.show` has seen to it
    return {
        "id": str(assignment.pk),
        "film": RatedFilmSerializer(case).data,
        "simulated": case.simulated,
        "fixations": fixations,
        "duration_s": round(fixations[-1]["onset_s"] + fixations[-1]["duration_s"], 2),
        "questions": questions.form(),
        "draft": assignment.draft,
        "answer": {name: getattr(newest, name) for name in questions.ANSWER_FIELDS} if newest else None,
        "locked": assignment.answered_at is not None,
    }


def listed(user: Any, studies: QuerySet[Study]) -> QuerySet[Study]:
    """With whether people's films or readings are in each, how many cases, sources and raters it has, and how many
    assignments, and answered ones (`selectors.closed_films`: as of midnight)."""
    answered = Assignment.objects.filter(answered_at__isnull=False)
    closed = StudyCase.objects.filter(study=OuterRef("pk"), film_sha256__in=selectors.closed_films(user, studies))
    present = Assignment.objects.filter(Q(rater__dropped_at=None) | Q(answered_at__isnull=False))
    return studies.annotate(
        beside_simulated=selectors.beside_simulated(),
        case_count=_count(StudyCase.objects.all(), "study"),
        source_count=_count(Source.objects.all(), "study"),
        rater_count=_count(Rater.objects.filter(dropped_at=None), "study"),
        done_count=If(
            When(
                Exists(closed),
                state=Study.State.RUNNING,
                then=_count(answered.filter(answered_at__lt=selectors.midnight()), "rater__study"),
            ),
            default=_count(answered, "rater__study"),
        ),
        of_count=_count(present, "rater__study"),
    )


def _count(rows: QuerySet[Any], study: str) -> Coalesce:
    counted = rows.filter(**{study: OuterRef("pk")}).order_by().values(study).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def study_dict(user: Any, study: Study) -> dict[str, Any]:
    """One study with its plan: no number of an item, and nothing of what was answered."""
    found = plan.plan_of(study)
    planned = study.state == Study.State.PLAN
    raters = list(study.raters.select_related("user").order_by("row"))
    blind = study.state == Study.State.RUNNING and selectors.rates_films_of(user, study)
    progress = selectors.progress_of(raters, until=selectors.midnight() if blind else None)
    models = {source.pk for source in found.sources if source.kind == Source.Kind.MODEL}
    private = _private(place.case_id for place in found.cases)
    return {
        "id": str(study.pk),
        "name": study.name,
        "state": study.state,
        "organiser": study.organiser,
        "mine": study.organiser_id == user.pk,
        "simulated": study.simulated,
        "partly_simulated": study.simulated
        and Study.objects.filter(selectors.beside_simulated(), pk=study.pk).exists(),
        "cases": [_case(place, found, models, private) for place in found.cases],
        "sources": [
            {"kind": source.kind, "model": source.model_sha256, "label": source.label} for source in found.sources
        ],
        "raters": [
            {
                "id": rater.user_id,
                "name": rater.user.display_name,
                "added_at": rater.added_at,
                "dropped_at": rater.dropped_at,
                "done": progress[rater.pk].done,
                "of": progress[rater.pk].of,
            }
            for rater in raters
        ],
        "repeats": study.repeats,
        "aperture": study.aperture,
        "width": width(len(found.cases), len(found.raters)),
        "items": len(found.cases) * len(found.sources) if planned else Item.objects.filter(study=study).count(),
        "created_at": study.created_at,
        "started_at": study.started_at,
        "closed_at": study.closed_at,
        "problems": [reason.to_dict() for reason in found.reasons] if planned else [],
        "remarks": [remark.to_dict() for remark in found.remarks] if planned else [],
    }


def width(cases: int, raters: int) -> dict[str, Any]:
    """How wide the intervals will be, in words and numbers (levels, and a share)."""
    mean, share = half_width(cases=cases, raters=raters), half_width_share(cases=cases, raters=raters)
    if not (isfinite(mean) and isfinite(share)):
        return {"words": "Choose cases and raters to see how wide the intervals will be.", "mean": None, "share": None}
    words = (
        f"With {_of(cases, 'case')} and {_of(raters, 'rater')} a source's mean will be known to about "
        f"±{mean:.1f} of a level, and its share of “human” "
        + (f"to about ±{100 * share:.0f} percentage points." if share < TELLS else "hardly at all.")
    )
    return {"words": words, "mean": round(mean, 3), "share": round(share, 3)}


def _case(place: StudyCase, found: plan.Plan, models: set[int], private: dict[Any, str]) -> dict[str, Any]:
    case = place.case
    return {
        "case": str(place.case_id) if place.case_id else None,
        "title": case.title if case else "deleted case",
        "simulated": case.simulated if case else False,
        "private": private.get(place.case_id),
        "thumbnail": thumbnail_address(case) if case and case.film_id else None,
        "readings": {
            **_counted(found.readings, place.film_sha256),
            "model": bool(models) and all((place.pk, source) in found.paths for source in models),
        },
    }


def offered(study: Study, cases: Collection[Case]) -> list[dict[str, Any]]:
    """What there is of cases that a study may take, each as it would count in its plan."""
    readings = plan.readings_of({case.film_id for case in cases if case.film_id}, aperture=study.aperture)
    keyed = set(AnswerKey.objects.filter(case__in=cases, state="approved").values_list("case_id", flat=True))
    private = _private(case.pk for case in cases)
    return [
        {
            "case": case.pk,
            **_counted(readings, case.film_id or ""),
            "key": case.pk in keyed,
            "private": private.get(case.pk),
        }
        for case in cases
    ]


def _private(cases: Iterable[Any]) -> dict[Any, str]:
    """Whose each of these cases is that nobody has published: raters see its film all the same. Simulated ones are
    nobody's."""
    rows = Case.objects.filter(pk__in=[pk for pk in cases if pk], published=False, simulated=False)
    return {case.pk: case.owner.display_name for case in rows.select_related("owner")}


def _counted(readings: plan.Readings, film: str) -> dict[str, int]:
    kinds = (Source.Kind.HUMAN, Source.Kind.SIMULATED)
    return {str(kind): len(readings.get((film, kind), ())) for kind in kinds}


def _of(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"
