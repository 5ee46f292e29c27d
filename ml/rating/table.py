"""A study's answers as arrays: first passes and repeats, by question, rater, case and source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.rating.agreement import Level


@dataclass(frozen=True, slots=True)
class Answer:
    """What one rater answered to one question of one showing of an item; of corrected answers the newest only."""

    rater: str
    case: str
    source: str
    question: str
    value: int
    repeat: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A question's name, the levels that may be answered, rising, and whether their order means something."""

    name: str
    levels: tuple[int, ...]
    level: Level


@dataclass(frozen=True, slots=True)
class Table:
    """Answers (questions, raters, cases, sources), NaN where there is none: the first pass, and the repeats ``again``.

    Raters and cases stand in the order of their names.
    """

    raters: tuple[str, ...]
    cases: tuple[str, ...]
    first: NDArray[np.float64]
    again: NDArray[np.float64]


def table(answers: Sequence[Answer], *, sources: Sequence[str], questions: Sequence[Question]) -> Table:
    """Raises ValueError for an unknown source, question or level, and for two answers in one place."""
    raters = sorted({answer.rater for answer in answers})
    cases = sorted({answer.case for answer in answers})
    at = [{name: i for i, name in enumerate(names)} for names in (raters, cases, sources)]
    question_at = {question.name: i for i, question in enumerate(questions)}
    arrays = np.full((2, len(questions), len(raters), len(cases), len(sources)), np.nan)
    for answer in answers:
        if answer.source not in at[2] or answer.question not in question_at:
            raise ValueError(f"The study has no source {answer.source} or no question {answer.question}.")
        question = question_at[answer.question]
        if answer.value not in questions[question].levels:
            raise ValueError(f"{answer.value} is no level of {answer.question}.")
        place = (int(answer.repeat), question, at[0][answer.rater], at[1][answer.case], at[2][answer.source])
        if not np.isnan(arrays[place]):
            raise ValueError(f"Two answers of {answer.rater} to {answer.question} for the same showing of an item.")
        arrays[place] = answer.value
    return Table(tuple(raters), tuple(cases), arrays[0], arrays[1])
