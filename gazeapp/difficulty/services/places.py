"""What the services of this app share: the ladder's lock, a case's place, and telling that places moved."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from math import nan
from typing import Any

from gazeapp.core import events
from gazeapp.difficulty import rows
from gazeapp.difficulty.models import Move, Place
from ml.ladder import elo, place

LADDER, PUBLISHED = "ladder", "ladder:published"  # live subjects: of faculty and admins; of researchers


def lock_ladder() -> None:
    """Nobody else writes to the ladder until the transaction ends."""
    events.lock(LADDER)


def place_of(case_id: Any, now: datetime) -> Place:
    """The case's place; a new one stands at 0, where nothing is known of it."""
    return Place.objects.get_or_create(case_id=case_id, defaults={"se": elo.PRIOR_SD, "changed_at": now})[0]


def combine_evidence(row: Place) -> None:
    """Puts together what attempts and comparisons say; with neither the case stands at 0."""
    by_elo, by_elo_se = row.elo, elo.standard_error(row.attempts, row.information)
    if row.pairs is not None and not row.attempts:
        by_elo = by_elo_se = nan
    by_pairs, by_pairs_se = (nan, nan) if row.pairs is None or row.pairs_se is None else (row.pairs, row.pairs_se)
    row.place, row.se = place.combined(by_elo, by_elo_se, by_pairs, by_pairs_se)


def note(row: Place, now: datetime, attempt: Any = None) -> None:
    """Keeps where the case stands now in its history."""
    Move.objects.create(place=row, attempt=attempt, value=row.place, at=now)


def notify(case_ids: Collection[Any]) -> None:
    """Publishes the rows of these cases, as far as they stand on the ladder, without what is predicted. The ladder is
    locked by the caller."""
    published: list[dict[str, Any]] = []
    for ladder_row in rows.rows_of(case_ids):
        row = rows.observed_only(ladder_row.data)
        events.publish(LADDER, "ladder.moved", {"row": row})
        if ladder_row.published:
            published.append(row)
    for row in published:  # after the other log, always: two logs are locked in one order
        events.publish(PUBLISHED, "ladder.moved", {"row": row})
