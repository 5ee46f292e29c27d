"""Parts of recordings on disk: content-addressed, gzip'd canonical JSON, written whole or not at all."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import time
from pathlib import Path
from typing import Any

from django.conf import settings

from gazeapp.cases.storage import ORPHAN_AFTER_S, write_whole

_SHA256 = re.compile(r"[0-9a-f]{64}")


class PartDamaged(ValueError):
    """The file of a part is gone, or the disk changed it."""


def store(content: bytes) -> str:
    """Writes one part and returns its address. The row comes after; without it the sweeper takes the file away."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = _path(sha256)
    if not path.exists():
        write_whole(path, gzip.compress(content, 6, mtime=0))
    else:
        path.touch()  # not an orphan: its row is about to come
    return sha256


def load(sha256: str) -> dict[str, Any]:
    """{"samples", "views", "events"} of a part. Raises PartDamaged."""
    try:
        content = gzip.decompress(_path(sha256).read_bytes())
    except (OSError, EOFError) as error:
        raise PartDamaged(sha256) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise PartDamaged(sha256)
    part: dict[str, Any] = json.loads(content)
    return part


def remove(sha256: str) -> None:
    _path(sha256).unlink(missing_ok=True)


def sweep_orphans() -> int:
    """Deletes files that no part's row names, once they are old enough not to be on their way in."""
    from gazeapp.recordings.models import RecordingPart

    limit = time.time() - ORPHAN_AFTER_S
    old = [path for path in _root().glob("*/*.json.gz") if path.stat().st_mtime < limit]
    names = {path.name.partition(".")[0] for path in old}
    known = set(RecordingPart.objects.filter(sha256__in=names).values_list("sha256", flat=True)) if names else set()
    swept = 0
    for path in old:
        if path.name.partition(".")[0] not in known:
            path.unlink(missing_ok=True)
            swept += 1
    return swept


def _root() -> Path:
    return Path(settings.MEDIA_ROOT) / "recordings"


def _path(sha256: str) -> Path:
    if not _SHA256.fullmatch(sha256):
        raise ValueError("not a sha256")
    return _root() / sha256[:2] / f"{sha256}.json.gz"
