"""The words of a DICOM film's pixel data, as they stand in the file, of exactly the size that the header promises."""

from __future__ import annotations

import struct
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

from ml.films.faults import FilmFault

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
SOT = b"\xff\x90"
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
        _check_codestream(dataset.PixelData, rows, columns)
    else:
        options["correct_unused_bits"] = False
    if syntax not in ENCAPSULATED:
        _check_length(len(dataset.PixelData), rows * columns * int(dataset.BitsAllocated) // 8)
    with warnings_as_errors(UserWarning):
        values, _ = get_decoder(UID(syntax)).as_array(dataset, **options)
    if values.shape != (rows, columns) or values.dtype.kind not in "iu":
        raise FilmFault("film-unreadable", fault="size")
    words: NDArray[np.int32] = values.astype(np.int32)
    return words if syntax in JPEG_2000 else words & ((1 << int(dataset.BitsAllocated)) - 1)


def _check_length(held: int, promised: int) -> None:
    """Exactly the pixels that the header promises, with one byte more where their number is odd (PS3.5 8.1.1)."""
    if held not in {promised, promised + promised % 2}:
        raise FilmFault("film-unreadable", fault="length")


def _check_codestream(pixel_data: bytes, rows: int, columns: int) -> None:
    """A JPEG 2000 stream states its own size: it must be the header's, or a small file could ask for gigabytes."""
    frame = next(iter(generate_frames(BytesIO(pixel_data), number_of_frames=1)))
    start = frame.find(b"\xff\x4f\xff\x51")
    if start < 0 or len(frame) < start + 46:
        raise FilmFault("film-unreadable", fault="codestream")
    x1, y1, x0, y0, tile_w, tile_h = struct.unpack(">6I", frame[start + 8 : start + 32])
    components, depth = struct.unpack(">H", frame[start + 40 : start + 42])[0], frame[start + 42]
    if (x1 - x0, y1 - y0) != (columns, rows) or components != 1 or (depth & 0x7F) + 1 > 16:
        raise FilmFault("film-unreadable", fault="codestream size")
    tiles = -(-columns // max(tile_w, 1)) * -(-rows // max(tile_h, 1))
    if tile_w == 0 or tile_h == 0 or tiles > 16_384:
        raise FilmFault("film-too-complex")
    _check_tile_parts(frame.rstrip(b"\0"), start, tiles)


def _check_tile_parts(frame: bytes, at: int, tiles: int) -> None:
    """Every tile is there, and every tile part as long as it says (ISO 15444-1 A.4.2); else the decoder would show
    half a film."""
    at += 2
    while frame[at : at + 2] not in {SOT, b""}:  # the main header's segments
        at += 2 + int.from_bytes(frame[at + 2 : at + 4], "big")
    seen = set()
    while frame[at : at + 2] == SOT and len(frame) >= at + 12:
        index, length = struct.unpack(">HI", frame[at + 4 : at + 10])
        if 0 < length < 14:  # shorter than its own header
            break
        seen.add(index)
        at = at + length if length else len(frame) - 2  # 0: up to the end
    if frame[at:] != b"\xff\xd9" or len(seen) != tiles:
        raise FilmFault("film-unreadable", fault="codestream breaks off")
