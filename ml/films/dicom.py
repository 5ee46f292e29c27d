"""CR and DX films. The order matters: file meta, allow-lists, size, and only then pixels; what is not understood is
refused."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
import pydicom
from pydicom import config
from pydicom.dataset import Dataset
from pydicom.filereader import read_file_meta_info
from pydicom.uid import UID

from ml.films import geometry, meaning, views
from ml.films.decoding import BIG_ENDIAN, JPEG_2000, SYNTAXES, decode, warnings_as_errors
from ml.films.depth import Depth, Mask, Words, check_sign, corrected, in_order, widened
from ml.films.faults import FilmFault
from ml.films.numbers import numbers, text, whole_number
from ml.films.stored import Bounds, StoredFilm, words_sha256

config.settings.reading_validation_mode = config.IGNORE  # odd header values must not stop a good film

CR, DX, DX_RAW = "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1.1"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
CLASSES = {CR: "CR", DX: "DX", SECONDARY_CAPTURE: "XR"}
_OF_SIZE = ["Rows", "Columns", "PixelAspectRatio", *geometry.OF_SPACING]


def load(path: Path) -> Dataset:
    """The data set of a file whose transfer syntax is taken: its film, once it is asked for, is decoded."""
    _syntax(path)
    with warnings_as_errors():
        warnings.simplefilter("ignore")
        return pydicom.dcmread(path)


def film(dataset: Dataset, bounds: Bounds) -> StoredFilm:
    """The film of a data set. Raises FilmFault where it is none, or none that is taken here."""
    syntax = str(dataset.file_meta.TransferSyntaxUID)
    sop_class = text(dataset, "SOPClassUID")
    if sop_class == DX_RAW:
        raise FilmFault("film-for-processing")
    if sop_class not in CLASSES:
        raise FilmFault("film-class-not-taken", sop_class=_known_uid(sop_class))
    view = views.frontal_chest(dataset)
    rows, columns, depth = _shape(dataset, bounds)
    words = decode(dataset, syntax, rows, columns)
    remarks: list[str] = []
    if syntax in JPEG_2000:
        values, depth = words, widened(words, depth, remarks)
        padding = _padding(dataset, words, values, depth)
    else:
        words = in_order(words, depth, remarks)
        padding = _padding(dataset, words, depth.values(words), depth)
        values, depth = corrected(words, depth, padding, _has_overlays_in(dataset, depth), remarks)
    if padding is not None and padding.all():
        raise FilmFault("film-flat", about="all of it is padding")
    if values.min() == values.max():
        raise FilmFault("film-flat", about="all pixels have one value")
    check_sign(values, depth, padding)
    stored = meaning.interpret(
        dataset, values, depth, padding, big_endian=syntax == BIG_ENDIAN, bounds=bounds, remarks=remarks
    )
    stored.modality, stored.view, stored.words = CLASSES[sop_class], view, words_sha256(words, depth.allocated)
    stored.source = {
        "format": "DICOM", "transfer_syntax": syntax, "sop_class": sop_class, **stored.source
    }  # fmt: skip
    return stored


def size(path: Path) -> tuple[int, int]:
    """(width, height) in px of the film as it is stored; no pixel is decoded."""
    _syntax(path)
    dataset = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=_OF_SIZE)
    rows, columns = whole_number(dataset, "Rows"), whole_number(dataset, "Columns")
    height, width = geometry.squared_shape(rows, columns, geometry.aspect(dataset))
    return width, height


def _syntax(path: Path) -> None:
    """Looks at the transfer syntax in the file meta alone: the data set of a deflated file is never touched."""
    try:
        meta = read_file_meta_info(path)
    except Exception:
        raise FilmFault("film-unreadable", fault="file meta") from None
    syntax = str(meta.get("TransferSyntaxUID", "") or "")
    if not syntax:
        raise FilmFault("film-unreadable", fault="no transfer syntax")
    if syntax not in SYNTAXES:
        raise FilmFault("transfer-syntax-not-taken", syntax=_known_uid(syntax), name=_name(syntax))


def _known_uid(value: str) -> str:
    """A UID of the standard, safe to repeat; anything else might carry an identity."""
    return value if re.fullmatch(r"1\.2\.840\.10008(\.\d{1,4}){1,10}", value) else "unknown"


def _name(value: str) -> str:
    uid = UID(value)
    return uid.name if uid.is_transfer_syntax and not uid.is_private else "an unknown syntax"


def _shape(dataset: Dataset, bounds: Bounds) -> tuple[int, int, Depth]:
    if whole_number(dataset, "NumberOfFrames", 1) > 1:
        raise FilmFault("film-many-frames")
    if whole_number(dataset, "SamplesPerPixel", 1) != 1:
        raise FilmFault("film-in-colour")
    photometric = text(dataset, "PhotometricInterpretation")
    if photometric not in meaning.SHAPES:
        raise FilmFault("film-in-colour" if photometric else "film-unclear", about="PhotometricInterpretation")
    if "PixelData" not in dataset:
        raise FilmFault("film-without-pixels")
    rows, columns = whole_number(dataset, "Rows"), whole_number(dataset, "Columns")
    allocated, stored = whole_number(dataset, "BitsAllocated"), whole_number(dataset, "BitsStored")
    if allocated not in {8, 16} or not 1 < stored <= allocated:
        raise FilmFault("film-unclear", about="BitsStored")
    if whole_number(dataset, "HighBit", stored - 1) != stored - 1:
        raise FilmFault("film-unclear", about="HighBit")
    sign = whole_number(dataset, "PixelRepresentation", 0)
    if sign not in {0, 1}:
        raise FilmFault("film-unclear", about="PixelRepresentation")
    if rows * columns * allocated // 8 > 2 * bounds.most_pixels:
        raise FilmFault("film-too-large", rows=rows, columns=columns)
    bounds.check(rows, columns)
    return rows, columns, Depth(allocated, stored, bool(sign))


def _padding(dataset: Dataset, words: Words, values: Words, depth: Depth) -> Mask | None:
    """Where the film has no picture, or None where it has one everywhere. A padding value that the stored bits can hold
    is looked for among the values, another among the whole words; where none is, it was masked as the pixels were."""
    said = numbers(dataset, "PixelPaddingValue")
    if not said:
        return None
    ends = [int(said[0]), int((numbers(dataset, "PixelPaddingRangeLimit") or said)[0])]
    whole = Depth(depth.allocated, depth.allocated, depth.signed)
    among_words = _between(whole.values(words), [int(whole.values(_one(end))[0]) for end in ends])
    among_values = _between(values, [int(depth.values(_one(end))[0]) for end in ends])
    held = all(depth.least <= int(whole.values(_one(end))[0]) <= depth.most for end in ends)
    found = among_values if held or not among_words.any() else among_words
    return found if found.any() else None


def _one(value: int) -> Words:
    return np.array([value & 0xFFFF], np.int32)


def _between(values: Words, ends: list[int]) -> Mask:
    return np.asarray((values >= min(ends)) & (values <= max(ends)))


def _has_overlays_in(dataset: Dataset, depth: Depth) -> bool:
    """Whether the header puts an overlay into the bits above the stored ones (PS3.3 C.9.2, retired)."""
    positions = (dataset.get((group, 0x0102)) for group in range(0x6000, 0x6020, 2))
    return any(position is not None and int(position.value or 0) >= depth.stored for position in positions)
