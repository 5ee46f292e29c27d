"""What a rater is asked of a replay: the paper's three questions with its levels, and how sure they are.

Source: MedGaze, doi 10.1038/s41598-025-97935-y, Table 3; the wording is ours.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Level:
    value: int
    words: str  # what it stands for


@dataclass(frozen=True, slots=True)
class Question:
    name: str
    title: str
    scale: str  # nominal or ordinal
    levels: tuple[Level, ...]


QUESTIONS = (
    Question(
        "human_like",
        "Human-like: who made it?",
        "nominal",
        (Level(0, "machine"), Level(1, "human")),
    ),
    Question(
        "comprehensive",
        "Comprehensive: how much of what matters is visited?",
        "ordinal",
        (
            Level(1, "0–20 %: almost none of the important regions"),
            Level(2, "21–40 %: a few of the important regions"),
            Level(3, "41–60 %: about half of the important regions"),
            Level(4, "61–80 %: most of the important regions"),
            Level(5, "81–100 %: nearly all of the important regions, or all"),
        ),
    ),
    Question(
        "redundant",
        "Redundant: how much is needless?",
        "ordinal",
        (
            Level(1, "hardly any"),
            Level(2, "a small amount"),
            Level(3, "a medium amount"),
            Level(4, "a large amount"),
            Level(5, "a very large, wasteful amount"),
        ),
    ),
    Question(
        "confidence",
        "Confidence: how sure are you?",
        "ordinal",
        (Level(1, "guessed"), Level(2, "unsure"), Level(3, "fairly sure"), Level(4, "sure"), Level(5, "certain")),
    ),
)
NAMES = tuple(asked.name for asked in QUESTIONS)
ANSWER_FIELDS = (*NAMES, "note")  # all that a rater says of an item


def form() -> list[dict[str, Any]]:
    """The questions as API and live socket give them, in the order in which digits answer them."""
    return [asdict(asked) for asked in QUESTIONS]
