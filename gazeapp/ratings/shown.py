"""Studies and items as API answers. What an item says is the same for every source."""

from __future__ import annotations

from math import isfinite
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery

from gazeapp.cases.serializers import FilmSerializer, thumbnail_address
from gazeapp.ratings import plan, questions, selectors
from gazeapp.ratings.models import Assignment, Item, Rater, Source, Study, StudyCase
from ml.rating.design import half_width, half_width_share


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
        "answer": {name: getattr(newest, name) for name in questions.SAID} if newest else None,
        "locked": assignment.answered_at is not None,
    }


def listed(studies: QuerySet[Study]) -> QuerySet[Study]:
    """With how many cases, sources and raters each has."""
    return studies.annotate(
        case_count=_count(StudyCase.objects.all()),
        source_count=_count(Source.objects.all()),
        rater_count=_count(Rater.objects.filter(dropped_at=None)),
    )


def _count(rows: QuerySet[Any]) -> Subquery:
    counted = rows.filter(study=OuterRef("pk")).order_by().values("study").annotate(n=Count("pk")).values("n")
    return Subquery(counted, output_field=IntegerField())


def study_dict(user: Any, study: Study) -> dict[str, Any]:
    """One study with its plan: no number of an item, and nothing of what was answered."""
    found = plan.plan_of(study)
    planned = study.state == Study.State.PLAN
    raters = list(study.raters.select_related("user").order_by("row"))
    progress = selectors.progress_of(raters)
    models = {source.model_sha256 for source in found.sources if source.model_sha256}
    return {
        "id": str(study.pk),
        "name": study.name,
        "state": study.state,
        "organiser": {"id": study.organiser_id, "name": study.organiser.display_name},
        "mine": study.organiser_id == user.pk,
        "simulated": study.simulated,
        "cases": [_case(place, found, models) for place in found.cases],
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
    }


def width(cases: int, raters: int) -> dict[str, Any]:
    """How wide the intervals will be, in words and numbers (levels, and a share)."""
    mean, share = half_width(cases=cases, raters=raters), half_width_share(cases=cases, raters=raters)
    if not (isfinite(mean) and isfinite(share)):
        return {"words": "Choose cases and raters to see how wide the intervals will be.", "mean": None, "share": None}
    words = (
        f"With {_of(cases, 'case')} and {_of(raters, 'rater')} a source's mean will be known to about "
        f"±{mean:.1f} of a level, and its share of “human” to about ±{100 * share:.0f} percentage points."
    )
    return {"words": words, "mean": round(mean, 3), "share": round(share, 3)}


def _case(place: StudyCase, found: plan.Plan, models: set[str]) -> dict[str, Any]:
    case, readings = place.case, found.readings.get(place.film_sha256, {})
    return {
        "case": str(place.case_id) if place.case_id else None,
        "title": case.title if case else "deleted case",
        "simulated": case.simulated if case else False,
        "thumbnail": thumbnail_address(case) if case and case.film_id else None,
        "readings": {
            "human": readings.get(Source.Kind.HUMAN, 0),
            "simulated": readings.get(Source.Kind.SIMULATED, 0),
            "model": _predicted(place, found, models),
        },
    }


def _predicted(place: StudyCase, found: plan.Plan, models: set[str]) -> bool:
    """Whether every chosen model has read the case; without any chosen: whether one has."""
    have = {model for film, model in found.predicted if film == place.film_sha256}
    return models <= have if models else bool(have)


def _of(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"
