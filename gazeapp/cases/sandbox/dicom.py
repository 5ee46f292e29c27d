"""CR and DX films. The order matters: file meta, allow-lists, size, and only then pixels; what is not understood is
refused."""

from __future__ import annotations

import re
import struct
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom import config
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.filereader import read_file_meta_info
from pydicom.pixels import get_decoder
from pydicom.uid import UID

from gazeapp.cases.sandbox import header, identifying, meaning
from gazeapp.cases.sandbox.limits import MAX_PIXELS
from gazeapp.cases.sandbox.values import Film, check_size
from gazeapp.core.sandbox.refusal import Refused

config.settings.reading_validation_mode = config.IGNORE  # odd header values must not stop a good film
warnings.simplefilter("ignore")

SYNTAXES = {
    "1.2.840.10008.1.2": "Implicit VR Little Endian",
    "1.2.840.10008.1.2.1": "Explicit VR Little Endian",
    "1.2.840.10008.1.2.2": "Explicit VR Big Endian",
    "1.2.840.10008.1.2.5": "RLE Lossless",
    "1.2.840.10008.1.2.4.90": "JPEG 2000 (lossless only)",
    "1.2.840.10008.1.2.4.91": "JPEG 2000",
}
JPEG_2000 = frozenset({"1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"})
ENCAPSULATED = JPEG_2000 | {"1.2.840.10008.1.2.5"}
CR, DX, DX_RAW = "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1.1"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
CLASSES = {CR: "CR", DX: "DX", SECONDARY_CAPTURE: "XR"}
SOT = b"\xff\x90"


def read(path: Path) -> Film:
    syntax = _syntax(path)
    dataset = pydicom.dcmread(path)
    sop_class = _text(dataset, "SOPClassUID")
    if sop_class == DX_RAW:
        raise Refused("film-for-processing")
    if sop_class not in CLASSES:
        raise Refused("film-class-not-taken", sop_class=_known_uid(sop_class))
    header.check_chest(dataset)
    rows, columns = _shape(dataset)
    hold = header.hold_reason(dataset, secondary_capture=sop_class == SECONDARY_CAPTURE)
    identifiers = identifying.identifiers(dataset)
    raw = _decode(dataset, syntax, rows, columns)
    film = meaning.settle(dataset, raw)
    film.hold = hold
    film.modality = CLASSES[sop_class]
    film.view = header.view(dataset)
    film.identifiers = identifiers
    film.kept, film.removed = header.keep(dataset)
    film.source = {"format": "DICOM", "transfer_syntax": syntax, "sop_class": sop_class, **film.source}
    return film


def _syntax(path: Path) -> str:
    """The transfer syntax from the file meta alone: the data set of a deflated file is never touched."""
    try:
        meta = read_file_meta_info(path)
    except Exception:
        raise Refused("film-unreadable", fault="file meta") from None
    syntax = str(meta.get("TransferSyntaxUID", "") or "")
    if not syntax:
        raise Refused("film-unreadable", fault="no transfer syntax")
    if syntax not in SYNTAXES:
        raise Refused("transfer-syntax-not-taken", syntax=_known_uid(syntax), name=_name(syntax))
    return syntax


def _known_uid(value: str) -> str:
    """A UID of the standard, safe to repeat; anything else might carry an identity."""
    return value if re.fullmatch(r"1\.2\.840\.10008(\.\d{1,4}){1,10}", value) else "unknown"


def _name(value: str) -> str:
    uid = UID(value)
    return uid.name if uid.is_transfer_syntax and not uid.is_private else "an unknown syntax"


def _text(dataset: Dataset, keyword: str) -> str:
    return str(dataset.get(keyword, "") or "").strip()


def whole_number(dataset: Dataset, keyword: str, default: int | None = None) -> int:
    value = dataset.get(keyword)
    if value is None or value == "":
        if default is None:
            raise Refused("film-unclear", about=keyword)
        return default
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Refused("film-unclear", about=keyword) from None


