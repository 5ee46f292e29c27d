"""When each word of a simulated report was said: evenly, from somewhere in the reading on. Not tied to the gaze."""

from __future__ import annotations

import re

from ml.simulator.films import Looked

Word = tuple[str, float, float]  # text, start and end in s from film onset
SILENT = 0.4  # share of the reading before the first word
WORD_S, PAUSE_S = 0.28, 0.05


def words(looked: Looked, *, marks_apart: bool = False) -> list[Word]:
    """``marks_apart``: punctuation stands as words of its own, of no duration."""
    tokens = looked.report.text.split()
    if marks_apart:
        tokens = re.findall(r"[.,;:]|[^\s.,;:]+", looked.report.text)
    now = round(SILENT * float(looked.path[:, 2].sum()), 3)
    out: list[Word] = []
    for token in tokens:
        length = 0.0 if token in ".,;:" else WORD_S
        out.append((token, round(now, 3), round(now + length, 3)))
        now += length + (PAUSE_S if length else 0.0)
    return out


def phrases(looked: Looked) -> list[list[Word]]:
    """Words in groups of up to five; one that ends a sentence ends its group."""
    out: list[list[Word]] = [[]]
    for word in words(looked):
        out[-1].append(word)
        if word[0].endswith(".") or len(out[-1]) == 5:
            out.append([])
    return [group for group in out if group]
