"""Files and folders that appear whole or not at all, whatever kills the process that writes them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A folder to write into; it takes the name ``folder`` (replacing what was there) when the block ends well.

    Until then it is called ``.<name>.partial``, which nothing reads; a leftover of a killed process is removed here.
    """
    partial = folder.with_name(f".{folder.name}.partial")
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir(parents=True)
    yield partial
    for path in partial.rglob("*"):
        if path.is_file():
            to_disk(path)
    if folder.exists():
        shutil.rmtree(folder)
    partial.rename(folder)
    to_disk(folder.parent)


def write_json(path: Path, content: Any) -> None:
    """JSON that readers see either as it was or as it is now."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")
    to_disk(partial)
    partial.replace(path)


def to_disk(path: Path) -> None:
    """What was written to this file, or the names in this folder, outlive a power cut from here on."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
