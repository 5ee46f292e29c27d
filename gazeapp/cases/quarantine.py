"""The quarantine folder: the only place where original bytes, file names and raw reports ever lie, for as short as it
can be.

One folder an upload, mode 0700: `film` (bytes so far), `name`, `title`, `report.txt`, `identifiers.json` (while the
report waits to be confirmed), `work/` of the sandbox.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from gazeapp.core.problems import Problem

STRAY_AFTER_S = 3600.0  # a folder without an upload row may belong to a transaction that is about to commit


def root() -> Path:
    path = Path(settings.QUARANTINE_DIR)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def folder(upload_id: uuid.UUID) -> Path:
    return root() / str(upload_id)


def film_path(upload_id: uuid.UUID) -> Path:
    return folder(upload_id) / "film"


def make(upload_id: uuid.UUID, *, filename: str, report: str, title: str = "") -> None:
    """A fresh folder. The file name is the person's own words for the file and may name the patient, so it stays
    here."""
    with storage_errors():
        folder(upload_id).mkdir(mode=0o700)
        _write(folder(upload_id) / "name", filename)
        _write(folder(upload_id) / "title", title)
        _write(folder(upload_id) / "report.txt", report)
        _write(film_path(upload_id), "")


def work(upload_id: uuid.UUID) -> Path:
    """An empty folder for the sandbox."""
    path = folder(upload_id) / "work"
    shutil.rmtree(path, ignore_errors=True)
    with storage_errors():
        path.mkdir(mode=0o700)
    return path


def read_report(upload_id: uuid.UUID) -> str:
    return _read(upload_id, "report.txt")


def read_title(upload_id: uuid.UUID) -> str:
    """The uploader's own title, not yet searched for what the film's header names."""
    return _read(upload_id, "title").strip()


def _read(upload_id: uuid.UUID, name: str) -> str:
    try:
        return (folder(upload_id) / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def write_identifiers(upload_id: uuid.UUID, identifiers: list[tuple[str, str]]) -> None:
    """What the film's header names, kept while the report waits: the text that comes back is searched for it too."""
    with storage_errors():
        _write(folder(upload_id) / "identifiers.json", json.dumps(identifiers))


def read_identifiers(upload_id: uuid.UUID) -> list[tuple[str, str]] | None:
    """(kind, string) of each, or None where no report waits."""
    try:
        found = json.loads((folder(upload_id) / "identifiers.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return [(str(kind), str(text)) for kind, text in found]


def discard(upload_id: uuid.UUID) -> None:
    """Deletes everything of an upload."""
    shutil.rmtree(folder(upload_id), ignore_errors=True)


def discard_film(upload_id: uuid.UUID) -> None:
    """Deletes the original; a report that waits for its uploader stays."""
    film_path(upload_id).unlink(missing_ok=True)
    for name in ("name", "title"):
        (folder(upload_id) / name).unlink(missing_ok=True)
    shutil.rmtree(folder(upload_id) / "work", ignore_errors=True)


def strays(known: set[str]) -> list[uuid.UUID]:
    """Folders that no upload row names any more."""
    found = []
    limit = time.time() - STRAY_AFTER_S
    for path in root().iterdir():
        with contextlib.suppress(ValueError, OSError):
            if path.name not in known and path.stat().st_mtime < limit:
                found.append(uuid.UUID(path.name))
    return found


@contextlib.contextmanager
def locked(upload_id: uuid.UUID) -> Iterator[None]:
    """One writer an upload, across processes. A second one is told to come back."""
    try:
        handle = os.open(folder(upload_id) / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        raise upload_gone() from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Problem(
                "upload-busy", "Another request is sending this file.", "Wait until it ends, then resume.", code=423
            ) from None
        yield
    finally:
        os.close(handle)


def open_film(upload_id: uuid.UUID) -> BinaryIO:
    """The bytes so far, for reading and writing. Raises Problem (upload-gone) when they were taken in or given up."""
    try:
        return film_path(upload_id).open("r+b")
    except FileNotFoundError:
        raise upload_gone() from None


def upload_gone() -> Problem:
    return Problem("upload-gone", "This upload is over.", "Start a new one.", code=410)


@contextlib.contextmanager
def storage_errors() -> Iterator[None]:
    """A full disk is a 507 that says so; other faults of the disk stay errors."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise storage_full() from None
        raise


def storage_full() -> Problem:
    return Problem("storage-full", "There is no room left for films.", "Tell an admin; nothing was kept.", code=507)


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
