"""Pixels of a film file: DICOM, PNG, JPEG or what this app keeps, told apart by content, as grey values where bright is
bright."""

from __future__ import annotations

import hashlib
import math
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.pixels import apply_modality_lut, apply_voi

from ml.data.pictures import is_deep_colour, load_whole, orientation, turned
from ml.data.types import DataError, FilmFile

Grey = NDArray[np.uint8] | NDArray[np.uint16]
TOP = 65535  # brightest value of 16 bits
PICTURES = ["PNG", "JPEG"]  # by content
GZIP = b"\x1f\x8b"
# Magnitudes; beyond them a rescale says nothing about a film, and floats lose the greys.
RESCALES = {"RescaleSlope": (1e-6, 1e6), "RescaleIntercept": (0.0, 1e9)}


def load_film(film: FilmFile) -> Grey:
    """(H, W) grey values, uint8 or uint16, bright where the beam was stopped.

    DICOM (PS3.3 C.7.6.3, C.11.1, C.11.2): rescale or modality table, then the first window as stored (0 .. 65535 over
    the window), MONOCHROME1 turned over, padding black. Without a window the values themselves, from their least
    possible on. A film as this app keeps it is gzip over little-endian 16-bit pixels. Raises DataError where the file
    is missing, broken, of another size, or of other pixels than the set says.
    """
    if not film.path.is_file():
        raise DataError(f"{film.path}: the film is missing; put it there, or name the folder that holds it")
    try:
        pixels = _read(film)
    except DataError:
        raise
    except Exception as error:  # decoders raise anything on a broken file
        raise DataError(f"{film.path}: cannot be decoded ({error}); get the file anew") from error
    height, width = pixels.shape
    if (width, height) != (film.width_px, film.height_px):
        raise DataError(
            f"{film.path}: {width} x {height} px, but the set says {film.width_px} x {film.height_px}; "
            "another file stands in its place"
        )
    if film.pixels_sha256 and pixels_sha256(pixels) != film.pixels_sha256:
        raise DataError(f"{film.path}: its pixels are not those of film {film.key}; another film stands in its place")
    return pixels


def pixels_sha256(pixels: Grey) -> str:
    """The address of a film, whatever file holds it: sha256 over "ROWSxCOLUMNS" and a line feed, then its pixels (H, W)
    as little-endian 16-bit values."""
    rows, columns = pixels.shape
    digest = hashlib.sha256(f"{rows}x{columns}\n".encode())
    digest.update(np.ascontiguousarray(pixels, "<u2").tobytes())
    return digest.hexdigest()


def _read(film: FilmFile) -> Grey:
    with film.path.open("rb") as file:
        if file.read(2) == GZIP:
            return _kept(film)
    return _dicom(film.path) if is_dicom(film.path) else read_picture(film.path)


def _kept(film: FilmFile) -> Grey:
    """A film of this app's own store: no more is unpacked than the size that the set says needs."""
    size = film.width_px * film.height_px * 2
    unpacked = zlib.decompressobj(wbits=31).decompress(film.path.read_bytes(), size + 1)
    if len(unpacked) != size:
        raise DataError(f"{film.path}: not {film.width_px} x {film.height_px} px of 16 bits; get the film anew")
    return np.frombuffer(unpacked, "<u2").astype(np.uint16).reshape(film.height_px, film.width_px)


def is_dicom(path: Path) -> bool:
    """Whether the file has DICOM's preamble."""
    with path.open("rb") as file:
        return file.read(132)[128:] == b"DICM"


def film_size(path: Path) -> tuple[int, int]:
    """(width, height) in px of the film as it is shown, from the file's header; no pixel is decoded."""
    try:
        if is_dicom(path):
            dataset = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["Rows", "Columns"])
            return int(dataset.Columns), int(dataset.Rows)
        with Image.open(path) as picture:
            width, height = picture.size
            return (height, width) if orientation(picture) >= 5 else (width, height)
    except Exception as error:
        raise DataError(f"{path}: no film that can be read ({error}); get the file anew") from error


def read_picture(path: Path) -> Grey:
    """(H, W) grey values of a whole PNG or JPEG, the right way up. Raises DataError or what the decoder raises."""
    with Image.open(path, formats=PICTURES) as picture:
        turn = orientation(picture)
        content = path.read_bytes()
        if is_deep_colour(content):
            raise DataError(f"{path}: several channels of 16 bits; save it as 8 or 16 bit grey")
        load_whole(content, picture)
        if picture.mode in ("I;16", "I;16B", "I"):
            values = np.asarray(picture)
            if values.min() < 0 or values.max() > TOP:
                raise DataError(f"{path}: grey values beyond 16 bits; save it as 8 or 16 bit grey")
            return turned(values.astype(np.uint16), turn)
        return turned(np.asarray(picture.convert("L")), turn)


