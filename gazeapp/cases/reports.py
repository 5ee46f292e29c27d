"""Identities in report text: what the film's header names, and what looks like one. Pure functions on strings.

A net with holes, so the uploader confirms what it found: patterns find most, the header's own strings find the patient
of this film.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

MAX_CHARS = 20_000
SURROGATES = {
    "name": "[name]",
    "date": "[date]",
    "number": "[number]",
    "phone": "[phone]",
    "e-mail": "[e-mail]",
    "place": "[place]",
    "age": "[age]",
    "address": "[address]",
}

_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
    "|dec(?:ember)?"
)
_MONTH_LIST = "january february march april may june july august september october november december"
_MONTH_NAMES = _MONTH_LIST.split()
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")  # scripts without spaces
_NAME = r"[A-ZÀ-ÖØ-Þ][\w'’-]+"
# kind, pattern; the group named "it" is the identity, or the whole match
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("date", re.compile(r"\b(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])\b")),
    (
        "date",
        re.compile(r"\b(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|[12]\d|3[01])[-/.](?:(?:19|20)\d\d|\d\d)\b(?!\.\d)"),
    ),
    ("date", re.compile(r"\b(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\b")),
    (
        "date",
        re.compile(
            rf"\b(?:(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?\.?\s+(?:of\s+)?(?:{_MONTHS})\.?(?:,?\s+(?:19|20)\d\d)?"
            rf"|(?:{_MONTHS})\.?\s+(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?(?:,?\s+(?:19|20)\d\d)?"
            rf"|(?:{_MONTHS})\.?,?\s+(?:19|20)\d\d)\b",
            re.IGNORECASE,
        ),
    ),
    ("e-mail", re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")),
    ("e-mail", re.compile(r"\bhttps?://\S+|\bwww\.\S+", re.IGNORECASE)),
    ("phone", re.compile(r"(?<![\w.])(?:\+\d{1,3}[ .-]?)?\(?\d{3,5}\)?[ .-]\d{3}[ .-]?\d{3,4}\b")),
    (
        "phone",
        re.compile(r"\b(?:tel|phone|pager?|beeper|ext|fax)[.:#]?\s*(?P<it>\+?[\d][\d ()./-]{3,}\d)", re.IGNORECASE),
    ),
    (
        "number",
        re.compile(
            r"\b(?:mrn|medical record(?: number| no)?|record(?: number| no)|patient id|pat\.? ?id"
            r"|accession(?: number| no)?|acc|case(?: number| no)|ssn|nhs(?: number| no)?|hospital(?: number| no)|id)"
            r"\b\.?\s*[:#]?\s*#?\s*"
            r"(?P<it>(?=[\w-]*\d)[\w-]{3,})",
            re.IGNORECASE,
        ),
    ),
    ("number", re.compile(r"\b\d{3}-\d{2}-\d{4}\b")),
    ("number", re.compile(r"\b[A-Z]{0,4}-?\d{6,}\b")),
    (
        "name",
        re.compile(
            rf"\b(?:Dr|Drs|Mr|Mrs|Ms|Miss|Prof|Professor|Doctor|Herr|Frau)\b\.?(?:\s+med\.?)?\s+"
            rf"(?P<it>{_NAME}(?:(?:\s+[A-Z]\.)?\s+{_NAME}){{0,2}})"
        ),
    ),
    (
        "name",
        re.compile(
            r"\b(?i:patient(?: name)?|name|signed(?: by)?|dictated by|reported by|read by|referring physician|"
            r"attending|radiologist|discussed with|communicated to|technologist)\s*[:\-]\s*"
            rf"(?P<it>{_NAME}(?:,?\s+(?:{_NAME}|[A-Z]\.))"
            r"{0,2})"
        ),
    ),
    (
        "name",
        re.compile(
            r"\b(?i:signed by|dictated by|reported by|read by|discussed with|communicated to|informed)\s+"
            rf"(?P<it>{_NAME}(?:\s+[A-Z]\.)?\s+{_NAME})"
        ),
    ),
    ("name", re.compile(rf"\b(?P<it>{_NAME}\s+{_NAME}),?\s+(?:M\.?D\.?|MBBS|FRCR|D\.?O\.?)\b")),
    ("age", re.compile(r"\b(?:9\d|1[01]\d)[- ](?:year|yr)s?[- ]old\b|\bage[d:]?\s*(?:9\d|1[01]\d)\b", re.IGNORECASE)),
    (
        "address",
        re.compile(
            rf"\b\d{{1,5}}\s+{_NAME}(?:\s+{_NAME})?\s+(?:Street|St\.|Road|Rd\.?|Avenue|Ave\.?|Lane|Drive|Boulevard|Blvd\.?)"
        ),
    ),
)


@dataclass(frozen=True)
class Mark:
    """Where an identity seems to stand: [start, end) in characters, and what to put there."""

    start: int
    end: int
    kind: str
    suggestion: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def clean(text: str) -> str:
    """The text as it is stored: without control characters or trailing blanks, lines ended by a line feed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(sign for sign in text if sign in "\n\t" or (sign.isprintable() and sign != "\ufeff"))
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def find_marks(text: str, identifiers: Iterable[tuple[str, str]] = ()) -> list[Mark]:
    """Marks in order, without overlaps; of two that overlap the longer stays."""
    spans: list[tuple[int, int, str]] = []
    for kind, identity in identifiers:
        for variant in _variants(kind, identity):
            pattern = r"\s+".join(map(re.escape, variant.split()))
            if not _UNSPACED.search(variant):
                pattern = rf"(?<!\w){pattern}(?!\w)"
            spans += [(found.start(), found.end(), kind) for found in re.finditer(pattern, text, re.IGNORECASE)]
    for kind, pattern_ in PATTERNS:
        for found in pattern_.finditer(text):
            start, end = found.span("it") if "it" in pattern_.groupindex else found.span()
            spans.append((start, end, kind))
    marks: list[Mark] = []
    for start, end, kind in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        if all(end <= mark.start or start >= mark.end for mark in marks):
            marks.append(Mark(start, end, kind, SURROGATES.get(kind, "[removed]")))
    return sorted(marks, key=lambda mark: mark.start)


def with_surrogates(text: str, marks: Iterable[Mark]) -> str:
    """The text with every mark replaced by its suggestion."""
    for mark in sorted(marks, key=lambda mark: -mark.start):
        text = text[: mark.start] + mark.suggestion + text[mark.end :]
    return text


def _variants(kind: str, identity: str) -> list[str]:
    """The ways in which a header's string may stand in prose."""
    if kind != "date" or not re.fullmatch(r"\d{8}", identity):
        return [identity]
    year, month, day = identity[:4], identity[4:6], identity[6:]
    if not 1 <= int(month) <= 12:
        return [identity]
    m, d, name = str(int(month)), str(int(day)), _MONTH_NAMES[int(month) - 1]
    variants = [
        identity,
        f"{year}-{month}-{day}",
        f"{d} {name} {year}",
        f"{name} {d}, {year}",
        f"{d} {name}",
        f"{name} {d}",
    ]
    for one, two in ((month, day), (m, d), (day, month), (d, m)):
        variants += [f"{one}{sign}{two}{sign}{y}" for sign in "/.-" for y in (year, year[2:])]
        variants.append(f"{one}/{two}")
    return list(dict.fromkeys(variants))
