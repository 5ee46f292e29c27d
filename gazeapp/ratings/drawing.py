"""Readings by models, drawn for one study alone.

The predicted reading that pages show is known to whoever has looked at it (or kept its numbers) before the study began.
So a study's is drawn from a seed of its own, which nobody is told, and shown as the study's items only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gazeapp.cases.models import Case
from gazeapp.core.models import Job
from gazeapp.ratings import selectors, sources
from gazeapp.ratings.models import Source, Study, StudyCase
from gazeapp.ratings.reasons import Reason, lacks
from gazeapp.scanpaths.models import Prediction
from gazeapp.scanpaths.services import request_for_study
from ml.data.plurals import plural

UNDRAWN = {str(Job.State.FAILED), str(Job.State.CANCELLED)}


@dataclass(slots=True)
class Drawn:
    """``paths``: {study case: reference} of those that are there; ``undrawn``: those that nobody is at."""

    paths: dict[int, str] = field(default_factory=dict)
    undrawn: list[StudyCase] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)


def drawn(study: Study, source: Source, cases: Sequence[StudyCase]) -> Drawn:
    """What there is of a model's readings of these cases today; it reads, and asks for nothing."""
    found, waits = Drawn(), 0
    films = {place.film_sha256 for place in cases}
    rows = Prediction.objects.filter(for_study=True, model_sha256=source.model_sha256, film_sha256__in=films, samples=1)
    there = {(row.film_sha256, row.report_sha256, row.seed): row for row in rows.select_related("job").defer("reading")}
    for place in cases:
        report = place.case.report_sha256 if place.case else ""
        if not report:
            found.reasons.append(lacks(source, place, "it has no confirmed report to be predicted from"))
            continue
        row = there.get((place.film_sha256, report, _seed(study, place, source.model_sha256)))
        state = str(row.job.state) if row and row.job else str(Job.State.CANCELLED)
        if row and row.finished_at:
            found.paths[place.pk] = f"prediction:{row.pk}"
        elif state in UNDRAWN:
            found.undrawn.append(place)
            failed = state == Job.State.FAILED
            why = "predicting its reading failed; Start tries again" if failed else "its reading is drawn by Start"
            found.reasons.append(lacks(source, place, why, "undrawn"))
        else:
            waits += 1
    if waits:
        words = f"{source.label}: {len(cases) - waits} of {plural(len(cases), 'reading')} drawn for this study."
        found.reasons.append(Reason(words, source=source.label, drawing="waits"))
    return found


def draw(*, study: Study, by: Any) -> None:
    """Asks for the models' readings that a plan lacks; done when nobody waits for another prediction."""
    cases = list(study.cases.select_related("case").order_by("position"))
    names = {row["sha256"]: row["name"] for row in selectors.models_to_rate()}
    for source in study.sources.filter(kind=Source.Kind.MODEL):
        model = source.model_sha256
        for place in drawn(study, source, cases).undrawn:
            case = place.case
            if case is not None and case.state == Case.State.READY and case.film_id == place.film_sha256:
                request_for_study(
                    case=case,
                    model_sha256=model,
                    model_name=names.get(model, ""),
                    seed=_seed(study, place, model),
                    subject=f"study:{study.pk}",
                    by=by,
                )


def _seed(study: Study, place: StudyCase, model_sha256: str) -> int:
    """Of each model its own: drawn from the same numbers, readings of two related models would lie close together, and
    the third item of a film would be known to be a person's."""
    kind = f"{Source.Kind.MODEL}:{model_sha256}"
    return sources.drawn_seed(study.seed, kind, place.film_sha256, bits=sources.MODEL_BITS)
