"""Pixels of the films that a data set names, or that this app keeps. What a film file means, `ml.films` says."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.data.types import DataError, FilmFile
from ml.films import reading
from ml.films.faults import FilmFault
from ml.films.stored import Pixels, film_sha256, for_model

GZIP = b"\x1f\x8b"


def load_film(film: FilmFile) -> Pixels:
    """(H, W) grey values as the model gets them: of a DICOM, PNG or JPEG file, told apart by content, or of a film as
    this app keeps it, gzip over little-endian 16-bit pixels.

    Raises DataError where the file is missing, broken, of another size, or of other pixels than the set says.
    """
    if not film.path.is_file():
        raise DataError(f"{film.path}: the film is missing; put it there, or name the folder that holds it")
    with film.path.open("rb") as file:
        kept = file.read(2) == GZIP
    pixels = _kept(film) if kept else read_film(film.path)
    height, width = pixels.shape
    if (width, height) != (film.width_px, film.height_px):
        raise DataError(
            f"{film.path}: {width} x {height} px, but the set says {film.width_px} x {film.height_px}; "
            "another file stands in its place"
        )
    if film.pixels_sha256 and pixels_sha256(pixels) != film.pixels_sha256:
        raise DataError(f"{film.path}: its pixels are not those of film {film.key}; another film stands in its place")
    return pixels


def read_film(path: Path) -> Pixels:
    """The same of any film file. Raises DataError where it is none."""
    try:
        return for_model(reading.read(path))
    except FilmFault as fault:
        raise DataError(f"{path}: {fault}") from None
    except Exception as error:  # decoders raise anything on a broken file
        raise DataError(f"{path}: cannot be decoded ({error}); get the file anew") from error


def film_size(path: Path) -> tuple[int, int]:
    """(width, height) in px of the film as it is stored, from the file's header; no pixel is decoded."""
    try:
        return reading.size(path)
    except FilmFault as fault:
        raise DataError(f"{path}: {fault}") from None
    except Exception as error:
        raise DataError(f"{path}: no film that can be read ({error}); get the file anew") from error


def pixels_sha256(pixels: NDArray[np.unsignedinteger[Any]]) -> str:
    """The address of a film, whatever file holds it."""
    rows, columns = pixels.shape
    return film_sha256(pixels.astype(np.uint16, copy=False), rows, columns)


def _kept(film: FilmFile) -> Pixels:
    """A film of this app's own store: no more is unpacked than the size that the set says needs."""
    size = film.width_px * film.height_px * 2
    try:
        unpacked = zlib.decompressobj(wbits=31).decompress(film.path.read_bytes(), size + 1)
    except zlib.error as error:
        raise DataError(f"{film.path}: cannot be decoded ({error}); get the file anew") from error
    if len(unpacked) != size:
        raise DataError(f"{film.path}: not {film.width_px} x {film.height_px} px of 16 bits; get the film anew")
    return np.frombuffer(unpacked, "<u2").astype(np.uint16).reshape(film.height_px, film.width_px)
