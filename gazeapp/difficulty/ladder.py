"""The ladder as a page of rows, as a table, and the next pair, for one person."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import QuerySet

from gazeapp.cases.selectors import films_rated
from gazeapp.difficulty import rows, selectors
from gazeapp.difficulty.models import Place

COLUMNS = (
    "case", "title", "simulated", "band", "place_logodds", "low_logodds", "high_logodds", "z", "attempts", "successes",
    "comparisons", "predicted_s", "predicted_low_s", "predicted_high_s", "predicted_z", "predicted_fixations", "model",
    "parted", "findings", "normal", "changed_at",
)  # fmt: skip
AT_ONCE = 1000  # rows


def ladder_page(user: Any, *, after: str, limit: int, band: int | None = None) -> dict[str, Any]:
    """What `GET ladder/` answers."""
    blind = films_rated(user)
    on, places = rows.scale(blind), selectors.ladder_for(user)
    counts, unread = (on.counts, on.unread) if selectors.may_compare(user) else _counts(places, on)
    if band is not None:
        places = places.filter(selectors.banded(yes=band > 0))
        if band > 1:
            places = places.filter(place__gt=on.cuts[band - 2])
        if 0 < band < 5:
            places = places.filter(place__lte=on.cuts[band - 1])
    found, following = selectors.rows_after(places, after, limit)
    return {
        "cases": sum(counts) + unread,
        "bands": list(on.cuts),
        "counts": list(counts),
        "unread": unread,
        "subject": selectors.subject_for(user),
        "common": on.common,
        "rows": rows.row_dicts(found, on, blind),
        "next": following,
    }


def _counts(places: QuerySet[Place], on: rows.Scale) -> tuple[tuple[int, ...], int]:
    seen = places.filter(selectors.banded()).values_list("place", flat=True)
    bands = [on.band(where) - 1 for where in seen]
    counts = tuple(int(n) for n in np.bincount(np.array(bands, int), minlength=5))
    return counts, places.filter(selectors.banded(yes=False)).count()


def table(user: Any) -> Iterable[list[Any]]:
    """Header and rows of the whole ladder as this person sees it, the hardest first."""
    blind = films_rated(user)
    on, places = rows.scale(blind), selectors.ladder_for(user)
    yield list(COLUMNS)
    after: str | None = ""
    while after is not None:
        found, after = selectors.rows_after(places, after, AT_ONCE)
        for row in rows.row_dicts(found, on, blind):
            del row["rated"]  # of the person, not of the case
            predicted = row["predicted"] or {}
            prediction = [predicted.get(name) for name in ("seconds", "low", "high", "z", "fixations", "model")]
            values = list(row.values())
            at = list(row).index("predicted")
            yield [*values[:at], *prediction, *values[at + 1 :]]


def next_pair(user: Any, besides: Collection[UUID] = ()) -> dict[str, Any]:
    """What `GET ladder/pair/` answers, of cases."""
    pair = selectors.pair_for(user, besides)
    words = ""
    if pair is None:
        several = selectors.on_ladder().values("case__film_id").distinct()[:2].count() == 2
        words = (
            "You have compared all that lie near each other." if several else "It takes two cases with an approved key."
        )
    last = selectors.last_comparison(user)
    return {
        "pair": {"left": pair[0], "right": pair[1]} if pair else None,
        "last": {
            "id": last.pk,
            "harder": {"first": "left", "second": "right"}.get(last.harder, "equal"),
            "pair": {"left": last.first, "right": last.second},
        }
        if last
        else None,
        "done": selectors.comparisons_of(user).count(),
        "words": words,
    }
