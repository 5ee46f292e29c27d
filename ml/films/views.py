"""Which way a film was taken and of what, by words and codes rather than one exact spelling: only frontal chest films
are read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from ml.films.faults import FilmFault

PA, AP, SIDE = "PA", "AP", "side"
# CID 4010 (DX View), SNOMED CT and the older SRT: every lateral and oblique view, and the two frontal ones.
_SIDE_CODES_TEXT = (
    "399067008 399173006 399198007 399260004 399352003 260427002 399099002 399368009 399135007 399006002 399356000 "
    "399038007 399184004 399236003 399182000 399312000 399059000 "
    "R-102CD R-10236 R-10232 R-10224 R-10228 R-10230 R-10226 R-10220 R-10212 R-10210 R-10238 R-10234 R-102C1 "
    "R-10208 R-10216"
)
CODES = {
    "272479007": PA, "R-10214": PA, "399348003": AP, "R-10206": AP,
    **dict.fromkeys(_SIDE_CODES_TEXT.split(), SIDE),
}  # fmt: skip
# A patient who lies on a side is seen from the front, one in "dorsal decubitus", on the back, from the side.
_FRONTAL = re.compile(r"FRONTAL|\b(?:LEFT|RIGHT|L|R)?[ .-]*LAT(?:ERAL)?[ .-]*DECUB\w*")
_SIDE = re.compile(
    r"\bX?LAT(?:ERAL(?:E|ES|IS|AUFNAHME)?)?\b|\b(?:L|R)(?:L|LAT|LO|AO|PO|AT)\b|LATERO|"
    r"(?:DORSAL|VENTRAL)[ .-]*DECUB|PROFIL|SEITLICH|BOCZN|БОКОВ|[侧側]位"
)
_GAPS = re.compile(r"[_^/]")
_OBLIQUE = re.compile("OBLI|SCHRÄG|SCHRAG")
_PA, _AP = re.compile(r"\bPA\b|P\.A\b|POSTERO[- ]?ANT"), re.compile(r"\bAP\b|A\.P\b|ANTERO[- ]?POST")

CHEST = re.compile(r"CHEST|THORA[XK]|THORACAL|TORA[XKC]|PECHO|TÓRAX|LUNG|PULMO|POUMON|BRUST(?!WIRBEL)|CXR|ГРУД|[胸肺]")
CHEST_CODES = frozenset({"T-D3000", "T-28000", "51185008", "39607008", "43799004", "816094009"})
# Stems of other body parts (PS3.16 annex L, and what people write); none of them stands in a word for the chest.
OTHER_PARTS = re.compile(
    r"SKULL|HEAD|BRAIN|CRANI|KOPF|SCHADEL|SCHÄDEL|CABEZA|CRANEO|\bTETE\b|FACE|FACIAL|SINUS|ORBIT|NASAL|\bNOSE\b|\bEYE|"
    r"JAW|MANDIB|MAXILL|ZYGOMA|TMJ|TEETH|TOOTH|DENTAL|\bEAR\b|MASTOID|NECK|\bHALS\b|CUELLO|LARYN|"
    r"SPINE|\b[CTL]SPINE|CERVIC|LUMBA|\bLWS\b|\bHWS\b|\bBWS\b|SACR|COCCYX|WIRBEL|COLUMNA|RACHIS|"
    r"ABDOM|BAUCH|BELLY|STOMACH|KUB|COLON|RECTUM|BLADDER|KIDNEY|RENAL|LIVER|GALL|PELVIS|BECKEN|BASSIN|\bHIP|HUFTE|HÜFTE|"
    r"CADERA|HANCHE|FEMUR|THIGH|\bLEG|PIERNA|JAMBE|\bBEIN|KNEE|\bKNIE|RODILLA|GENOU|PATELL|TIBIA|FIBULA|CALF|ANKLE|"
    r"TOBILLO|CHEVILLE|CALCAN|HEEL|FOOT|FEET|FUSS|FUß|\bPIE\b|PIED|TOE|EXTREM|LIMB|"
    r"SHOULDER|SCHULTER|HOMBRO|EPAULE|SCAPUL|CLAVIC|HUMER|\bARM|UPPERARM|FOREARM|BRAZO|\bBRAS\b|ELBOW|ELLBOGEN|CODO|"
    r"COUDE|RADIUS|ULNA|WRIST|HANDGEL|MUNECA|MUÑECA|POIGNET|HAND|MANO\b|\bMAIN\b|FINGER|DEDO|DOIGT|THUMB|BREAST|MAMM|"
    r"PROSTATE|UTERUS|PHANTOM"
)


def view_of(text: str) -> str:
    """PA, AP or "side" by the words; "" where they say neither, or both as the name of a study does."""
    word = _GAPS.sub(" ", text.strip().upper())
    rest = _FRONTAL.sub(" ", word)
    directions = [name for name, pattern in ((PA, _PA), (AP, _AP)) if pattern.search(rest)]
    if _OBLIQUE.search(rest):
        return SIDE
    if _SIDE.search(rest):
        return "" if directions or rest != word else SIDE
    return directions[0] if len(directions) == 1 else ""


def frontal_chest(dataset: Dataset) -> str:
    """PA, AP or "" of a film that says it is a frontal chest film, or says nothing; refuses one that says otherwise."""
    _check_part(dataset)
    if first_word(dataset, "Modality") not in {"", "CR", "DX", "RG", "OT", "DR"}:
        raise FilmFault("film-class-not-taken", sop_class="modality")
    said = view_of(" ".join(strings(dataset.get("ViewPosition"))))
    coded = _coded(dataset.get("ViewCodeSequence") or [])
    if said == SIDE or (coded == SIDE and not said):
        raise FilmFault("film-not-frontal")
    if coded == SIDE:
        raise FilmFault("film-view", view=said)
    if (
        not said
        and not coded
        and any(
            view_of(" ".join(strings(dataset.get(keyword)))) == SIDE
            for keyword in ("SeriesDescription", "ProtocolName")
        )
    ):
        raise FilmFault("film-not-frontal")
    return said or coded


def _coded(items: Iterable[Dataset]) -> str:
    """The view by the first item whose code or meaning says one."""
    for item in items:
        found = CODES.get(first_word(item, "CodeValue")) or view_of(first_word(item, "CodeMeaning"))
        if found:
            return found
    return ""


def _check_part(dataset: Dataset) -> None:
    """Refuses a film that names another part of the body. Words that nobody here knows say nothing."""
    part = _GAPS.sub(" ", " ".join(strings(dataset.get("BodyPartExamined"))).strip().upper())
    regions = list(dataset.get("AnatomicRegionSequence") or [])
    meanings = " ".join(first_word(item, "CodeMeaning") for item in regions)
    if CHEST.search(part):
        return
    if OTHER_PARTS.search(part):
        raise FilmFault("film-not-chest")
    codes = {first_word(item, "CodeValue") for item in regions} - {""}
    if codes and CHEST_CODES.isdisjoint(codes) and not CHEST.search(meanings):
        raise FilmFault("film-not-chest")


def first_word(dataset: Dataset, keyword: str) -> str:
    values = strings(dataset.get(keyword))
    return values[0].strip().upper() if values else ""


def strings(value: Any) -> list[str]:
    if value is None or isinstance(value, (bytes, bytearray)):
        return []
    if isinstance(value, (MultiValue, list, tuple)):
        return [str(item) for item in value]
    return [str(value)]
