"""The folders of releases: each attempt at one writes into its own, and the release's row names the one that counts."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from gazeapp.exports.models import Release
from ml.data.files import to_disk

DATA, ARCHIVE = "data", "archive.zip"  # in the folder of a release
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say: the same for every file of every release
CHUNK = 1 << 18  # bytes


def root() -> Path:
    return Path(settings.MEDIA_ROOT) / "releases"


def new_folder(release: Release, fence: int) -> Path:
    """An empty folder for this attempt. What earlier attempts left is deleted; never what a later one made, since a
    worker that lost its lease may come here late."""
    for left in root().glob(f"{release.pk}.*"):
        if int(left.name.rpartition(".")[2]) <= fence:
            shutil.rmtree(left, ignore_errors=True)
    folder = root() / f"{release.pk}.{fence}"
    (folder / DATA).mkdir(parents=True)
    return folder


def data_of(release: Release) -> Path:
    return root() / release.folder / DATA


def file_of(release: Release, name: str) -> tuple[Path, dict[str, Any]] | None:
    """A file of a ready release by its name in the list, and what the list says of it; nothing else is ever opened."""
    found = next((row for row in release.files if row["path"] == name), None)
    return (data_of(release) / found["path"], found) if found else None


def archive_of(release: Release) -> tuple[Path, dict[str, Any]]:
    return root() / release.folder / ARCHIVE, release.archive or {}


def archive_name(release: Release) -> str:
    """What a browser calls the archive."""
    return f"medgaze-release-{release.number}.zip"


def pack(
    folder: Path, inside: str, digests: dict[str, str], on_progress: Callable[[int], None]
) -> list[dict[str, Any]]:
    """One archive of all files, in the order of their paths under a folder ``inside``; and the list of them. The same
    files give the same bytes. ``on_progress`` hears after each file how many are in.

    Raises OSError where a file is not what ``digests`` says of it: the disk changed it.
    """
    rows = []
    with zipfile.ZipFile(folder / ARCHIVE, "x", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for number, name in enumerate(sorted(digests), start=1):
            path = folder / DATA / name
            entry = zipfile.ZipInfo(f"{inside}/{name}", EPOCH)
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3  # Unix, wherever it was made
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            digest = hashlib.sha256()
            with archive.open(entry, "w", force_zip64=True) as target:
                for piece in pieces(path):
                    digest.update(piece)
                    target.write(piece)
            if digest.hexdigest() != digests[name]:
                raise OSError(f"{path} is not what was written")
            rows.append({"path": name, "size_bytes": path.stat().st_size, "sha256": digests[name]})
            on_progress(number)
    return rows


def pieces(path: Path) -> Iterator[bytes]:
    """A file's bytes, some at a time."""
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece


def seal(folder: Path) -> None:
    """Every file is on the disk and no longer written: what a row names outlives a power cut."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file():
            path.chmod(0o444)
        to_disk(path)
    to_disk(folder)
    to_disk(folder.parent)


def sweep_orphans(older_than_s: float, now_s: float) -> int:
    """Deletes folders that no release names, once they are old enough not to be an attempt that runs."""
    old = [path for path in root().glob("*.*") if path.is_dir() and now_s - path.stat().st_mtime > older_than_s]
    named = set(Release.objects.filter(folder__in=[path.name for path in old]).values_list("folder", flat=True))
    making = {str(pk) for pk in Release.objects.filter(state=Release.State.MAKING).values_list("pk", flat=True)}
    swept = 0
    for path in old:
        if path.name not in named and path.name.split(".")[0] not in making:
            shutil.rmtree(path, ignore_errors=True)
            swept += 1
    return swept
