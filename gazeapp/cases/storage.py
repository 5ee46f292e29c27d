"""Films on disk: content-addressed, written whole or not at all. De-identified pixels and thumbnails only."""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from django.conf import settings

from ml.films.stored import film_sha256

COMPRESSION = 1  # films shrink by a third at any level; more effort only costs time
ORPHAN_AFTER_S = 3600.0  # a file without a row may belong to a transaction that is about to commit
_SHA256 = re.compile(r"[0-9a-f]{64}")


def pixels_path(sha256: str) -> Path:
    return _folder(sha256) / f"{sha256}.u16.gz"


def thumbnail_sha256(png: bytes) -> str:
    """The address of a thumbnail: over the file itself, so that no two drawings of a film share one."""
    return hashlib.sha256(png).hexdigest()


def thumbnail_path(sha256: str, thumbnail: str) -> Path:
    if not _SHA256.fullmatch(thumbnail):
        raise ValueError("not a sha256")
    return _folder(sha256) / f"{sha256}.{thumbnail}.png"


def _folder(sha256: str) -> Path:
    if not _SHA256.fullmatch(sha256):
        raise ValueError("not a sha256")
    return Path(settings.MEDIA_ROOT) / "films" / sha256[:2]


def store_film(pixels: bytes, rows: int, columns: int, thumbnail: bytes) -> str:
    """Writes both files and returns the film's address. The row comes after; without it the sweeper takes them away."""
    if len(pixels) != rows * columns * 2:
        raise ValueError("pixels do not fit the size")
    sha256 = film_sha256(pixels, rows, columns)
    write_whole(thumbnail_path(sha256, thumbnail_sha256(thumbnail)), thumbnail)
    write_whole(pixels_path(sha256), gzip.compress(pixels, COMPRESSION, mtime=0))
    return sha256


def film_pixels(sha256: str) -> np.ndarray:
    """(rows, columns) uint16, bright is bright. Raises FileNotFoundError, or ValueError if the disk changed them."""
    from gazeapp.cases.models import Film

    rows, columns = Film.objects.values_list("rows", "columns").get(pk=sha256)
    pixels = gzip.decompress(pixels_path(sha256).read_bytes())
    if film_sha256(pixels, rows, columns) != sha256:
        raise ValueError(f"film {sha256} is damaged on disk")
    return np.frombuffer(pixels, dtype="<u2").reshape(rows, columns)


@contextlib.contextmanager
def locked(sha256: str) -> Iterator[None]:
    """Keeps storing a film (files, then row) and removing it (row, then files) apart, across processes."""
    folder = _folder(sha256)
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def remove_film(sha256: str) -> None:
    """Its pixels and every thumbnail that was drawn of it."""
    for path in _folder(sha256).glob(f"{sha256}.*"):
        path.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Temp, fsync, rename: a reader sees all of it or nothing, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def sweep_orphans() -> int:
    """Deletes files that no film row names, once they are old enough not to be on their way in."""
    from gazeapp.cases.models import Film

    root = Path(settings.MEDIA_ROOT) / "films"
    limit = time.time() - ORPHAN_AFTER_S
    old = [
        path for path in root.glob("*/*") if path.is_file() and path.name != ".lock" and path.stat().st_mtime < limit
    ]
    addresses = {path.name.split(".")[0] for path in old}
    known = set(Film.objects.filter(pk__in=addresses).values_list("pk", flat=True)) if addresses else set()
    swept = 0
    for path in old:
        # Looked at again: the same film may have been written anew in between.
        if path.name.split(".")[0] not in known and path.exists() and path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
            swept += 1
    return swept
