"""The files of model versions: copies under the media root, in a folder named by the version, checked when loaded.

Copies, because a folder that somebody trains into or upgrades is not what was judged, and a prediction that waits, or a
roll back, needs the version that it names.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.conf import settings

from gazeapp.core.problems import Problem
from gazeapp.scanpaths.models import ModelVersion
from ml.data.files import to_disk
from ml.medgaze.model_info import CONFIG, PROCESSOR, WEIGHTS

FILES = (WEIGHTS, CONFIG, PROCESSOR)  # what makes a version; its manifest and card are in its row
CHUNK = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")


def folder_of(sha256: str) -> Path:
    if not _SHA256.fullmatch(sha256):
        raise ValueError("not a sha256")
    return Path(settings.MEDIA_ROOT) / "models" / sha256


@contextlib.contextmanager
def locked(sha256: str) -> Iterator[None]:
    """One registration of a version at a time, across processes."""
    folder = folder_of(sha256)
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def keep(source: Path, sha256: str, registered: Mapping[str, str] | None) -> dict[str, str]:
    """Copies a version's files, each whole or not at all, and returns their digests.

    registered: the digests of a version that is here already. Then only what is missing or damaged is copied; whether
    that mended it, :func:`checked` says.
    """
    target = folder_of(sha256)
    if registered is None:
        return {name: _copied(source / name, target / name) for name in FILES}
    for name, digest in registered.items():
        if _digest(target / name) != digest:
            _copied(source / name, target / name)
    return dict(registered)


def checked(version: ModelVersion) -> Path:
    """The version's folder. Every byte of it is read, and is what was registered.

    Raises:
        Problem: model-gone, model-damaged.
    """
    folder = folder_of(version.sha256)
    mend = "An administrator can register it again from where it came from, or roll back to another version."
    for name, digest in version.files.items():
        found = _digest(folder / name)
        if found is None:
            raise Problem("model-gone", f"The files of model version {version} are gone.", mend, code=503)
        if found != digest:
            raise Problem(
                "model-damaged",
                f"Model version {version} is damaged.",
                f"Its {name} is not what was registered. {mend}",
                code=503,
            )
    return folder


def _digest(path: Path) -> str | None:
    """sha256 of the file as it is now (no memory of earlier times is asked); None without one."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def _copied(source: Path, target: Path) -> str:
    """Copies a file, which appears whole or not at all; its sha256 as it was read."""
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    digest = hashlib.sha256()
    try:
        with source.open("rb") as read, temporary.open("xb") as write:
            while piece := read.read(CHUNK):
                digest.update(piece)
                write.write(piece)
            write.flush()
            os.fsync(write.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    to_disk(target.parent)
    return digest.hexdigest()