def _dicom(path: Path) -> Grey:
    dataset = pydicom.dcmread(path)
    photometric = str(dataset.PhotometricInterpretation)
    if photometric not in ("MONOCHROME1", "MONOCHROME2") or int(dataset.get("NumberOfFrames", 1) or 1) != 1:
        raise DataError(f"{path}: {photometric}; a film is one frame of MONOCHROME1 or MONOCHROME2")
    raw = _stored(path, dataset)
    values = np.asarray(apply_modality_lut(raw, dataset), np.float64)
    shown, low, high = _windowed(values, dataset)
    if photometric == "MONOCHROME1":
        shown = high - shown
    else:
        shown = shown - low
    scale = 1.0 if high - low <= TOP else TOP / (high - low)
    out = np.rint(np.clip(shown, 0, high - low) * scale).astype(np.uint16)
    padding = _padding(dataset, raw)
    if padding is not None:
        out[padding] = 0
    return out


def _stored(path: Path, dataset: Dataset) -> NDArray[Any]:
    """The stored values. A length or a rescale that cannot be, or a decoder that wonders, is a damaged file."""
    if not dataset.file_meta.TransferSyntaxUID.is_compressed:
        promised = int(dataset.Rows) * int(dataset.Columns) * int(dataset.BitsAllocated) // 8
        if len(dataset.PixelData) not in (promised, promised + promised % 2):
            raise DataError(f"{path}: {len(dataset.PixelData)} bytes of pixels, not {promised}; get the file anew")
    for keyword, (least, most) in RESCALES.items():
        value = dataset.get(keyword)
        if value not in (None, "") and not least <= abs(float(value)) <= most:
            raise DataError(f"{path}: {keyword} is {float(value):g}; get the file anew")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        return np.asarray(dataset.pixel_array)


def _windowed(values: NDArray[np.float64], dataset: Dataset) -> tuple[NDArray[np.float64], float, float]:
    """Values as the first VOI table or window shows them, and the range they may take."""
    if dataset.get("VOILUTSequence"):
        bits = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
        return np.asarray(apply_voi(values.astype(np.int64), dataset), np.float64), 0.0, float(2**bits - 1)
    centre, width = _first(dataset.get("WindowCenter")), _first(dataset.get("WindowWidth"))
    if centre is None or width is None or width <= 0:
        low, high = _possible(values, dataset)
        return values, low, high
    law = str(dataset.get("VOILUTFunction", "") or "LINEAR").upper()
    if law == "SIGMOID":
        return TOP / (1 + np.exp(np.clip(-4 * (values - centre) / width, -700, 700))), 0.0, float(TOP)
    if law == "LINEAR":  # PS3.3 C.11.2.1.2.1
        centre, width = centre - 0.5, max(width - 1, 1e-9)
    return TOP * np.clip((values - centre) / width + 0.5, 0, 1), 0.0, float(TOP)


def _possible(values: NDArray[np.float64], dataset: Dataset) -> tuple[float, float]:
    """The least and greatest value that the stored bits and the rescale can make."""
    if dataset.get("ModalityLUTSequence"):
        return float(values.min()), float(values.max())
    bits, signed = int(dataset.BitsStored), bool(int(dataset.get("PixelRepresentation", 0)))
    ends = np.array([-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] if signed else [0, 2**bits - 1], np.float64)
    ends = ends * float(dataset.get("RescaleSlope", 1) or 1) + float(dataset.get("RescaleIntercept", 0) or 0)
    return float(ends.min()), float(ends.max())


def _padding(dataset: Dataset, raw: NDArray[Any]) -> NDArray[np.bool_] | None:
    value = dataset.get("PixelPaddingValue")
    if value is None:
        return None
    limit = dataset.get("PixelPaddingRangeLimit")
    ends = sorted((int(value), int(value if limit is None else limit)))
    return np.asarray((raw >= ends[0]) & (raw <= ends[1]))


def _first(value: Any) -> float | None:
    """The first of one or several numbers."""
    if value is None or value == "":
        return None
    number = float(value[0] if isinstance(value, (list, pydicom.multival.MultiValue)) else value)
    return number if math.isfinite(number) else None
