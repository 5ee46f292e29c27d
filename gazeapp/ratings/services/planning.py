"""The plan of a study: it may be changed until the study starts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from gazeapp.cases import phi_check
from gazeapp.cases.models import Case
from gazeapp.cases.selectors import cases_open_to
from gazeapp.core import audit
from gazeapp.core.problems import Problem
from gazeapp.ratings import selectors, sources
from gazeapp.ratings.drawing import draw
from gazeapp.ratings.models import Rater, Source, Study, StudyCase

State = Study.State


@transaction.atomic
def make_study(*, by: Any, name: str) -> Study:
    """A study with nothing in it.

    Raises:
        Problem: name-missing; identity-suspected.
    """
    study = Study.objects.create(organiser=by, name=_name(name))
    audit.record(by, "study.make", f"study:{study.pk}")
    return study


@transaction.atomic
def change_study(
    *,
    study: Study,
    by: Any,
    name: str | None = None,
    cases: Sequence[UUID] | None = None,
    chosen: Sequence[dict[str, str]] | None = None,
    raters: Sequence[int] | None = None,
    repeats: float | None = None,
    aperture: bool | None = None,
) -> Study:
    """Changes what is given; lists replace what was there. ``chosen``: sources, each {"kind", "model"}.

    Raises:
        Problem: study-started; name-missing; identity-suspected; case-unknown; source-unknown; rater-unknown.
    """
    study = planned(study)
    study.name = study.name if name is None else _name(name)
    study.repeats = study.repeats if repeats is None else repeats
    study.aperture = study.aperture if aperture is None else aperture
    if cases is not None:
        _replace_cases(study, by, list(dict.fromkeys(cases)))
    if chosen is not None:
        _replace_sources(study, chosen)
    if raters is not None:
        _replace_raters(study, list(dict.fromkeys(raters)))
    study.simulated = holds_simulated(study)
    study.save()
    draw(study=study, by=by)
    audit.record(by, "study.change", f"study:{study.pk}")
    return study


@transaction.atomic
def delete_study(*, study: Study, by: Any) -> None:
    """A plan that is not wanted any more. A study that has started stays.

    Raises:
        Problem: study-started.
    """
    target = f"study:{study.pk}"
    planned(study).delete()
    audit.record(by, "study.delete", target)


def planned(study: Study) -> Study:
    """The study's row, locked. Raises Problem (study-started)."""
    locked = Study.objects.select_for_update().get(pk=study.pk)
    if locked.state != State.PLAN:
        raise Problem(
            "study-started", "This study has started, and its protocol is frozen.", "Plan a new one.", code=409
        )
    return locked


def holds_simulated(study: Study) -> bool:
    """Whether films or readers of the study are simulated."""
    films = StudyCase.objects.filter(study=study, case__simulated=True)
    return films.exists() or Source.objects.filter(study=study, kind=Source.Kind.SIMULATED).exists()


def _replace_cases(study: Study, by: Any, wanted: list[UUID]) -> None:
    found: dict[UUID, Case] = cases_open_to(by).in_bulk(wanted)
    if unknown := [str(pk) for pk in wanted if pk not in found]:
        raise Problem("case-unknown", "There is no such case for you.", code=422, cases=unknown)
    study.cases.all().delete()
    StudyCase.objects.bulk_create(
        StudyCase(study=study, case=found[pk], film_sha256=found[pk].film_id or "", position=position)
        for position, pk in enumerate(wanted, 1)
    )


def _replace_sources(study: Study, chosen: Iterable[dict[str, str]]) -> None:
    models = {row["sha256"]: row["name"] for row in selectors.models_to_rate()}
    wanted: dict[tuple[str, str], str] = {}
    for source in chosen:
        kind, model = source["kind"], ""
        if kind == Source.Kind.MODEL:
            model = source.get("model") or next(iter(models), "")
            if model not in models:
                raise Problem("source-unknown", "There is no such model version here.", code=422, model=model)
        wanted[kind, model] = sources.label_of(kind, models.get(model, ""), model)
    study.sources.all().delete()
    Source.objects.bulk_create(
        Source(study=study, number=number, kind=kind, model_sha256=model, label=label)
        for number, ((kind, model), label) in enumerate(wanted.items(), 1)
    )


def _replace_raters(study: Study, wanted: list[int]) -> None:
    found = selectors.people_who_rate().in_bulk(wanted)
    if unknown := [pk for pk in wanted if pk not in found]:
        raise Problem("rater-unknown", "Raters are faculty or admins.", code=422, raters=unknown)
    knew = dict(study.raters.values_list("user_id", "knew"))
    study.raters.all().delete()
    Rater.objects.bulk_create(
        Rater(study=study, user=found[pk], row=row, knew=knew.get(pk)) for row, pk in enumerate(wanted)
    )


def _name(name: str) -> str:
    name = name.strip()
    if not name:
        raise Problem("name-missing", "Give the study a name.", code=422)
    phi_check.refuse_marked({"name": name})
    return name
