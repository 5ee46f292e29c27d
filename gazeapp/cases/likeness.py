"""Do two files show the same picture, whatever values it was stored in? By the direction of its edges.

A table, another window, a sign or an inversion change how bright a place is, and even which of two is brighter. They
do not change along which line the brightness changes: that line is the same for every value map. So a film's signature
is, for each of 32 × 32 blocks, the mean direction of its edges, without a sense: light above dark is the same as dark
above light. Sides do not count, so neither do spacing and aspect. What all blocks have in common is taken away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]

BLOCKS = 32  # to each side of a signature
FINE = 2 * BLOCKS  # places to each side where an edge is measured
LENGTH = 2 * BLOCKS * BLOCKS  # bytes: cosine and sine of twice the angle, signed
SCALE = 63  # of those bytes: the numbers lie within -2 and 2 once the mean is taken away
# Root mean square of a signature before it says anything. Of films it is 0.5; a blank picture or a mere slope has none.
LEAST = 0.1
# From this correlation on two pictures are taken for one. Measured in docs/decisions/0017: different films reach 0.52,
# changed copies begin at 0.66.
ALIKE = 0.62


class Look(NamedTuple):
    """What a film is known by beside its address: its signature; the digest of its values in their order, which is
    the same when a header cuts them into rows of another length; and that of what its file stores, which is the same
    whatever a header makes of it. Each is empty where it is not known."""

    signature: bytes
    values: str
    words: str = ""

    @classmethod
    def of(cls, pixels: NDArray[np.uint16], words: str = "") -> Look:
        """Of (rows, columns) any grey values; `words` as in `ml.films.stored.StoredFilm`."""
        return cls(signature(pixels), hashlib.sha256(pixels.astype("<u2").tobytes()).hexdigest(), words)


def signature(pixels: NDArray[np.uint16]) -> bytes:
    """Of (rows, columns) any grey values: `LENGTH` bytes, or none where the picture shows next to nothing."""
    greys = _ranks(_means(pixels, FINE + 2))  # so that an edge in the dark counts as much as one in the light
    across = greys[1:-1, 2:] - greys[1:-1, :-2]
    down = greys[2:, 1:-1] - greys[:-2, 1:-1]
    strength = np.hypot(across, down)
    safe = np.where(strength > 0, strength, 1)
    twice = np.stack([(across**2 - down**2) / safe, 2 * across * down / safe])  # cosine and sine of twice the angle
    directions = _pooled(twice) / np.maximum(_pooled(strength), 1e-9)
    directions -= directions.mean(axis=(1, 2), keepdims=True)
    if np.sqrt(np.mean(directions**2)) < LEAST:
        return b""
    return np.rint(SCALE * directions).astype(np.int8).tobytes()


def likenesses(one: bytes, others: Sequence[bytes]) -> Float:
    """How alike a picture is to each of the others, at most 1, however it was turned or mirrored (the best of eight).

    All of them are signatures, none empty.
    """
    turned = np.stack([_unit(turn.reshape(1, LENGTH))[0] for turn in _turns(one)])
    known = np.frombuffer(b"".join(others), dtype=np.int8).reshape(-1, LENGTH)
    best: Float = (_unit(known) @ turned.T).max(axis=1)
    return best


def _means(pixels: NDArray[np.uint16], side: int) -> NDArray[np.float64]:
    """The mean of each of side × side blocks. In a picture with fewer rows some blocks share one."""
    starts = [(2 * np.arange(side) * length + side) // (2 * side) for length in pixels.shape]  # the same from both ends
    sums = np.add.reduceat(pixels, starts[0], axis=0, dtype=np.uint32)  # 65535 rows of 16 bits fit
    sums = np.add.reduceat(sums, starts[1], axis=1, dtype=np.uint64)
    tall, wide = (
        np.maximum(np.diff(start, append=length), 1) for start, length in zip(starts, pixels.shape, strict=True)
    )
    means: NDArray[np.float64] = sums / (tall[:, None] * wide[None, :])
    return means


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each value's place in their order; equal ones share the middle of theirs."""
    _, inverse, counts = np.unique(values.ravel(), return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse].reshape(values.shape)


def _pooled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of each 2 × 2 places."""
    pairs = values.reshape(*values.shape[:-2], BLOCKS, 2, BLOCKS, 2)
    return np.asarray(pairs.mean(axis=(-3, -1)))


def _turns(one: bytes) -> list[NDArray[np.int8]]:
    """The signature as it would be of the picture in each of its eight orientations."""
    cosine, sine = np.frombuffer(one, dtype=np.int8).reshape(2, BLOCKS, BLOCKS)
    turns = []
    for quarters in range(4):
        sign = -1 if quarters % 2 else 1  # twice a right angle is half a turn
        c, s = sign * np.rot90(cosine, quarters), sign * np.rot90(sine, quarters)
        turns += [np.stack([c, s]), np.stack([c[:, ::-1], -s[:, ::-1]])]
    return turns


def _unit(signatures: NDArray[np.int8]) -> Float:
    """Rows of length 1, so that their products are correlations."""
    rows = signatures.astype(np.float32)
    rows /= np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    return rows
