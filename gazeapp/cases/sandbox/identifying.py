"""What in a header names a person, place, number or day: the strings that are looked for in the report."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from gazeapp.cases.phi import find_phi, folding
from gazeapp.cases.phi.particles import NOT_NAMES, PARTICLES
from gazeapp.cases.sandbox import deidentify
from gazeapp.cases.sandbox.readings import readings
from ml.films.views import strings

# Strings of each kind that are handed on. One kind in plenty never crowds out another.
MOST = {"name": 1200, "number": 150, "date": 60, "place": 60}
LONGEST = 64  # characters of one string
MOST_COMMENTS, COMMENT_CHARS = 50, 2000  # free texts that are searched, and how much of each
_BETWEEN = re.compile(r"[\s,;/_&+|]+|(?<=\w\w)\.(?=\w\w)")  # words of a name; no initials
UNKNOWN_BYTES = 256  # of an element without a known type; longer ones are no text

NAME_VRS, DATE_VRS = frozenset({"PN"}), frozenset({"DA", "DT"})
TEXT_VRS = frozenset({"LO", "SH", "LT", "ST", "UT", "UC", "UN"})
_ID_KEYWORDS_TEXT = (
    "PatientID OtherPatientIDs IssuerOfPatientID AccessionNumber StudyID AdmissionID "
    "PatientTelephoneNumbers MedicalRecordLocator MilitaryRank ServiceEpisodeID "
    "PlacerOrderNumberImagingServiceRequest FillerOrderNumberImagingServiceRequest RequestedProcedureID "
    "ScheduledProcedureStepID PerformedProcedureStepID DeviceSerialNumber DetectorID PlateID CassetteID "
    "PatientTelecomInformation PersonTelephoneNumbers PersonTelecomInformation InsurancePlanIdentification"
)
ID_KEYWORDS = frozenset(_ID_KEYWORDS_TEXT.split())
_PLACE_KEYWORDS_TEXT = (
    "InstitutionName InstitutionAddress StationName InstitutionalDepartmentName PatientAddress "
    "RegionOfResidence CountryOfResidence CurrentPatientLocation RequestingService EthnicGroup Occupation "
    "ResponsibleOrganization PerformedStationName ScheduledStationName PerformedLocation "
    "PatientInstitutionResidence"
)
PLACE_KEYWORDS = frozenset(_PLACE_KEYWORDS_TEXT.split())


def identifiers(dataset: Dataset) -> list[tuple[str, str]]:
    """(kind, text) of everything in the header that names somebody or something, in every reading of its bytes. Leaves
    the sandbox only to be looked for in the report, and is never stored, queued or logged."""
    waiting: list[tuple[int, str, str]] = []  # how unlikely the reading, kind, text
    comments = 0
    for element, raw in deidentify.walk(dataset):
        texts = _texts(element, raw)
        named = [(rank, *pair) for rank, text in enumerate(texts) for pair in _identifying(element, text)]
        if texts and not named and element.VR in TEXT_VRS and comments < MOST_COMMENTS:
            comments += 1
            named = [(rank, *pair) for rank, text in enumerate(texts) for pair in _mentioned(element, text)]
        waiting += named
    found: dict[str, dict[str, None]] = {kind: {} for kind in MOST}
    for _, kind, identity in sorted(waiting, key=lambda one: one[0]):  # the likeliest of all elements first
        if len(identity) <= LONGEST and len(found[kind]) < MOST[kind]:
            found[kind][identity] = None
    return [(kind, identity) for kind, identities in found.items() for identity in identities]


def _texts(element: DataElement, raw: bytes | None) -> list[str]:
    """What the element says: as its character set has it, and in every other plausible reading; as reports are."""
    if element.VR == "SQ" or element.keyword in deidentify.OF_THE_FILM:
        return []
    if element.VR not in TEXT_VRS | NAME_VRS | DATE_VRS:
        return []
    declared = [] if element.VR == "UN" else strings(element.value)
    read: list[str] = []
    if raw and len(raw) <= (UNKNOWN_BYTES if element.VR == "UN" else 4 * COMMENT_CHARS):
        read = readings(raw)
    texts = dict.fromkeys(folding.as_read(text.strip(" \0\r\n\t")).text for text in ("\\".join(declared), *read))
    return [text[:COMMENT_CHARS] for text in texts if text]


def _identifying(element: DataElement, text: str) -> Iterator[tuple[str, str]]:
    values = [value.strip(" \0") for value in text.split("\\")]
    if element.VR in NAME_VRS or "^" in text:
        for value in values:
            yield from (("name", name) for name in _names(value))
    elif element.VR in DATE_VRS:
        for value in values:
            digits = re.sub(r"[./-]", "", value)
            if re.match(r"(1[89]|20)\d{6}", digits):
                yield "date", digits[:8]
    elif element.keyword in ID_KEYWORDS or (element.tag.is_private and element.VR in {"LO", "SH", "UN"}):
        yield from (("number", v) for v in values if len(v) >= 4 and any(sign.isdigit() for sign in v))
    elif element.keyword in PLACE_KEYWORDS:
        yield from (("place", value) for value in values if len(value) >= 4)


def _mentioned(element: DataElement, text: str) -> Iterator[tuple[str, str]]:
    """What looks like a name or a number in free text. A comment on the patient of a few capitalised words may be
    a name."""
    for mark in find_phi(text):
        found = text[mark.start : mark.end]
        if mark.kind == "name":
            yield "name", found
            yield from (("name", part) for part in _names(found))
        elif mark.kind in {"number", "phone", "e-mail"}:
            yield "number", found
    words = text.replace(",", " ").split()
    if element.keyword == "PatientComments" and 2 <= len(words) <= 4 and all(word[0].isupper() for word in words):
        yield "name", " ".join(words)


def _names(value: str) -> Iterator[str]:
    """The parts of a person's name, and given and family name together in either order. Groups ("=": alphabetic,
    ideographic, phonetic) are names of their own."""
    for group in value.split("="):
        components = [" ".join(part.split()) for part in re.split(r"\^" if "^" in group else r"[,;]", group)]
        for component in components:
            words = [word.strip(".'\"()[]") for word in _BETWEEN.split(component)]
            telling = [word for word in words if word.lower() not in PARTICLES] or words
            yield from (word for word in telling if _names_somebody(word))
            if len(words) > 1:
                yield component
        if len(components) > 1 and all(components[:2]):
            yield " ".join(components[:2])
            yield " ".join(components[1::-1])


def _names_somebody(word: str) -> bool:
    if word.upper() in NOT_NAMES or re.fullmatch(r"(?:\w\.)+\w?|[\d\W]*", word):
        return False
    return len(word) >= 2 or not word.isascii()
