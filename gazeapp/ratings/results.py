"""Results of a closed study: a function of its answers. Whoever has answers.csv can work them out again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db.models import Max

from gazeapp.ratings import knowing, plan, selectors
from gazeapp.ratings.models import Answer, Item, Study
from gazeapp.ratings.questions import NAMES, QUESTIONS, form
from ml.rating.agreement import Level
from ml.rating.results import Answer as Judged
from ml.rating.results import Question, results

DELETED = "deleted case"


@dataclass(frozen=True, slots=True)
class Row:
    """One answer as the table of answers has it; ``counts``: the newest of its showing."""

    item: int
    case: int
    title: str
    source: str
    kind: str
    rater: str
    repeat: bool
    answer_number: int
    counts: bool
    human_like: int
    comprehensive: int
    redundant: int
    confidence: int
    seconds: float
    at: datetime
    note: str


COLUMNS = tuple(Row.__slots__)


def pseudonym(row: int) -> str:
    """What tables call a rater, by their row (from 0)."""
    return f"Rater {row + 1}"


def answers_of(study: Study) -> list[Row]:
    """Every answer, corrected ones too; in one query."""
    rows = (
        Answer.objects.filter(assignment__rater__study=study)
        .annotate(newest=Max("assignment__answers__number"))
        .order_by("assignment__item__number", "assignment__rater__row", "assignment__repeat", "number")
        .values(
            "assignment__item__number",
            "assignment__item__case__position",
            "assignment__item__case__case__title",
            "assignment__item__source__label",
            "assignment__item__source__kind",
            "assignment__rater__row",
            "assignment__repeat",
            "number",
            "newest",
            *NAMES,
            "seconds",
            "at",
            "note",
        )
    )
    return [
        Row(
            item=row["assignment__item__number"],
            case=row["assignment__item__case__position"],
            title=row["assignment__item__case__case__title"] or DELETED,
            source=row["assignment__item__source__label"],
            kind=row["assignment__item__source__kind"],
            rater=pseudonym(row["assignment__rater__row"]),
            repeat=row["assignment__repeat"],
            answer_number=row["number"],
            counts=row["number"] == row["newest"],
            **{name: row[name] for name in (*NAMES, "seconds", "at", "note")},
        )
        for row in rows
    ]


def work_out(study: Study) -> dict[str, Any]:
    """The results as `ml.rating.results` gives them, by the answers that count."""
    judged = [
        Judged(row.rater, f"{row.case:04d}", row.source, name, getattr(row, name), row.repeat)
        for row in answers_of(study)
        if row.counts
        for name in NAMES
    ]
    return results(judged, sources=selectors.source_labels(study), human=reference_of(study), questions=QUESTIONS_RATED)


QUESTIONS_RATED = tuple(
    Question(asked.name, tuple(level.value for level in asked.levels), cast("Level", asked.scale))
    for asked in QUESTIONS
)


def reference_of(study: Study) -> str | None:
    """The label of the source that the others are compared to: people's readings, else simulated readers'."""
    chosen = list(study.sources.order_by("number"))
    kind = plan.made_of(chosen)
    return next((source.label for source in chosen if source.kind == kind), None)


def around(study: Study) -> dict[str, Any]:
    """What is to be known beside the numbers: who left, what was withdrawn, what was corrected, which item was what."""
    answers = answers_of(study)
    given = Counter(row.rater for row in answers if row.counts)
    raters = list(study.raters.select_related("user").order_by("row"))
    items = study.items.select_related("case__case", "source").order_by("number")
    gone = selectors.withdrawn(study.items.values_list("pk", flat=True))
    return {
        "reference": reference_of(study),
        "dropped": [
            {
                "rater": pseudonym(r.row),
                "name": r.user.display_name,
                "answers": given[pseudonym(r.row)],
                "dropped_at": r.dropped_at,
                "returned_at": r.returned_at,
            }
            for r in raters
            if r.dropped_at is not None or r.returned_at is not None
        ],
        "knowing": [
            {"rater": pseudonym(r.row), "name": r.user.display_name, "words": knowing.words(r.knew)}
            for r in raters
            if r.knew
        ],
        "withdrawn": len(gone),
        "corrections": sum(row.answer_number > 1 for row in answers),
        "organiser_rated": any(rater.user_id == study.organiser_id for rater in raters),
        "items": [_item(item, item.pk in gone) for item in items],
        "questions": form(),
        "protocol": study.protocol,
    }  # fmt: skip


def _item(item: Item, gone: bool) -> dict[str, Any]:
    case = item.case.case
    return {
        "number": item.number,
        "case": case.title if case else DELETED,
        "source": item.source.label,
        "withdrawn": gone,
    }


def answer_rows(study: Study) -> Iterable[Sequence[Any]]:
    """The table of answers: its columns, then every answer."""
    yield COLUMNS
    for row in answers_of(study):
        values = [getattr(row, name) for name in COLUMNS]
        yield [
            value.isoformat() if isinstance(value, datetime) else int(value) if isinstance(value, bool) else value
            for value in values
        ]


def result_rows(found: dict[str, Any]) -> Iterable[Sequence[Any]]:
    """The results as a table: a row a question and source, then a row a question for agreement and for repeats."""
    yield (
        "question", "what", "source", "n", "cases", "value", "low", "high", "counts",
        "delta_to_reference", "delta_low", "delta_high", "p", "test", "words",
    )  # fmt: skip
    for name, question in found["questions"].items():
        for label, row in question["sources"].items():
            to = row["to_human"] or {}
            counts = " ".join(f"{level}:{n}" for level, n in row["counts"].items())
            yield (
                name, "mean", label, row["n"], row["cases"], row["mean"], row["low"], row["high"], counts,
                to.get("delta"), to.get("low"), to.get("high"), to.get("p"), to.get("test"), to.get("words", ""),
            )  # fmt: skip
        agreed, again = question["agreement"], question["repeats"]
        empty = ("", "", "", "", "", "")
        yield (
            name, "alpha", "", agreed["items"], "", agreed["alpha"], agreed["low"], agreed["high"], *empty,
            agreed["words"],
        )  # fmt: skip
        yield name, "raw agreement", "", agreed["items"], "", agreed["raw"], "", "", *empty, ""
        yield name, "repeats equal", "", again["n"], "", again["share"], "", "", *empty, again["words"]
