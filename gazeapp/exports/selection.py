"""What goes into a release, fixed before a byte is written: which readings, predictions and answers, under which names.

Only ids are kept here, so that a release of any size fits; what stands behind them is read case by case (`collecting`).
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

from gazeapp.cases.models import Case
from gazeapp.exports import derived, selectors
from gazeapp.exports.pseudonyms import Names
from gazeapp.exports.query import Query
from gazeapp.exports.terms import TERMS
from gazeapp.recordings.models import Recording, Source
from ml.data.export import VERSION as LAYOUT

MAKER = 1  # of this app's way to make one: another makes other bytes of the same data


class Row(NamedTuple):
    """One reading."""

    recording: UUID
    fixation_set: UUID
    case: UUID
    reader: UUID
    film: str
    fixations: int


class Place(NamedTuple):
    """Where a reading stands in the release."""

    case: str
    number: int


@dataclass(slots=True)
class Chosen:
    """The parts of one release, in the order in which they are written."""

    query: Query
    rows: list[Row]
    simulated: bool  # whether a film or a reader is
    predictions: dict[UUID, list[UUID]]  # by case, in the order of their models
    answers: list[derived.Rated]
    digest: str
    names: Names
    places: dict[UUID, Place] = field(default_factory=dict)  # by fixation set or prediction

    def cases(self) -> list[tuple[str, UUID, list[Row]]]:
        """(name, case, its readings) in the order of their names."""
        by_case: dict[UUID, list[Row]] = defaultdict(list)
        for row in self.rows:
            by_case[row.case].append(row)
        return sorted((self.names.of("case", case), case, rows) for case, rows in by_case.items())

    def films(self) -> list[str]:
        return sorted({row.film for row in self.rows})


def choose(found: QuerySet[Recording], query: Query, until: datetime | None = None) -> Chosen:
    """What a release of these readings is made of; predictions and ratings as they were ``until`` then (None: now)."""
    counted = selectors.counting().filter(recording__in=found.order_by().values("pk"))
    columns = ("recording", "pk", "recording__case", "recording__reader", "recording__film_sha256", "length")
    rows = [Row(*values) for values in counted.values_list(*columns).order_by("pk")]
    cases = Case.objects.filter(pk__in=found.order_by().values("case"))
    films = {pk: (film, report) for pk, film, report in cases.values_list("pk", "film", "report_sha256")}
    predictions = _predictions(cases, films, until) if query.predictions else {}
    bases = {row.fixation_set for row in rows} | {pk for of in predictions.values() for pk in of}
    answers = derived.rated(found, bases, until) if query.ratings else []
    digest = _digest(
        {
            "made by": [LAYOUT, MAKER, TERMS.version],
            "query": query.to_dict(),
            "cases": sorted([str(pk), *of] for pk, of in films.items()),
            "readings": sorted([str(row.recording), str(row.fixation_set), str(row.reader)] for row in rows),
            "predictions": sorted(str(pk) for of in predictions.values() for pk in of),
            "answers": sorted(answer.pk for answer in answers),
        }
    )
    made_up = found.filter(Q(reader__simulated=True) | Q(case__simulated=True) | Q(source=Source.SIMULATED)).exists()
    chosen = Chosen(query, rows, made_up, predictions, answers, digest, Names(digest))
    _number(chosen)
    return chosen


def _number(chosen: Chosen) -> None:
    """Each reading its place: people's in an order that says nothing of them, then the models'."""
    names = chosen.names
    for name, case, rows in chosen.cases():
        rows.sort(key=lambda row: names.order("reading", row.recording))
        held = [row.fixation_set for row in rows] + chosen.predictions.get(case, [])
        chosen.places.update({pk: Place(name, number) for number, pk in enumerate(held, start=1)})
    chosen.rows.sort(key=lambda row: chosen.places[row.fixation_set])


def _predictions(
    cases: QuerySet[Case], films: dict[UUID, tuple[str, str]], until: datetime | None
) -> dict[UUID, list[UUID]]:
    made: dict[tuple[str, str], list[UUID]] = defaultdict(list)
    found = derived.predictions_of(cases, until).order_by("model_sha256", "pk")
    for pk, film, report in found.values_list("pk", "film_sha256", "report_sha256"):
        made[film, report].append(pk)
    return {case: made[of] for case, of in films.items() if of in made}


def _digest(parts: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def still_agreed(chosen: Chosen, found: QuerySet[Recording], answers: Iterable[derived.Rated]) -> bool:
    """Whether nobody left since it was chosen."""
    here = set(found.order_by().values_list("pk", flat=True))
    present = {answer.pk for answer in answers}
    return here.issuperset(row.recording for row in chosen.rows) and present.issuperset(a.pk for a in chosen.answers)