def _shape(dataset: Dataset) -> tuple[int, int]:
    if whole_number(dataset, "NumberOfFrames", 1) > 1:
        raise Refused("film-many-frames")
    if whole_number(dataset, "SamplesPerPixel", 1) != 1:
        raise Refused("film-in-colour")
    if _text(dataset, "PhotometricInterpretation") not in {"MONOCHROME1", "MONOCHROME2"}:
        raise Refused(
            "film-in-colour" if _text(dataset, "PhotometricInterpretation") else "film-unclear", about="colour"
        )
    if "PixelData" not in dataset:
        raise Refused("film-without-pixels")
    rows, columns = whole_number(dataset, "Rows"), whole_number(dataset, "Columns")
    allocated, stored = whole_number(dataset, "BitsAllocated"), whole_number(dataset, "BitsStored")
    if allocated not in {8, 16} or not 1 < stored <= allocated:
        raise Refused("film-unclear", about="BitsStored")
    if whole_number(dataset, "HighBit", stored - 1) != stored - 1:
        raise Refused("film-unclear", about="HighBit")
    if whole_number(dataset, "PixelRepresentation", 0) not in {0, 1}:
        raise Refused("film-unclear", about="PixelRepresentation")
    if rows * columns * allocated // 8 > 2 * MAX_PIXELS:
        raise Refused("film-too-large", rows=rows, columns=columns)
    check_size(rows, columns)
    return rows, columns


def _decode(dataset: Dataset, syntax: str, rows: int, columns: int) -> np.ndarray:
    """Stored values as int32, of the announced size; unused high bits (old overlays lived there) are cleared."""
    if syntax in JPEG_2000:
        _check_codestream(dataset.PixelData, rows, columns)
    options: dict[str, Any] = {"raw": True, "index": 0}
    if syntax in ENCAPSULATED:
        options["decoding_plugin"] = "pylibjpeg"
    if syntax not in JPEG_2000:
        options["correct_unused_bits"] = False  # what is in them is looked at below
    if syntax not in ENCAPSULATED:
        _check_length(len(dataset.PixelData), rows * columns * int(dataset.BitsAllocated) // 8)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # a decoder that wonders about a film has not understood it
        values, told = get_decoder(UID(syntax)).as_array(dataset, **options)
    if values.shape != (rows, columns) or values.dtype.kind not in "iu":
        raise Refused("film-unreadable", fault="size")
    stored = int(dataset.BitsStored)
    wide = values.astype(np.int32)
    if syntax in JPEG_2000:
        return wide  # the codestream knows its own depth and sign
    wide &= (1 << stored) - 1
    if int(dataset.get("PixelRepresentation", 0) or 0):
        sign = 1 << (stored - 1)
        wide = (wide ^ sign) - sign
    if _folds(values.astype(np.int32), wide):
        raise Refused("film-unclear", about="BitsStored")
    return wide


def _folds(whole: np.ndarray, cleared: np.ndarray) -> bool:
    """Whether the bits above BitsStored belong to the greys: where they change, these go on smoothly only with them. At
    the edge of an overlay it is the other way round."""
    high = whole - cleared
    edge = high[:, 1:] != high[:, :-1]
    if not edge.any():
        return False
    steps = [float(np.median(np.abs(np.diff(values, axis=1))[edge])) for values in (whole, cleared)]
    return steps[0] < steps[1]


def _check_length(held: int, promised: int) -> None:
    """Exactly the pixels that the header promises, with one byte more where their number is odd (PS3.5 8.1.1)."""
    if held not in {promised, promised + promised % 2}:
        raise Refused("film-unreadable", fault="length")


def _check_codestream(pixel_data: bytes, rows: int, columns: int) -> None:
    """A JPEG 2000 stream states its own size: it must be the header's, or a small file could ask for gigabytes."""
    frame = next(iter(generate_frames(BytesIO(pixel_data), number_of_frames=1)))
    start = frame.find(b"\xff\x4f\xff\x51")
    if start < 0 or len(frame) < start + 46:
        raise Refused("film-unreadable", fault="codestream")
    x1, y1, x0, y0, tile_w, tile_h = struct.unpack(">6I", frame[start + 8 : start + 32])
    components, depth = struct.unpack(">H", frame[start + 40 : start + 42])[0], frame[start + 42]
    if (x1 - x0, y1 - y0) != (columns, rows) or components != 1 or (depth & 0x7F) + 1 > 16:
        raise Refused("film-unreadable", fault="codestream size")
    tiles = -(-columns // max(tile_w, 1)) * -(-rows // max(tile_h, 1))
    if tile_w == 0 or tile_h == 0 or tiles > 16_384:
        raise Refused("film-too-complex")
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
        raise Refused("film-unreadable", fault="codestream breaks off")
