"""From a foreign file to a film: what it is by content, its pixels, what may be kept of its header."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from gazeapp.cases.sandbox import dicom, picture
from gazeapp.cases.sandbox.refused import Refused

THUMBNAIL_SIDE = 320  # px
LOOK_SIDE = 1024  # px; the longest side on which the text detector works: letters of 1 % of the film still show


def examine(path: Path, work: Path) -> dict[str, Any]:
    """Leaves `pixels.bin` (little-endian uint16), `thumbnail.png` and `look-*.bin` (grey bytes) in `work`, returns
    the rest."""
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
    grey = _grey(film.pixels, film.window[0] - film.window[1] / 2, film.window[0] + film.window[1] / 2)
    _shrunk(grey, THUMBNAIL_SIDE).save(work / "thumbnail.png", "PNG")
    looks = []
    for number, (low, high) in enumerate(_ranges(film.pixels)):
        look = _shrunk(_grey(film.pixels, low, high), LOOK_SIDE)
        (work / f"look-{number}.bin").write_bytes(look.tobytes())
        looks.append([look.height, look.width])
    return {**film.to_dict(), "looks": looks}


def _grey(pixels: np.ndarray, low: float, high: float) -> Image.Image:
    """As 8 bits between two values."""
    table = np.clip((np.arange(65536) - low) / max(high - low, 1.0) * 255, 0, 255).astype(np.uint8)
    return Image.fromarray(table[pixels])


def _shrunk(image: Image.Image, side: int) -> Image.Image:
    image = image.copy()
    image.thumbnail((side, side), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return image


def _ranges(pixels: np.ndarray) -> list[tuple[float, float]]:
    """Grey ranges in which burned-in words would show: the bulk of the values, and all of them where that differs
    much."""
    low, high = (float(value) for value in np.percentile(pixels[::4, ::4], (0.5, 99.5)))
    least, most = float(pixels.min()), float(pixels.max())
    ranges = [(low, max(high, low + 1))]
    if most - least > 1.5 * (high - low):
        ranges.append((least, most))
    return ranges
