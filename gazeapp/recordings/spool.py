"""Where an eye tracker's file and what was read from it wait: one folder a session in the quarantine folder, mode 0700.

`file` holds the bytes as they came (until they are recognised), `work/` what the sandboxed child left: its answer, in
which the file's own words stand, and the numbers. The file's name is never kept.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import uuid
from collections.abc import Iterable
from pathlib import Path

from gazeapp.cases import quarantine
from gazeapp.cases.quarantine import STRAY_AFTER_S


def root() -> Path:
    path = quarantine.root() / "imports"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def folder(session_id: uuid.UUID) -> Path:
    return root() / str(session_id)


def file_path(session_id: uuid.UUID) -> Path:
    return folder(session_id) / "file"


def work_path(session_id: uuid.UUID) -> Path:
    return folder(session_id) / "work"


def make(session_id: uuid.UUID, pieces: Iterable[bytes]) -> int:
    """A fresh folder with the file in it; returns how many bytes that are."""
    with quarantine.storage_errors():
        try:
            folder(session_id).mkdir(mode=0o700)
            handle = os.open(file_path(session_id), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                for piece in pieces:
                    file.write(piece)
                size = file.tell()
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            discard(session_id)
            raise
    return size


def work(session_id: uuid.UUID) -> Path:
    """An empty folder for the sandboxed child."""
    path = work_path(session_id)
    shutil.rmtree(path, ignore_errors=True)
    with quarantine.storage_errors():
        path.mkdir(mode=0o700)
    return path


def discard_file(session_id: uuid.UUID) -> None:
    """Deletes the bytes as they came: what was read from them is enough from here on."""
    file_path(session_id).unlink(missing_ok=True)


def discard(session_id: uuid.UUID) -> None:
    """Deletes everything of a session."""
    shutil.rmtree(folder(session_id), ignore_errors=True)


def strays(known: set[str]) -> list[uuid.UUID]:
    """Folders of no session that still needs one."""
    found = []
    limit = time.time() - STRAY_AFTER_S
    for path in root().iterdir():
        with contextlib.suppress(ValueError, OSError):
            if path.name not in known and path.stat().st_mtime < limit:
                found.append(uuid.UUID(path.name))
    return found
