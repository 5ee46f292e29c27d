"""Modality and VOI lookup tables (PS3.3 C.11.1, C.11.2). What their descriptor says is held against their entries and
the pixels: a descriptor is often wrong about depth and first value, and entries stand in either byte order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from ml.films.faults import FilmFault
from ml.films.numbers import numbers

Words = NDArray[np.int32]
ROUGHER = 4.0  # times; so much rougher is a table whose bytes are read in the wrong order


class NoTable(Exception):
    """There is a sequence, and no table in it that can be read."""

    def __init__(self, promised: int, held: int) -> None:
        super().__init__()
        self.promised, self.held = promised, held


def apply_table(
    sequence: Sequence[Dataset], values: Words, name: str, big_endian: bool, remarks: list[str]
) -> tuple[Words, int, list[int]]:
    """Maps values through the first item: the values out of it, the bits that its entries use, and the descriptor as it
    was read (entries, first value mapped, bits). Raises NoTable; FilmFault where it makes a film flat."""
    if not sequence:
        raise NoTable(0, 0)
    try:
        descriptor = [int(number) for number in numbers(sequence[0], "LUTDescriptor")]
    except FilmFault:
        descriptor = []
    if len(descriptor) != 3:
        raise NoTable(0, 0)
    entries, said = descriptor[0] % 65536 or 65536, descriptor[2]
    table = _entries(sequence[0].get("LUTData"), entries, big_endian, name, remarks)
    if table.size < entries or entries < 2:
        raise NoTable(entries, int(table.size))
    table = table[:entries]
    first = _first(descriptor[1], entries, values)
    if first != descriptor[1]:
        remarks.append(f"{name}: first value mapped read as {first}")
    mapped = table[np.clip(values - first, 0, entries - 1)]
    if mapped.min() == mapped.max() and values.min() != values.max():
        raise FilmFault("film-flat", about=f"{name} maps all pixels to {int(mapped.min())}")
    return mapped, max(1, int(table.max()).bit_length()), [entries, first, said]


def _first(said: int, entries: int, values: Words) -> int:
    """The first value mapped. Its sign follows the pixels', whatever it was written with: of its two readings that
    which more of the pixels lie in, the one that was said if both are as good."""
    readings = [said, *(other for other in (said - 65536, said + 65536) if -32768 <= other <= 65535)]
    return max(readings, key=lambda first: int(np.count_nonzero((values >= first) & (values < first + entries))))


def _entries(data: object, entries: int, big_endian: bool, name: str, remarks: list[str]) -> Words:
    if not isinstance(data, bytes):
        found = np.atleast_1d(np.asarray([] if data is None else data, np.int64))
        return (found & 0xFFFF).astype(np.int32)
    if len(data) < 2 * entries:
        return np.frombuffer(data, np.uint8).astype(np.int32)
    words = np.frombuffer(data[: 2 * entries], ">u2" if big_endian else "<u2").astype(np.int32)
    swapped = ((words & 0xFF) << 8) | (words >> 8)
    if _roughness(words) > ROUGHER * _roughness(swapped):
        remarks.append(f"{name}: its bytes stood in the other order than said")
        return swapped
    return words


def _roughness(table: Words) -> float:
    """Sum of all steps over the range: 1 for a curve that only rises or only falls."""
    return float(np.abs(np.diff(table)).sum()) / max(int(table.max()) - int(table.min()), 1)
