"""What is asked of the data: whose readings, by which source, and what comes along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast
from uuid import UUID

from gazeapp.core.problems import Problem
from gazeapp.recordings.models import Source
from ml.data.gaze_sources import USUAL

Simulated = Literal["with", "without", "only"]
SIMULATED: tuple[Simulated, ...] = ("with", "without", "only")
DEFAULT_SOURCES = tuple(source for source in Source.values if source in USUAL)  # unlike kinds are never pooled silently


@dataclass(frozen=True, slots=True)
class Query:
    """One spelling a question: sources stand in a fixed order, each once."""

    sources: tuple[str, ...] = DEFAULT_SOURCES
    simulated: Simulated = "with"  # without: neither reader nor film is; only: reader or film is
    set: UUID | None = None  # a practice set; None: all cases that are published
    predictions: bool = False
    ratings: bool = False
    films: bool = False  # these two only by a second approval
    reports: bool = False

    @classmethod
    def read(cls, given: Mapping[str, Any] | Query | None) -> Query:
        """The question; what is not said is as it is by default. Raises Problem (invalid-query)."""
        if isinstance(given, Query):
            return given
        asked = {name: value for name, value in (given or {}).items() if name in cls.__dataclass_fields__}
        sources = asked.get("sources")
        sources = set(DEFAULT_SOURCES if sources is None else sources)
        if not sources or not sources <= set(Source.values):
            raise _invalid(f"Name one or more of {', '.join(Source.values)} as sources.")
        simulated = asked.get("simulated") or "with"
        if simulated not in SIMULATED:
            raise _invalid(f"Simulated is one of {', '.join(SIMULATED)}.")
        try:
            chosen = UUID(str(asked["set"])) if asked.get("set") else None
        except ValueError:
            raise _invalid("The set is named by its id.") from None
        return cls(
            sources=tuple(source for source in Source.values if source in sources),
            simulated=cast("Simulated", simulated),
            set=chosen,
            **{name: bool(asked.get(name)) for name in ("predictions", "ratings", "films", "reports")},
        )

    def to_dict(self) -> dict[str, Any]:
        """As it stands in rows and answers."""
        return {**asdict(self), "sources": list(self.sources), "set": str(self.set) if self.set else None}


def _invalid(detail: str) -> Problem:
    return Problem("invalid-query", "This cannot be asked of the data.", detail)
