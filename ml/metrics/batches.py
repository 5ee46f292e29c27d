"""Many pairs of sequences of different lengths as a few padded blocks of similar length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.metrics.paths import Floats

BLOCK = 256  # pairs a block: its tables stay in the processor's cache

Run = Callable[[NDArray[Any], NDArray[np.int_], NDArray[Any], NDArray[np.int_]], Floats]


def in_blocks(first: Sequence[NDArray[Any]], second: Sequence[NDArray[Any]], run: Run, *, fill: Any) -> Floats:
    """Answers of ``run(a, lengths_a, b, lengths_b)`` in the order of the pairs.

    ``a`` (P, L, ...) holds P sequences padded with ``fill``; ``run`` answers (P, ...).
    """
    lengths = np.array([[len(a), len(b)] for a, b in zip(first, second, strict=True)], np.int_).reshape(-1, 2)
    order = np.argsort(lengths.sum(axis=1), kind="stable")
    answers = []
    for start in range(0, len(order), BLOCK):
        rows = order[start : start + BLOCK]
        a, b = (padded([side[i] for i in rows], fill) for side in (first, second))
        answers.append(run(a, lengths[rows, 0], b, lengths[rows, 1]))
    if not answers:
        return np.zeros(0)
    joined = np.concatenate(answers)
    out = np.empty_like(joined)
    out[order] = joined
    return out


def padded(sequences: Sequence[NDArray[Any]], fill: Any) -> NDArray[Any]:
    """(n, ...) sequences -> (P, longest, ...)."""
    longest = max(map(len, sequences))
    out = np.full((len(sequences), longest, *sequences[0].shape[1:]), fill, sequences[0].dtype)
    for row, sequence in zip(out, sequences, strict=True):
        row[: len(sequence)] = sequence
    return out
