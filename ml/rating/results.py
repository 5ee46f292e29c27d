"""A closed study's results as JSON: a function of its answers, whatever order they come in.

Means are of single answers, with bootstrap intervals over cases: a case's answers are drawn together. The difference of
a source to the human one is taken over the cases that have answers for both. Numbers that are undefined are None, and
``words`` say why, as they do where there is little to go by.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.metrics.intervals import DRAWS, SEED, interval, resamples
from ml.rating.agreement import alpha_interval, pairable_items, raw_agreement, repeat_agreement
from ml.rating.effects import FLIPS, cliffs_delta_interval, fisher, sign_flip
from ml.rating.table import Answer, Question, Table, table

__all__ = ["Answer", "Question", "results"]

Floats = NDArray[np.float64]
FEW_CASES = 3  # under which no difference is tested
ROUGH_CASES = 5  # under which an interval says little


def results(
    answers: Sequence[Answer],
    *,
    sources: Sequence[str],
    human: str | None,
    questions: Sequence[Question],
    draws: int = DRAWS,
    seed: int = SEED,
) -> dict[str, Any]:
    """``questions``: name to ``sources``, ``agreement`` and ``repeats``; ``raters``: name to ``n`` and ``means``.

    ``n`` of a rater counts the items answered in the first pass. ``human`` is the source that the others are compared
    to, or None. Raises ValueError for answers that do not fit the study (:func:`ml.rating.table.table`).
    """
    if human is not None and human not in sources:
        raise ValueError(f"The study has no source {human}.")
    found = table(answers, sources=sources, questions=questions)
    weights = resamples(len(found.cases), draws=draws, seed=seed) if found.cases else np.zeros((draws, 0))
    return {
        "questions": {
            question.name: {
                "sources": _sources(found.first[i], sources, human, question, weights, draws=draws, seed=seed),
                "agreement": _agreement(found.first[i], question, draws=draws, seed=seed),
                "repeats": _repeats(found.first[i], found.again[i], question),
            }
            for i, question in enumerate(questions)
        },
        "raters": {rater: _rater(found, i, questions) for i, rater in enumerate(found.raters)},
    }


def _sources(
    values: Floats,
    sources: Sequence[str],
    human: str | None,
    question: Question,
    weights: Floats,
    *,
    draws: int,
    seed: int,
) -> dict[str, Any]:
    """Of each source: counts, mean and difference to ``human``; ``values`` (raters, cases, sources)."""
    of = {source: values[:, :, i].T for i, source in enumerate(sources)}  # (cases, raters)
    return {
        source: _source(rows, question, weights)
        | {
            "to_human": None
            if human is None or source == human
            else _to_human(rows, of[human], question, draws=draws, seed=seed)
        }
        for source, rows in of.items()
    }


def _source(rows: Floats, question: Question, weights: Floats) -> dict[str, Any]:
    """``rows`` (cases, raters)."""
    known = ~np.isnan(rows)
    n, cases = int(known.sum()), int(known.any(axis=1).sum())
    mean = float(rows[known].mean()) if n else np.nan
    low = high = np.nan
    if cases >= 2:
        with np.errstate(invalid="ignore"):
            drawn = (weights @ np.nansum(rows, axis=1)) / (weights @ known.sum(axis=1))
        bounds = interval(mean, drawn)
        low, high = bounds.low, bounds.high
    return {
        "n": n,
        "cases": cases,
        "counts": {str(level): int((rows == level).sum()) for level in question.levels},
        "mean": _number(mean),
        "low": _number(low),
        "high": _number(high),
        "words": _few(cases),
    }


def _to_human(rows: Floats, human: Floats, question: Question, *, draws: int, seed: int) -> dict[str, Any]:
    """Difference of ``rows`` to ``human``, both (cases, raters), over the cases that both have answers for."""
    shared = (~np.isnan(rows)).any(axis=1) & (~np.isnan(human)).any(axis=1)
    rows, human = rows[shared], human[shared]
    cases = len(rows)
    p, test, words = _test(rows, human, question, seed=seed)
    delta = cliffs_delta_interval(rows, human, paired=True, draws=draws, seed=seed)
    return {
        "delta": _number(delta.value),
        "low": _number(delta.low),
        "high": _number(delta.high),
        "p": _number(p),
        "test": test,
        "cases": cases,
        "words": words,
    }


def _test(rows: Floats, human: Floats, question: Question, *, seed: int) -> tuple[float, str | None, str]:
    """p, the test's name, and what to know of it."""
    cases = len(rows)
    if cases < FEW_CASES:
        return np.nan, None, f"{_count(cases, 'case has', 'cases have')} answers for both: too few for a test."
    one_each = all((~np.isnan(part)).sum(axis=1).max() == 1 for part in (rows, human))
    if len(question.levels) == 2 and one_each:
        yes = max(question.levels)
        p = fisher(int((rows == yes).sum()), cases, int((human == yes).sum()), cases)
        return p, "Fisher's exact test", ""
    p, exact = sign_flip(np.nanmean(rows, axis=1) - np.nanmean(human, axis=1), seed=seed)
    if not exact:
        return p, f"sign-flip test, {FLIPS:,} draws", ""
    least = 2.0 ** (1 - cases)
    words = f"With {cases} cases p cannot fall below {least:.3g}." if least > 0.05 else ""
    return p, "exact sign-flip test", words


