"""From a file to a film, told apart by content."""

from __future__ import annotations

from pathlib import Path

from ml.films import dicom, pictures
from ml.films.faults import FilmFault
from ml.films.stored import Bounds, StoredFilm

ANY = Bounds()
MAGIC = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG"}


def read(path: Path, bounds: Bounds = ANY) -> StoredFilm:
    """The film that a file holds. Raises FilmFault, or whatever a decoder raises on a broken file."""
    if is_dicom(path):
        dataset = dicom.load(path)
        return dicom.film(dataset, bounds)
    return pictures.read(path, picture_format(path), bounds)


def size(path: Path) -> tuple[int, int]:
    """(width, height) in px of the film as it is stored, from the file's header; no pixel is decoded."""
    return dicom.size(path) if is_dicom(path) else pictures.size(path, picture_format(path))


def is_dicom(path: Path) -> bool:
    """Whether the file has DICOM's preamble."""
    with path.open("rb") as file:
        return file.read(132)[128:] == b"DICM"


def picture_format(path: Path) -> str:
    """PNG or JPEG. Raises FilmFault where it is neither."""
    with path.open("rb") as file:
        head = file.read(8)
    for magic, name in MAGIC.items():
        if head.startswith(magic):
            return name
    raise FilmFault("film-not-dicom-or-image")
