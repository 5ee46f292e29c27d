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

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from gazeapp.cases.sandbox.refused import Refused

FRONTAL = frozenset({"PA", "AP"})
LATERAL = frozenset({"LL", "RL", "LATERAL", "LAT", "LLO", "RLO", "LAO", "RAO", "LPO", "RPO"})
CHEST_WORDS = ("CHEST", "THORAX", "LUNG", "CXR")
CHEST_CODES = frozenset({"T-D3000", "T-28000", "51185008", "39607008", "43799004", "816094009"})

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
MAX_IDENTIFIERS = 400

NAME_VRS, DATE_VRS = frozenset({"PN"}), frozenset({"DA", "DT"})
_ID_KEYWORDS_TEXT = (
    "PatientID OtherPatientIDs IssuerOfPatientID AccessionNumber StudyID AdmissionID "
    "PatientTelephoneNumbers MedicalRecordLocator MilitaryRank ServiceEpisodeID "
    "PlacerOrderNumberImagingServiceRequest FillerOrderNumberImagingServiceRequest RequestedProcedureID "
    "ScheduledProcedureStepID PerformedProcedureStepID DeviceSerialNumber DetectorID PlateID CassetteID "
    "PatientInsurancePlanCodeSequence"
)
ID_KEYWORDS = frozenset(_ID_KEYWORDS_TEXT.split())
_PLACE_KEYWORDS_TEXT = (
    "InstitutionName InstitutionAddress StationName InstitutionalDepartmentName PatientAddress "
    "RegionOfResidence CountryOfResidence CurrentPatientLocation RequestingService EthnicGroup Occupation "
    "ResponsibleOrganization PerformedStationName ScheduledStationName PerformedLocation "
    "PatientInstitutionResidence"
)
PLACE_KEYWORDS = frozenset(_PLACE_KEYWORDS_TEXT.split())
_NOT_NAMES_TEXT = "THE AND FOR NOT WITH CHEST THORAX PATIENT UNKNOWN ANONYMOUS NONE TEST FILM LUNG LEFT RIGHT"
NOT_NAMES = frozenset(_NOT_NAMES_TEXT.split())


def check_chest(dataset: Dataset) -> None:
    """Takes a film that says it is a frontal chest film, or says nothing; refuses one that says otherwise."""
    part = _word(dataset, "BodyPartExamined")
    if part and not any(word in part for word in CHEST_WORDS):
        raise Refused("film-not-chest")
    codes = [_word(item, "CodeValue") for item in dataset.get("AnatomicRegionSequence") or []]
    if not part and codes and CHEST_CODES.isdisjoint(codes):
        raise Refused("film-not-chest")
    if _word(dataset, "ViewPosition") in LATERAL:
        raise Refused("film-not-frontal")
    if _word(dataset, "Modality") not in {"", "CR", "DX", "RG", "OT", "DR"}:
        raise Refused("film-class-not-taken", sop_class="modality")


def view(dataset: Dataset) -> str:
    value = _word(dataset, "ViewPosition")
    return value if value in FRONTAL else ""


def hold_reason(dataset: Dataset, *, secondary_capture: bool) -> str | None:
    """Why a person must look at the pixels before anyone else does, or nothing.

    Compression alone makes an image DERIVED by the standard, and makers call their processed films DERIVED\\PRIMARY
    too: such a film goes to the text detector. Any other derivation may have drawn on the pixels.
    """
    if secondary_capture:
        return "film-secondary-capture"
    if _word(dataset, "BurnedInAnnotation") == "YES":
        return "film-burned-in"
    kinds = [part.strip().upper() for part in _strings(dataset.get("ImageType"))]
    if len(kinds) > 1 and kinds[1] != "PRIMARY":
        return "film-derived"
    if kinds and kinds[0] != "ORIGINAL" and not _only_compressed(dataset):
        return "film-derived"
    return None


def _only_compressed(dataset: Dataset) -> bool:
    said = str(dataset.get("DerivationDescription", "") or "").lower()
    codes = {_word(item, "CodeValue") for item in dataset.get("DerivationCodeSequence") or []}
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
    everything = sum(1 for element in walk(dataset) if element.keyword not in OF_THE_FILM)
    return kept, everything - len(kept)


def identifiers(dataset: Dataset) -> list[tuple[str, str]]:
    """(kind, text) of everything in the header that names a person, place, number or day. Leaves the sandbox only to be
    looked for in the report, and is never stored, queued or logged."""
    found: dict[tuple[str, str], None] = {}
    for element in walk(dataset):
        for kind, text in _identifying(element):
            if len(text) <= 64:
                found[(kind, text)] = None
        if len(found) >= MAX_IDENTIFIERS:
            break
    return list(found)[:MAX_IDENTIFIERS]


def _identifying(element: DataElement) -> Iterator[tuple[str, str]]:
    if element.VR == "SQ":
        return
    texts = [text.strip() for text in _strings(element.value)]
    if element.VR in NAME_VRS:
        for text in texts:
            for part in re.split(r"[\^=,;\s]+", text):
                if (len(part) >= 2 or not part.isascii()) and part.upper() not in NOT_NAMES and not part.isdigit():
                    yield "name", part
    elif element.VR in DATE_VRS:
        for text in texts:
            if re.fullmatch(r"(1[89]|20)\d{6}.*", text):
                yield "date", text[:8]
    elif element.keyword in ID_KEYWORDS or (element.tag.is_private and element.VR in {"LO", "SH"}):
        for text in texts:
            if len(text) >= 4 and any(letter.isdigit() for letter in text):
                yield "number", text
    elif element.keyword in PLACE_KEYWORDS:
        for text in texts:
            if len(text) >= 4:
                yield "place", text


def walk(dataset: Dataset, depth: int = 0, budget: list[int] | None = None) -> Iterator[DataElement]:
    """Every element at every depth, within limits."""
    budget = [MAX_ELEMENTS] if budget is None else budget
    if depth > MAX_DEPTH:
        raise Refused("film-too-complex")
    for element in dataset:
        budget[0] -= 1
        if budget[0] < 0:
            raise Refused("film-too-complex")
        yield element
        if element.VR == "SQ" and element.value:
            for item in element.value:
                yield from walk(item, depth + 1, budget)


def _word(dataset: Dataset, keyword: str) -> str:
    values = _strings(dataset.get(keyword))
    return values[0].strip().upper() if values else ""


def _strings(value: Any) -> list[str]:
    if value is None or isinstance(value, (bytes, bytearray)):
        return []
    if isinstance(value, (MultiValue, list, tuple)):
        return [str(item) for item in value]
    return [str(value)]


def _finite(value: Any) -> float | None:
    try:
        number = float(value[0] if isinstance(value, (MultiValue, list, tuple)) else value)
    except (TypeError, ValueError, IndexError):
        return None
    return number if math.isfinite(number) else None
