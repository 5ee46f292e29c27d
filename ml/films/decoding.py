"""The words of a DICOM film's pixel data, as they stand in the file, of exactly the size that the header promises."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels import get_decoder
from pydicom.uid import UID

from ml.films import codestream
from ml.films.faults import FilmFault
from ml.films.numbers import whole_number

SYNTAXES = {
    "1.2.840.10008.1.2": "Implicit VR Little Endian",
    "1.2.840.10008.1.2.1": "Explicit VR Little Endian",
    "1.2.840.10008.1.2.2": "Explicit VR Big Endian",
    "1.2.840.10008.1.2.5": "RLE Lossless",
    "1.2.840.10008.1.2.4.90": "JPEG 2000 (lossless only)",
    "1.2.840.10008.1.2.4.91": "JPEG 2000",
}
BIG_ENDIAN = "1.2.840.10008.1.2.2"
JPEG_2000 = frozenset({"1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"})
ENCAPSULATED = JPEG_2000 | {"1.2.840.10008.1.2.5"}
PILED = 0.05  # of a film's pixels
_FILTERS = threading.RLock()  # of warnings belong to the whole process, and data sets are read in several threads


@contextmanager
def warnings_as_errors(*categories: type[Warning]) -> Iterator[None]:
    """A decoder that wonders about a film has not understood it."""
    with _FILTERS, warnings.catch_warnings():
        for category in categories:
            warnings.simplefilter("error", category)
        yield


def decode(dataset: Dataset, syntax: str, rows: int, columns: int) -> NDArray[np.int32]:
    """(rows, columns) whole words, unsigned, with whatever stands above BitsStored; of JPEG 2000, which knows its own
    depth and sign, the values."""
    options: dict[str, Any] = {"raw": True, "index": 0}
    if syntax in ENCAPSULATED:
        options["decoding_plugin"] = "pylibjpeg"
    if syntax in JPEG_2000:
        frame = next(iter(generate_frames(BytesIO(dataset.PixelData), number_of_frames=1)))
        coded, signed = codestream.check(frame, rows, columns)
        if signed != bool(whole_number(dataset, "PixelRepresentation", 0)):
            raise FilmFault("film-unclear", about="PixelRepresentation")  # by half their range, or not: nobody knows
    else:
        options["correct_unused_bits"] = False
    if syntax not in ENCAPSULATED:
        _check_length(len(dataset.PixelData), rows * columns * int(dataset.BitsAllocated) // 8)
    with warnings_as_errors(UserWarning):
        values, _ = get_decoder(UID(syntax)).as_array(dataset, **options)
    if values.shape != (rows, columns) or values.dtype.kind not in "iu":
        raise FilmFault("film-unreadable", fault="size")
    words: NDArray[np.int32] = values.astype(np.int32)
    if syntax not in JPEG_2000:
        return words & ((1 << int(dataset.BitsAllocated)) - 1)
    if not signed:
        _check_shift(words, coded, int(dataset.BitsStored), int(dataset.BitsAllocated))
    return words


def _check_length(held: int, promised: int) -> None:
    """Exactly the pixels that the header promises, with one byte more where their number is odd (PS3.5 8.1.1)."""
    if held not in {promised, promised + promised % 2}:
        raise FilmFault("film-unreadable", fault="length")


def _check_shift(values: NDArray[np.int32], coded: int, stored: int, allocated: int) -> None:
    """Unsigned values are coded less half of their range (ISO 15444-1 G.1). Where the stream names another depth than
    the header and its values lie as they do when that half is the wrong one, they may be: round the middle, or cut off
    at both ends. What words cannot hold is cut off by the decoder."""
    if coded > stored:
        middle, half = 1 << (coded - 1), 1 << (stored - 1)
        wrong = coded > allocated or middle - half <= int(values.min()) and int(values.max()) < middle + half
    else:
        wrong = coded < stored and all(np.mean(values == end) >= PILED for end in (0, (1 << coded) - 1))
    if wrong:
        raise FilmFault("film-depth", stored=stored, needed=coded)
