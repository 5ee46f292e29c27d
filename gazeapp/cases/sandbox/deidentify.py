"""What a DICOM header may tell: whether the film belongs here, what is kept of it, and what to look for in the report.

De-identification in the shape of PS3.15 Annex E, fail-closed: a new header is built from an allow-list whose values are
checked (numbers must be numbers, codes must be in a list). Whatever is not on the list is left behind: private groups,
overlays, curves, icons, sequences, dates, names, free text and identifiers of every kind. UIDs are replaced later by
keyed HMACs, outside the sandbox, since no secret enters it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from gazeapp.core.sandbox.refusal import Refused
from ml.films.views import first_word, strings

FRONTAL = frozenset({"PA", "AP"})

# keyword: a set = one of these codes; a pair = a number in this range, kept to four digits (longer might be an id)
ALLOWED: dict[str, frozenset[str] | tuple[float, float]] = {
    "Modality": frozenset({"CR", "DX"}),
    "BodyPartExamined": frozenset({"CHEST", "THORAX", "LUNG"}),
    "ViewPosition": FRONTAL,
    "PatientSex": frozenset({"M", "F", "O"}),
    "PresentationIntentType": frozenset({"FOR PRESENTATION"}),
    "PixelIntensityRelationship": frozenset({"LIN", "LOG", "DISP"}),
    "DetectorType": frozenset({"DIRECT", "SCINTILLATOR", "STORAGE", "FILM"}),
    "LossyImageCompression": frozenset({"00", "01"}),
    "BurnedInAnnotation": frozenset({"NO"}),
    "PositionerType": frozenset({"CARM", "COLUMN", "NONE"}),
    "KVP": (20, 200),  # kV
    "DistanceSourceToDetector": (300, 5000),  # mm
    "DistanceSourceToPatient": (300, 5000),  # mm
    "ExposureTime": (0, 5000),  # ms
    "XRayTubeCurrent": (0, 2000),  # mA
    "Exposure": (0, 1000),  # mAs
    "ExposureInuAs": (0, 1_000_000),
    "ImageAndFluoroscopyAreaDoseProduct": (0, 1000),  # dGy·cm²
    "ExposureIndex": (0, 5000),
    "TargetExposureIndex": (0, 5000),
    "DeviationIndex": (-50, 50),
    "FocalSpots": (0, 5),  # mm
    "PixelIntensityRelationshipSign": (-1, 1),
    "LossyImageCompressionRatio": (1, 1000),
}
# Elements that the film itself carries (size, depth, grey meaning): neither kept as text nor counted as removed.
_OF_THE_FILM_TEXT = (
    "SpecificCharacterSet SOPClassUID ImageType SamplesPerPixel PhotometricInterpretation NumberOfFrames "
    "Rows Columns BitsAllocated BitsStored HighBit PixelRepresentation PixelSpacing ImagerPixelSpacing "
    "PixelAspectRatio WindowCenter WindowWidth RescaleSlope RescaleIntercept RescaleType VOILUTFunction "
    "VOILUTSequence ModalityLUTSequence PresentationLUTShape PixelPaddingValue PixelPaddingRangeLimit "
    "PixelData"
)
OF_THE_FILM = frozenset(_OF_THE_FILM_TEXT.split())
MAX_DEPTH = 30  # of nested sequences; films need three
MAX_ELEMENTS = 50_000


def hold_reason(dataset: Dataset, *, secondary_capture: bool) -> str | None:
    """Why a person must look at the pixels before anyone else does, or nothing.

    Compression alone makes an image DERIVED by the standard, and makers call their processed films DERIVED\\PRIMARY
    too: such a film goes to the text detector. Any other derivation may have drawn on the pixels.
    """
    if secondary_capture:
        return "film-secondary-capture"
    if first_word(dataset, "BurnedInAnnotation") == "YES":
        return "film-burned-in"
    kinds = [part.strip().upper() for part in strings(dataset.get("ImageType"))]
    if len(kinds) > 1 and kinds[1] != "PRIMARY":
        return "film-derived"
    if kinds and kinds[0] != "ORIGINAL" and not _only_compressed(dataset):
        return "film-derived"
    return None


def _only_compressed(dataset: Dataset) -> bool:
    said = str(dataset.get("DerivationDescription", "") or "").lower()
    codes = {first_word(item, "CodeValue") for item in dataset.get("DerivationCodeSequence") or []}
    if codes - {"113040", "121327"}:  # lossy compression; full fidelity image
        return False
    if said and not re.search(r"compress|lossless|lossy|jpeg|rle", said):
        return False
    return bool(said or codes) or "SourceImageSequence" not in dataset


def keep(dataset: Dataset) -> tuple[dict[str, Any], int]:
    """The allow-listed elements by keyword, and how many others were left behind at every depth."""
    kept: dict[str, Any] = {}
    for keyword, codes in ALLOWED.items():
        value = dataset.get(keyword)
        if value is None or value == "":
            continue
        if isinstance(codes, tuple):
            number = _finite(value)
            if number is not None and codes[0] <= number <= codes[1]:
                kept[keyword] = float(f"{number:.4g}")
        elif (code := str(value).strip().upper()) in codes:
            kept[keyword] = code
    everything = sum(1 for element, _ in walk(dataset) if element.keyword not in OF_THE_FILM)
    return kept, everything - len(kept)


def walk(
    dataset: Dataset, depth: int = 0, budget: list[int] | None = None
) -> Iterator[tuple[DataElement, bytes | None]]:
    """Every element at every depth, within limits, and its undecoded bytes unless it was looked at before."""
    budget = [MAX_ELEMENTS] if budget is None else budget
    if depth > MAX_DEPTH:
        raise Refused("film-too-complex")
    for tag in sorted(dataset.keys()):
        budget[0] -= 1
        if budget[0] < 0:
            raise Refused("film-too-complex")
        stored = dataset.get_item(tag)
        raw = stored.value if isinstance(stored, RawDataElement) else None
        element = dataset[tag]
        yield element, raw
        if element.VR == "SQ" and element.value:
            for item in element.value:
                yield from walk(item, depth + 1, budget)


def _finite(value: Any) -> float | None:
    try:
        number = float(value[0] if isinstance(value, (MultiValue, list, tuple)) else value)
    except (TypeError, ValueError, IndexError):
        return None
    return number if math.isfinite(number) else None
