"""The words of a DICOM film's pixel data, as they stand in the file, of exactly the size that the header promises."""

from __future__ import annotations

import re
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
SOT, COD = b"\xff\x90", b"\xff\x52"
BYPASS = 0x01  # code-block style: some bits are stored as they are
EVEN = 64  # bytes of one value in a row; in the packaged films and 300 of our making entropy coding leaves 13 at most
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
        coded, signed = _check_codestream(dataset.PixelData, rows, columns)
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


def _check_codestream(pixel_data: bytes, rows: int, columns: int) -> tuple[int, bool]:
    """A JPEG 2000 stream states its own size: it must be the header's, or a small file could ask for gigabytes. Its
    depth in bits, and whether its values have a sign."""
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
    _check_tile_parts(frame.rstrip(b"\0"), start, tiles, (min(tile_w, columns), min(tile_h, rows)))
    return (depth & 0x7F) + 1, bool(depth & 0x80)


def _check_tile_parts(frame: bytes, at: int, tiles: int, tile: tuple[int, int]) -> None:
    """Every tile is there, and every tile part as long as it says (ISO 15444-1 A.4.2), without a hole; else the decoder
    would show half a film."""
    at, coding = at + 2, b""
    while frame[at : at + 2] not in {SOT, b""}:  # the main header's segments
        length = int.from_bytes(frame[at + 2 : at + 4], "big")
        if frame[at : at + 2] == COD:
            coding = frame[at + 4 : at + 2 + length]
        at += 2 + length
    _check_even(frame, at, coding, tile)
    seen = set()
    while frame[at : at + 2] == SOT and len(frame) >= at + 12:
        index, length = struct.unpack(">HI", frame[at + 4 : at + 10])
        if 0 < length < 14:  # shorter than its own header
            break
        seen.add(index)
        at = at + length if length else len(frame) - 2  # 0: up to the end
    if frame[at:] != b"\xff\xd9" or len(seen) != tiles:
        raise FilmFault("film-unreadable", fault="codestream breaks off")


def _check_even(frame: bytes, at: int, coding: bytes, tile: tuple[int, int]) -> None:
    """What was lost and filled up is one byte over and over, which entropy coding does not make. Packets without data
    are one byte each: as many as a tile has packets may be alike."""
    if len(coding) < 10 or coding[8] & BYPASS:
        return
    layers, levels = int.from_bytes(coding[2:4], "big"), coding[5]
    packets = 0
    for level in range(levels + 1):
        exponents = coding[10 + level] if coding[0] & 1 and len(coding) > 10 + level else 0xFF  # of a precinct's sides
        width, height = (-(-side >> (levels - level)) for side in tile)
        packets += layers * (1 + (width >> (exponents & 15))) * (1 + (height >> (exponents >> 4)))
    for run in re.compile(rb"(.)\1{%d,}" % (EVEN - 1), re.DOTALL).finditer(frame, at):
        if len(run.group()) >= EVEN + packets:
            raise FilmFault("film-unreadable", fault="codestream with a hole")
