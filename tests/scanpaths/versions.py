"""Model folders with random weights, and what loads them in these tests."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tests.ml.kit import save_model, tiny_config

NUMBERS = range(3)


def make_folders(root: Path) -> list[Path]:
    """Three model folders that differ in their weights' seed."""
    return [save_model(root / f"model-{n}", tiny_config(), seed=n) for n in NUMBERS]


def copied(folder: Path, to: Path) -> Path:
    """A folder of one's own, to spoil."""
    shutil.copytree(folder, to)
    return to


def edit_json(path: Path, **fields: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def flip_a_byte(path: Path) -> None:
    """Changes the last byte and leaves size and time as they were: a file that rotted."""
    import os

    stat = path.stat()
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
