"""In what order a rater sees the items, and how wide a study's intervals will be."""

from __future__ import annotations

from collections import Counter
from math import nan, sqrt

import numpy as np

from ml.metrics.intervals import Z95


def latin_square(n: int) -> list[list[int]]:
    """Rows of a Williams design for 0..n-1: each row has every number once, each place every number equally often.

    Every number follows every other equally often (E. J. Williams, 1949): once over the n rows of an even n; for an odd
    n the mirrored square is needed too, which makes 2n rows and twice.
    """
    if n < 1:
        raise ValueError(f"A Latin square has at least one row, not {n}.")
    zigzag = [(i + 1) // 2 if i % 2 else (n - i // 2) % n for i in range(n)]  # 0, 1, n-1, 2, n-2 ...
    square = [[(value + row) % n for value in zigzag] for row in range(n)]
    return square if n % 2 == 0 or n == 1 else square + [row[::-1] for row in square]


def order(*, cases: int, sources: int, row: int, seed: int, repeats: float = 0.1) -> list[tuple[int, int, bool]]:
    """What the rater in row ``row`` of a study sees, as (case, source, is it a repeat), in order.

    The first pass has as many rounds as there are sources. Each round has every case once, in this rater's own order,
    which is the same in all rounds: two readings of a case lie exactly a round apart. A case's sources follow a row of
    the Latin square, the next row for the next case and for the next rater, so that over as many raters as it has rows
    each case meets each source in each round equally often. The study's seed deals which row a case begins with, and
    for each case by itself which source a number of the square is: who comes to know a source of one case learns
    nothing of the others. In a round somebody meets each source equally often only on average.

    Then come ``repeats`` times as many items again (rounded, one at least unless ``repeats`` is 0), in the order of
    their first showing: as many of each source as of every other, give or take one, of cases repeated least so far, and
    none of the last quarter of the first pass while a source has others.
    """
    if cases < 1 or sources < 1 or row < 0 or not 0 <= repeats <= 1:
        raise ValueError(f"No order for {cases} cases, {sources} sources, row {row}, {repeats} repeats.")
    square = latin_square(sources)
    dealt = [np.random.default_rng([seed, 0, case]).permutation(sources).tolist() for case in range(cases)]
    odd = np.random.default_rng([seed, 3]).permutation(sources).tolist()
    line = np.random.default_rng([seed, 2]).permutation(cases).tolist()
    rng = np.random.default_rng([seed, 1, row])
    sequence = rng.permutation(cases).tolist()
    first = [
        (case, dealt[case][square[(row + line[case]) % len(square)][turn]])
        for turn in range(sources)
        for case in sequence
    ]
    chosen = _repeated(first, _how_many(repeats, len(first)), dealt=odd, row=row, rng=rng)
    return [(*item, False) for item in first] + [(*first[place], True) for place in chosen]


def half_width(*, cases: int, raters: int, sd: float = 0.8, icc: float = 0.5) -> float:
    """Half of the 95 % interval of a source's mean, in levels: 1.96 sqrt(sd^2 (icc + (1 - icc) / raters) / cases).

    ``sd`` is of single answers, ``icc`` the share of their variance that lies between cases; the rest shrinks with more
    raters. NaN without cases or raters.
    """
    return Z95 * sd * sqrt((icc + (1 - icc) / raters) / cases) if cases > 0 and raters > 0 else nan


def half_width_share(*, cases: int, raters: int, share: float = 0.75, icc: float = 0.3) -> float:
    """As :func:`half_width`, of a share of yes: the variance of single answers is share (1 - share)."""
    return half_width(cases=cases, raters=raters, sd=sqrt(share * (1 - share)), icc=icc)


def _how_many(repeats: float, items: int) -> int:
    return max(1, int(repeats * items + 0.5)) if repeats > 0 else 0


def _repeated(
    first: list[tuple[int, int]], count: int, *, dealt: list[int], row: int, rng: np.random.Generator
) -> list[int]:
    """Places in the first pass of the ``count`` items to repeat, rising."""
    early = 3 * len(first) // 4
    left: dict[int, list[int]] = {source: [] for source in dealt}
    for place in rng.permutation(len(first)).tolist():
        left[first[place][1]].append(place)
    taken: list[int] = []
    used: Counter[int] = Counter()
    for turn in range(count):
        candidates = left[dealt[(row + turn) % len(dealt)]]  # another source has the odd repeat for the next rater
        place = min(candidates, key=lambda place: (place >= early, used[first[place][0]]))
        candidates.remove(place)
        used[first[place][0]] += 1
        taken.append(place)
    return sorted(taken)
