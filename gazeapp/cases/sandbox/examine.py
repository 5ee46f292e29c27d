"""From a foreign file to a film: what it is by content, its pixels, what may be kept of its header."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from gazeapp.cases.sandbox import dicom, looks
from gazeapp.cases.sandbox.limits import BOUNDS
from gazeapp.cases.sandbox.values import Film
from gazeapp.core.sandbox.refusal import Refused
from ml.films import reading
from ml.films.faults import FilmFault

warnings.simplefilter("ignore")  # what decoders say goes nowhere; what matters of it is an error


def examine(path: Path, work: Path) -> dict[str, Any]:
    """Leaves `pixels.bin` (little-endian uint16), `thumbnail.png` and two `look-*.bin` (grey bytes: plain, detail) in
    `work`, returns the rest."""
    try:
        examined = dicom.read(path) if reading.is_dicom(path) else Film(reading.read(path, BOUNDS))
    except FilmFault as fault:
        raise Refused(fault.kind, **fault.data) from None
    film = examined.stored
    (work / "pixels.bin").write_bytes(np.ascontiguousarray(film.pixels, dtype="<u2").tobytes())
    thumbnail, shown = looks.draw(film.pixels, film.window)
    thumbnail.save(work / "thumbnail.png", "PNG")
    for number, look in enumerate(shown):
        (work / f"look-{number}.bin").write_bytes(look.tobytes())
    return {**examined.to_dict(), "looks": [look.shape for look in shown]}
