"""CR and DX films: what beside the film itself may leave its file. What the film means is `ml.films`' to say."""

from __future__ import annotations

from pathlib import Path

from gazeapp.cases.sandbox import deidentify, identifying
from gazeapp.cases.sandbox.limits import BOUNDS
from gazeapp.cases.sandbox.values import Film
from ml.films import dicom


def read(path: Path) -> Film:
    dataset = dicom.load(path)
    film = dicom.film(dataset, BOUNDS)
    identifiers = identifying.identifiers(dataset)  # before anything else looks at the header's undecoded bytes
    kept, removed = deidentify.keep(dataset)
    return Film(
        film,
        kept=kept,
        removed=removed,
        identifiers=identifiers,
        hold=deidentify.hold_reason(dataset, secondary_capture=film.modality == "XR"),
    )
