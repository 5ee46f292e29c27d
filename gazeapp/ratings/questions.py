"""What a rater is asked of a replay: the paper's three questions with its levels, and how sure they are.

The bands of comprehensiveness are those of `ml.rating.effects.band`. Source: MedGaze, doi 10.1038/s41598-025-97935-y,
Table 3; the wording is ours.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Level:
    value: int
    label: str  # short, on the button
    words: str  # what it stands for


@dataclass(frozen=True, slots=True)
class Asked:
    name: str
    title: str
    scale: str  # nominal or ordinal
    levels: tuple[Level, ...]


QUESTIONS = (
    Asked(
        "human_like",
        "Does this look like a person's reading?",
        "nominal",
        (
            Level(0, "machine", "It looks made by a machine."),
            Level(1, "human", "It looks like a person reading."),
        ),
    ),
    Asked(
        "comprehensive",
        "How many of the important regions does it visit?",
        "ordinal",
        (
            Level(1, "0–20 %", "Almost none of the important regions."),
            Level(2, "21–40 %", "A few of the important regions."),
            Level(3, "41–60 %", "About half of the important regions."),
            Level(4, "61–80 %", "Most of the important regions."),
            Level(5, "81–100 %", "Nearly all of the important regions, or all."),
        ),
    ),
    Asked(
        "redundant",
        "How much of it is needless?",
        "ordinal",
        (
            Level(1, "hardly any", "Hardly any needless fixations."),
            Level(2, "little", "A small amount of needless fixations."),
            Level(3, "some", "A medium amount of needless fixations."),
            Level(4, "much", "A large amount of needless fixations."),
            Level(5, "very much", "A very large, wasteful amount of needless fixations."),
        ),
    ),
    Asked(
        "confidence",
        "How sure are you?",
        "ordinal",
        (
            Level(1, "guessed", "I guessed."),
            Level(2, "unsure", "Rather unsure."),
            Level(3, "fairly sure", "Fairly sure."),
            Level(4, "sure", "Sure."),
            Level(5, "certain", "Certain."),
        ),
    ),
)
NAMES = tuple(asked.name for asked in QUESTIONS)
SAID = (*NAMES, "note")  # all that a rater says of an item


def form() -> list[dict[str, Any]]:
    """The questions as API and live socket give them, in the order in which digits answer them."""
    return [asdict(asked) for asked in QUESTIONS]
