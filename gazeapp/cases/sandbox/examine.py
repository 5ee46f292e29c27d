"""From a foreign file to a film: what it is by content, its pixels, what may be kept of its header."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gazeapp.cases.sandbox import dicom, looks, picture
from gazeapp.core.sandbox.refusal import Refused


def examine(path: Path, work: Path) -> dict[str, Any]:
    """Leaves `pixels.bin` (little-endian uint16), `thumbnail.png` and two `look-*.bin` (grey bytes: plain, detail) in
    `work`, returns the rest."""
    with path.open("rb") as file:
        head = file.read(132)
    if head[128:132] == b"DICM":
        film = dicom.read(path)
    elif head.startswith(b"\x89PNG\r\n\x1a\n"):
        film = picture.read(path, "PNG")
    elif head.startswith(b"\xff\xd8\xff"):
        film = picture.read(path, "JPEG")
    else:
        raise Refused("film-not-dicom-or-image")
    (work / "pixels.bin").write_bytes(np.ascontiguousarray(film.pixels, dtype="<u2").tobytes())
    thumbnail, shown = looks.draw(film.pixels, film.window)
    thumbnail.save(work / "thumbnail.png", "PNG")
    for number, look in enumerate(shown):
        (work / f"look-{number}.bin").write_bytes(look.tobytes())
    return {**film.to_dict(), "looks": [look.shape for look in shown]}
