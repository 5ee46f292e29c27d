"""What a report says of its film: findings and impression, told apart from the clinician's question and the technique.

Headings stand at the start of a line and end in a colon; they are misspelt, merged ("FINDINGS/IMPRESSION"), name the
film instead ("CHEST, TWO VIEWS:"), or are missing, and then the findings are the last paragraph. In a report of one
line they stand behind the end of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

FINDINGS = frozenset({"FINDING", "FINDINGS", "INTERPRETATION"})
IMPRESSION = frozenset({"IMPRESSION", "IMPRESSIONS", "CONCLUSION", "CONCLUSIONS", "OPINION"})
QUESTION = frozenset(
    {"INDICATION", "INDICATIONS", "HISTORY", "CLINICAL", "REASON", "REASONS", "QUESTION", "SYMPTOMS", "COMPLAINT"}
)
ASIDE = frozenset(  # neither the question nor what was seen
    {"EXAM", "EXAMINATION", "EXAMINATIONS", "STUDY", "PROCEDURE", "TECHNIQUE", "COMPARISON", "COMPARISONS",
     "RECOMMENDATION", "RECOMMENDATIONS", "NOTIFICATION", "NOTIFICATIONS", "WET", "ADDENDUM", "DATE"}
)  # fmt: skip
# Words of a heading that names the film, and with it begins the findings.
FILM = frozenset(
    {"CHEST", "VIEW", "VIEWS", "RADIOGRAPH", "RADIOGRAPHS", "FILM", "FILMS", "XRAY", "PA", "AP", "PORTABLE", "FRONTAL"}
)
CLASSES = {"question": QUESTION, "aside": ASIDE, "findings": FINDINGS, "impression": IMPRESSION}
KINDS = {word: kind for kind, words in CLASSES.items() for word in words}
LEAST_LETTERS, LIKENESS = 6, 0.8  # of a misspelt word; shorter ones are too like others
_WORDS = (
    r"[ \t]*(?:([A-Z][A-Z0-9 ,/&()'{dot}-]{{1,60}})|((?:Clinical |Reason for )?[A-Z][a-z]{{3,14}}(?: and [a-z]+)?))"
    r"[ \t]*:"
)
_HEADING = re.compile("^" + _WORDS.format(dot="."), re.MULTILINE)
_IN_LINE = re.compile(r"(?:^|(?<=[.;!?])[ \t])" + _WORDS.format(dot=""))
_PARAGRAPH = re.compile(r"\n[ \t\r]*\n\s*")
_BANNER = re.compile(r"\s*(?:FINAL REPORT|WET READ)?")

Span = tuple[int, int]  # first character and the one behind the last


@dataclass(frozen=True, slots=True)
class Part:
    kind: str  # one of CLASSES, "film", or "" before the first heading
    start: int
    end: int


def spoken_part(raw: str) -> str:
    """Findings and impression in one line; all of a report without headings; "" where there are headings and nothing
    that is said of the film."""
    return " ".join(" ".join(raw[start:end] for start, end in spoken_spans(raw)).split())


def spoken_spans(raw: str) -> tuple[Span, ...]:
    """Where the words of :func:`spoken_part` stand, without their headings."""
    return tuple((part.start, part.end) for part in spoken_parts(raw))


def spoken_parts(raw: str) -> tuple[Part, ...]:
    """The same, each with its kind: "impression" or another."""
    parts = list(_parts(raw))
    if len(parts) == 1:
        return _trimmed(raw, [_without_banner(raw, parts[0])])
    kinds = {part.kind for part in parts}
    findings = "findings" if "findings" in kinds else "film"
    said = [part for part in parts if part.kind in (findings, "impression")]
    return _trimmed(raw, said if findings in kinds else [*_without_heading(raw, parts), *said])


def _without_heading(raw: str, parts: list[Part]) -> list[Part]:
    """Findings that stand without a heading before the impression: behind the last aside or question, what follows its
    own paragraph, or, where there is none, before the first heading. A question of several paragraphs stays a question
    where there is an impression to take."""
    before = 0
    for part in parts:
        if part.kind == "impression":
            break
        before += 1
    asides = [part for part in parts[:before] if part.kind in ("aside", "question")]
    if not asides:
        return [_without_banner(raw, parts[0])]
    last = asides[-1]
    if last.kind == "question" and before < len(parts):
        return []
    words = len(raw[last.start : last.end].lstrip())
    mark = _PARAGRAPH.search(raw, last.end - words, last.end)
    return [Part("findings", mark.end(), last.end)] if mark else []


def _without_banner(raw: str, part: Part) -> Part:
    banner = _BANNER.match(raw, part.start, part.end)
    return Part(part.kind, banner.end() if banner else part.start, part.end)


def _trimmed(raw: str, parts: list[Part]) -> tuple[Part, ...]:
    """Without white space at their ends; those of nothing else are left out."""
    texts = [raw[part.start : part.end] for part in parts]
    trimmed = [
        Part(part.kind, part.start + len(text) - len(text.lstrip()), part.start + len(text.rstrip()))
        for part, text in zip(parts, texts, strict=True)
    ]
    return tuple(part for part in trimmed if part.start < part.end)


def _parts(raw: str) -> Iterator[Part]:
    """Cut at headings of a known kind. Any other word with a colon stays inside its part; so does a heading that names
    the film where there are findings with a heading of their own, or in the midst of what was said."""
    headings = _HEADING if "\n" in raw.strip() else _IN_LINE
    marks = [(mark, _kind(mark[1] or mark[2])) for mark in headings.finditer(raw)]
    named = any(kind == "findings" for _, kind in marks)
    kind, start = "", 0
    for mark, next_kind in marks:
        if not next_kind or (next_kind == "film" and (named or kind in ("findings", "film", "impression"))):
            continue
        yield Part(kind, start, mark.start())
        kind, start = next_kind, mark.end()
    yield Part(kind, start, len(raw))


def _kind(heading: str) -> str:
    """The kind of a heading by its words, misspelt ones too; "" where it is none."""
    words = re.findall(r"[A-Z]+", heading.upper())
    for kind_of in (_exactly, _nearly):
        kinds = {kind_of(word) for word in words}
        for kind in ("findings", *CLASSES):
            if kind in kinds:
                return kind
    return "film" if FILM.intersection(words) else ""


def _exactly(word: str) -> str:
    return KINDS.get(word, "")


def _nearly(word: str) -> str:
    """The kind of the known word of the same first letter of which it is a misspelling."""
    if len(word) < LEAST_LETTERS:
        return ""
    near = get_close_matches(word, [known for known in KINDS if known[0] == word[0]], 1, LIKENESS)
    return KINDS[near[0]] if near else ""
