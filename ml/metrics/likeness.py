"""How alike two readings are, beside what the same fixations give in a random order.

A similarity alone says little, since two people who look at the same film are alike by place. So the own fixations are
shuffled, each keeping its place and duration, and the similarity of those to the other reading is the chance level.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ml.metrics.catalogue import SCANMATCH, score_pairs
from ml.metrics.multimatch import DIMENSIONS, MultiMatch, similarities
from ml.metrics.paths import Floats, PathRefused, checked
from ml.metrics.scanmatch import ScanMatch

SHUFFLES, SEED = 99, 0
SCREEN = MultiMatch().screen
MEASURES = (SCANMATCH, *(f"MultiMatch {name}" for name in DIMENSIONS))


@dataclass(frozen=True, slots=True)
class Likeness:
    """``value`` and chance (mean, and the middle 95 % of ``shuffles``), 0 to 1 where 1 is equal; None where the paths
    cannot be compared, with ``refused`` in words."""

    measure: str
    value: float | None
    chance: float | None = None
    chance_low: float | None = None
    chance_high: float | None = None
    shuffles: int = 0
    refused: str = ""


def likenesses(own: ArrayLike, other: ArrayLike) -> list[Likeness]:
    """ScanMatch and the five of MultiMatch of two paths (n, 3): x, y in film fractions, seconds."""
    mine, theirs = (np.asarray(path, np.float64).reshape(-1, 3) for path in (own, other))
    random = np.random.default_rng(SEED)
    drawn = [mine, *(mine[random.permutation(len(mine))] for _ in range(SHUFFLES))]
    return [
        *_scored(MEASURES[:1], drawn, theirs, 1, _scanmatch),
        *_scored(MEASURES[1:], drawn, theirs, MultiMatch.at_least, _multimatch),
    ]


def _scored(
    names: tuple[str, ...],
    drawn: list[Floats],
    theirs: Floats,
    at_least: int,
    measure: Callable[[list[Floats], list[Floats]], Floats],
) -> list[Likeness]:
    for whose, path in (("Your reading", drawn[0]), ("The other reading", theirs)):
        try:
            checked(path, at_least)
        except PathRefused as refusal:
            return [Likeness(name, None, refused=f"{whose}: {refusal}.") for name in names]
    scores = measure([checked(path) for path in drawn], [checked(theirs)] * len(drawn))
    return [_likeness(name, column) for name, column in zip(names, scores.T, strict=True)]


def _likeness(name: str, scores: Floats) -> Likeness:
    """The first score is that of the reading itself, the rest are of its shuffles."""
    if len(scores) == 1:
        return Likeness(name, float(scores[0]))
    low, high = np.percentile(scores[1:], [2.5, 97.5])
    return Likeness(name, float(scores[0]), float(scores[1:].mean()), float(low), float(high), len(scores) - 1)


def _scanmatch(drawn: list[Floats], theirs: list[Floats]) -> Floats:
    return score_pairs(ScanMatch(), drawn, theirs).scores[:, None]


def _multimatch(drawn: list[Floats], theirs: list[Floats]) -> Floats:
    """(P, 5), all dimensions of one alignment."""
    return similarities([path * [*SCREEN, 1.0] for path in drawn], [path * [*SCREEN, 1.0] for path in theirs], SCREEN)
