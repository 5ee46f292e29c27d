"""A ready release of one file, made by hand: for tests about something else than how one is made."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from gazeapp.exports.models import DataUse, Release
from gazeapp.exports.query import Query
from gazeapp.exports.terms import TERMS


def small_release(*people: Any, archive_bytes: int | None = None) -> Release:
    """These people have agreed to its terms. ``archive_bytes``: how many zeros its archive holds."""
    content = b"case\r\n"
    digest = hashlib.sha256(content).hexdigest()
    pk = uuid.uuid4()
    data = Path(settings.MEDIA_ROOT) / "releases" / f"{pk}.1" / "data"
    data.mkdir(parents=True)
    (data / "cases.csv").write_bytes(content)
    archive = data.parent / "archive.zip"
    archive.write_bytes(content)
    if archive_bytes is not None:
        with archive.open("wb") as file:
            file.truncate(archive_bytes)
    with archive.open("rb") as file:
        packed = hashlib.file_digest(file, "sha256").hexdigest()
    release = Release.objects.create(
        id=pk,
        number=1 + (Release.objects.order_by("-number").values_list("number", flat=True).first() or 0),
        name="A small release",
        state=Release.State.READY,
        query=Query().to_dict(),
        made_at=timezone.now(),
        digest="d" * 64,
        sha256=digest,
        folder=f"{pk}.1",
        counts={"cases": 1, "readings": 1, "readers": 1, "fixations": 1, "by_source": {"simulated": 1}},
        files=[{"path": "cases.csv", "size_bytes": len(content), "sha256": digest}],
        archive={"size_bytes": archive.stat().st_size, "sha256": packed},
        size_bytes=len(content),
    )
    for person in people:
        DataUse.objects.create(release=release, person=person, version=TERMS.version)
    return release
