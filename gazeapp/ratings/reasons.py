"""Why a study cannot start, and what an organiser should know before it does, in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from gazeapp.ratings.models import Source, StudyCase


@dataclass(frozen=True, slots=True)
class Reason:
    """``case``, ``rater``: ids of what it is about; ``source``: its label. ``drawing``: "waits" goes away by itself,
    "undrawn" when Start is pressed. ``known``: the organiser may take the rater all the same."""

    words: str
    case: str | None = None
    source: str | None = None
    rater: int | None = None
    drawing: str | None = None
    known: bool = False

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def lacks(source: Source, place: StudyCase, why: str, drawing: str | None = None) -> Reason:
    return Reason(f"{source.label} of {title_of(place)}: {why}.", id_of(place), source.label, drawing=drawing)


def title_of(place: StudyCase) -> str:
    return f"“{place.case.title}”" if place.case else f"case {place.position} (deleted)"


def id_of(place: StudyCase) -> str | None:
    return str(place.case_id) if place.case_id else None
