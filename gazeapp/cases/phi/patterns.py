"""Numbers, addresses and great ages: what looks like an identity by itself. Names: `titled_names`; days: `dates`.

Every repeat is bounded, so that the time grows with the length of the text and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gazeapp.cases.phi.titled_names import LETTER, UPPER

Span = tuple[int, int, str]  # start, end, kind

_NUMBERED = (
    r"mrn|medical[ ]record(?:[ ]number|[ ]no)?|record(?:[ ]number|[ ]no)?|patient[ ]id|pat\.?[ ]?id|acc|"
    r"accession(?:[ ]number|[ ]no)?|case(?:[ ]number|[ ]no)|ssn|nhs(?:[ ]number|[ ]no)?|hospital(?:[ ]number|[ ]no)?|id"
)
_OLD = r"(?<![\d.,/-])(?:\d\d-)?0?(?:9\d|1[01]\d)"  # years; others may be said
_GAP = r"(?:[ -]{0,3}|[ -]{0,2}\n[ \t]{0,8})"  # a line may end in it
_FEVER = (  # in degrees Fahrenheit
    r"\b(?i:temp(?:erature)?|t(?:[ ]?max)?|fever|febrile|pyrexial?)[ :=]{0,3}(?:(?i:of|to|at|was|is)[ ])?\d{2,3}"
)
_YEARS = (
    r"(?:years?|yrs?|y|jahren?|j|ans|anni|años|anos|anys|ani|jaar|лет|год(?:а)?|років|роки|години|let|(?-i:lat)|éve?s?|år|"
    r"vuotta|godina|yaş(?:ında)?|aasta[ts]?|tahun|tuổi|ετών)"
)
_NO_MEASURE = r"(?![.,/-]?\d|[ ]?(?:%|mm|cm|k?g|ml|bpm|per|on))"
_LONG_YEARS = r"(?:years?|yrs?|jahre[n]?|ans|anni|años|anos|jaar|лет)"  # no other word at the beginning of a line
# What follows a number that is an age though nothing else says so: "Pt is 95."
_ENDS = r"(?=[ \t]{0,2}(?:[;)\n]|$|[.,](?!\d)|(?:and|with|who|years?)\b))"
_ONES = r"(?:[-\s](?:and[- ])?(?:one|two|three|four|five|six|seven|eight|nine|ten))?"
_PLACE_NAME = rf"[{UPPER}][{LETTER}]{{1,40}}"
_STREET = r"(?:Street|St\.?|Road|Rd\.?|Avenue|Ave\.?|Lane|Drive|Boulevard|Blvd\.?)"
# Kind, pattern, whether capitals do not matter. "it" is the identity, or the whole match.
_PATTERNS = (
    ("e-mail", r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}", False),
    ("e-mail", r"\b(?:https?://|www\.)\S{1,200}", True),
    ("phone", r"(?<![\w.])(?:\+\d{1,3}[ .-]?)?\(?\d{3,5}\)?[ .-]\d{3}[ .-]?\d{3,4}\b", False),
    ("phone", r"(?<![\w.])(?:\+|00)\d{1,3}(?:[ .-]\d{2,5}){2,4}\b", False),
    ("phone", r"\b(?:tel|phone|pager?|beeper|bleep|ext|fax)[.:]{0,2}\s{0,8}#?(?P<it>\+?\d[\d ()./-]{3,24}\d)", True),
    (
        "number",
        rf"\b(?:{_NUMBERED})\b\.?\s{{0,8}}[:#]?\s{{0,8}}#?\s{{0,8}}(?P<it>(?=[\w-]{{0,40}}\d)[\w-]{{3,80}})",
        True,
    ),
    ("number", r"\b\d{3}-\d{2}-\d{4}\b", False),
    ("number", r"(?<![\w-])[A-Z]{0,4}-?\d{6,20}[A-Z]?\b", False),
    ("age", rf"{_OLD}\+?[ -]{{0,3}}{_YEARS}(?:[ -]{{0,3}}(?:old|of age|alte?[rsn]?))?\b(?![/-]\d)", True),
    ("age", rf"{_OLD}\+?{_GAP}{_LONG_YEARS}(?:{_GAP}(?:old|of age|alte?[rsn]?))?\b", True),
    ("age", rf"{_OLD}[ -]?(?:y\.?[ ]?/?o\.?|yo[mf])(?![\w/])", True),
    ("age", rf"{_OLD}[ ]?y[ ]?[MFW]\b", False),
    ("age", rf"{_OLD},[ ]?[MF](?=[ ]?(?:[,;)\n]|$|\.(?!\d)|(?:with|who|c/o|h/o|w/)(?!\w)))", False),
    ("age", rf"(?<![\w./-])[MF]-?(?:9\d|1[01]\d)\b{_NO_MEASURE}", False),
    ("age", rf"\b(?:male|female|man|woman|lady|gentleman),?[ ](?P<it>9\d|1[01]\d)\b{_NO_MEASURE}", True),
    ("age", rf"{_OLD}[ -](?:male|female|man|woman|lady|gentleman)\b", True),
    ("age", rf"{_FEVER}[ ]?F\b|(?P<it>{_OLD}[ ]?/?[ ]?[MFW])\b(?![ ](?:wire|solution|catheter|sheath|output))", False),
    ("age", rf"(?<![\w./-])[MFmf][ ]?/[ ]?(?:9\d|1[01]\d)\b{_NO_MEASURE}", False),
    (
        "age",
        r"\b(?:aged?(?:[ ]\((?:years?|yrs?|y)\))?|"
        r"age (?:of|is)|alter|edad|âge|età|idade|leeftijd|wiek|věk|ålder|alder)\s{0,2}[:=]?\s{0,4}"
        r"(?:9\d|1[01]\d)\b(?![.,]?\d|[ ]?(?:%|mm|cm))",
        True,
    ),
    (
        "age",
        rf"{_OLD}(?:[ -]?j(?:ä|ae)hrig\w{{0,3}}|[ -]?(?:jarige|årig\w?|åring|vuotias|let[ýáén]\w{{0,3}})|"
        rf"[ -]?(?:летн|річн)\w{{2,3}}|\s?[岁歲歳才])|{_OLD}\s?세",
        True,
    ),
    (
        "age",
        rf"\b(?:ninety|(?:one[- ])?hundred){_ONES}[-\s](?:years?(?:[-\s](?:old|of age))?|yrs?|y/?o)\b|"
        rf"\baged?(?:\s{{0,2}}[:=]|[ ]of|[ ]is)?\s{{1,4}}(?:ninety|(?:one[- ])?hundred){_ONES}\b",
        True,
    ),
    ("age", rf"\b(?:pt|patient|he|she)[ ](?:is|was)[ ](?:now[ ])?(?P<it>(?:9\d|1[01]\d)){_ENDS}", True),
    ("age", r"\bin (?:his|her|their) (?:early |mid[- ]?|late )?(?:90['’]?s|100['’]?s|nineties)\b", True),
    ("age", r"\b(?:nonag|cent)enarians?\b", True),
    ("address", rf"\b\d{{1,5}}\s{{1,8}}{_PLACE_NAME}(?:\s{{1,8}}{_PLACE_NAME})?\s{{1,8}}{_STREET}", False),
)
PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE * caseless)) for kind, pattern, caseless in _PATTERNS)


def spans(text: str) -> Iterator[Span]:
    for kind, pattern in PATTERNS:
        group = "it" if "it" in pattern.groupindex else 0
        for found in pattern.finditer(text):
            if found[group] is not None:
                yield *found.span(group), kind
