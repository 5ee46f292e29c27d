"""How many bits a film's values have, their sign and the order of their bytes: what the header says, held against the
pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.films.faults import FilmFault

Words = NDArray[np.int32]
Mask = NDArray[np.bool_]
ROUGHER = 4.0  # times; so much rougher is a film whose bytes are read in the wrong order
# A film's sign is doubted where its values jump by so much of their range, at so many of its pixels, from and to so
# many greys.
WRAPPED, LEAST_EDGES, LEAST_GREYS = 0.75, 1e-3, 8
ENOUGH = 2_000_000  # pixels to look at


@dataclass(frozen=True, slots=True)
class Depth:
    """What the header says of a stored value."""

    allocated: int  # bits of a word
    stored: int  # bits of it that are the value
    signed: bool

    @property
    def least(self) -> int:
        return -(1 << (self.stored - 1)) if self.signed else 0

    @property
    def most(self) -> int:
        return self.least + (1 << self.stored) - 1

    def values(self, words: Words) -> Words:
        """The values in whole words: what stands above the stored bits is cleared, the sign carried on."""
        return _extended(words & ((1 << self.stored) - 1), self.stored, self.signed)


def in_order(words: Words, depth: Depth, remarks: list[str]) -> Words:
    """The words with the bytes in the order that makes a film: the other one makes noise of it."""
    if depth.allocated != 16 or words.shape[1] < 2:
        return words
    some = _some_rows(words)
    if _roughness(some) <= ROUGHER * _roughness(_swapped(some)):
        return words
    swapped = _swapped(words)
    if not depth.signed and int(swapped.max()) >> depth.stored:
        return words
    remarks.append("The bytes of the pixels stood in the other order than said")
    return swapped


def corrected(
    words: Words, depth: Depth, padding: Mask | None, overlays: bool, remarks: list[str]
) -> tuple[Words, Depth]:
    """The values, and the depth that they have. High bits are cleared where they are an overlay's; where the greys go
    on in them, the film has more bits than its header says."""
    values, whole = depth.values(words), _extended(words, depth.allocated, depth.signed)
    if _go_on(whole, values, padding):
        seen = whole if padding is None else whole[~padding]
        needed = _bits(int(seen.min()), int(seen.max()), depth.signed)
        if overlays:
            raise FilmFault("film-depth", stored=depth.stored, needed=needed)
        remarks.append(f"BitsStored is {depth.stored}, but the greys go on smoothly up to {needed} bits")
        depth = Depth(depth.allocated, needed, depth.signed)
        values = whole
    return values, depth


def widened(values: Words, depth: Depth, remarks: list[str]) -> Depth:
    """The depth of values from a codestream, which hold nothing but greys."""
    least, most = int(values.min()), int(values.max())
    if depth.least <= least and most <= depth.most:
        return depth
    needed = _bits(least, most, depth.signed)
    if (least < 0 and not depth.signed) or needed > 16:
        raise FilmFault("film-depth", stored=depth.stored, needed=needed)
    remarks.append(f"BitsStored is {depth.stored}, but the codestream holds {needed} bits")
    return Depth(16, needed, depth.signed)


def _extended(words: Words, bits: int, signed: bool) -> Words:
    if not signed:
        return words
    sign = 1 << (bits - 1)
    extended: Words = ((words & ((1 << bits) - 1)) ^ sign) - sign
    return extended


def _bits(least: int, most: int, signed: bool) -> int:
    """How many bits hold both."""
    return max(most.bit_length(), (-least - 1).bit_length() if least < 0 else 0) + signed


def _swapped(words: Words) -> Words:
    return ((words & 0xFF) << 8) | (words >> 8)


def _some_rows(values: Words) -> Words:
    """Every n-th row of a large film, enough to see what its greys do."""
    return values[:: max(1, values.size // ENOUGH)]


def _roughness(words: Words) -> float:
    """Mean step between neighbours of a row, over the range of the film."""
    return float(np.abs(np.diff(words, axis=1)).mean()) / max(int(words.max()) - int(words.min()), 1)


def _go_on(whole: Words, cleared: Words, padding: Mask | None) -> bool:
    """Whether the bits above BitsStored belong to the greys: where they change, these go on smoothly only with them. At
    the edge of an overlay it is the other way round."""
    high = whole - cleared
    if not high.any():
        return False
    edge = (high[:, 1:] != high[:, :-1]) & _both(padding, whole)
    if not edge.any():
        return False
    with_them, without = (float(np.median(np.abs(np.diff(values, axis=1))[edge])) for values in (whole, cleared))
    return with_them < without


def check_sign(values: Words, depth: Depth, padding: Mask | None) -> None:
    """Refuses values that jump by most of their range wherever their highest bit changes, many greys on either side,
    and would not with the other sign. A white mark on black jumps so too, but between two greys only."""
    if padding is not None:
        padding = padding[:: max(1, values.size // ENOUGH)]
    values = _some_rows(values)
    highest = values >= depth.least + (1 << (depth.stored - 1))
    edge = (highest[:, 1:] != highest[:, :-1]) & _both(padding, values)
    if edge.sum() < LEAST_EDGES * values.size:
        return
    step = float(np.median(np.abs(np.diff(values, axis=1))[edge]))
    lower, upper = (np.unique(end(values[:, 1:], values[:, :-1])[edge]) for end in (np.minimum, np.maximum))
    if step > WRAPPED * (1 << depth.stored) and min(len(lower), len(upper)) >= LEAST_GREYS:
        sign, other = ("signed", "unsigned") if depth.signed else ("unsigned", "signed")
        raise FilmFault("film-sign", sign=sign, other=other)


def _both(padding: Mask | None, values: Words) -> Mask:
    """Neighbours in a row neither of which is padding."""
    if padding is None:
        return np.ones((values.shape[0], values.shape[1] - 1), bool)
    both: Mask = ~(padding[:, 1:] | padding[:, :-1])
    return both