def _agreement(values: Floats, question: Question, *, draws: int, seed: int) -> dict[str, Any]:
    """Agreement of raters over the items of all sources; ``items`` are those with answers of at least two raters."""
    ratings = values.reshape(len(values), values.shape[1] * values.shape[2])
    raters, items = int((~np.isnan(ratings)).any(axis=1).sum()), pairable_items(ratings)
    estimate = alpha_interval(ratings, level=question.level, draws=draws, seed=seed)
    words = ""
    if raters < 2:
        words = f"{_count(raters, 'rater has', 'raters have')} answered: agreement takes two."
    elif not items:
        words = "No item has answers of two raters."
    elif np.isnan(estimate.value):
        words = "All answers are the same: alpha is undefined."
    elif np.isnan(estimate.low):
        words = f"{_count(items, 'item has', 'items have')} answers of two raters: too few for an interval."
    return {
        "alpha": _number(estimate.value),
        "low": _number(estimate.low),
        "high": _number(estimate.high),
        "raw": _number(raw_agreement(ratings)),
        "raters": raters,
        "items": items,
        "words": words,
    }


def _repeats(first: Floats, again: Floats, question: Question) -> dict[str, Any]:
    """Agreement of raters with themselves, all raters together."""
    found = repeat_agreement(first.ravel(), again.ravel(), level=question.level)
    words = ""
    if not found["n"]:
        words = "No repeat has been answered."
    elif np.isnan(found["alpha"]):
        words = "All answers are the same: alpha is undefined."
    return {
        "n": found["n"],
        "equal": found["equal"],
        "share": _number(found["share"]),
        "alpha": _number(found["alpha"]),
        "words": words,
    }


def _rater(found: Table, rater: int, questions: Sequence[Question]) -> dict[str, Any]:
    values = found.first[:, rater]  # (questions, cases, sources)
    known = ~np.isnan(values)
    return {
        "n": int(known.any(axis=0).sum()),
        "means": {
            question.name: float(values[i][known[i]].mean()) if known[i].any() else None
            for i, question in enumerate(questions)
        },
    }


def _few(cases: int) -> str:
    if not cases:
        return "No answers."
    if cases == 1:
        return "One case has answers: too few for an interval."
    return f"{cases} cases have answers: the interval says little." if cases < ROUGH_CASES else ""


def _count(n: int, one: str, many: str) -> str:
    return f"1 {one}" if n == 1 else f"{n or 'No'} {one if n == 0 else many}"


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
