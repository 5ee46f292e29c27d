"""What a report says of its film: findings and impression, told apart from the clinician's question and the technique.

Headings stand at the start of a line and end in a colon; they are misspelt, merged ("FINDINGS/IMPRESSION"), name the
film instead ("CHEST, TWO VIEWS:"), or are missing, and then the findings are the last paragraph.
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
LEAST_LETTERS, LIKENESS = 6, 0.8  # of a misspelt word; shorter ones are too like others
_HEADING = re.compile(
    r"^[ \t]*(?:([A-Z][A-Z0-9 ,/&()'.-]{1,60})|((?:Clinical |Reason for )?[A-Z][a-z]{3,14}(?: and [a-z]+)?))[ \t]*:",
    re.MULTILINE,
)
_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
_BANNER = re.compile(r"^\s*(?:FINAL REPORT|WET READ)?\s*")


@dataclass(frozen=True, slots=True)
class Part:
    kind: str  # one of CLASSES, "film", or "" before the first heading
    text: str


def spoken_part(raw: str) -> str:
    """Findings and impression in one line; all of a report without headings; "" where there are headings and nothing
    that is said of the film."""
    parts = list(_parts(raw))
    if len(parts) == 1:
        return _line(_BANNER.sub("", raw))
    findings = [part for part in parts if part.kind == "findings"] or [part for part in parts if part.kind == "film"]
    said = [part for part in parts if part in findings or part.kind == "impression"]
    if findings:
        return _line(*(part.text for part in said))
    return _line(_without_heading(parts), *(part.text for part in said))


def _without_heading(parts: list[Part]) -> str:
    """Findings that stand without a heading behind the last aside or question, before the impression: what follows its
    own paragraph. A question of several paragraphs stays a question where there is an impression to take."""
    before = 0
    for part in parts:
        if part.kind == "impression":
            break
        before += 1
    asides = [part for part in parts[:before] if part.kind in ("aside", "question")]
    if not asides or (asides[-1].kind == "question" and before < len(parts)):
        return ""
    return " ".join(_PARAGRAPH.split(asides[-1].text.strip())[1:])


def _parts(raw: str) -> Iterator[Part]:
    """Cut at headings of a known kind. Any other word with a colon stays inside its part; so does a heading that names
    the film where there are findings with a heading of their own, or in the midst of what was said."""
    marks = [(mark, _kind(mark[1] or mark[2])) for mark in _HEADING.finditer(raw)]
    named = any(kind == "findings" for _, kind in marks)
    kind, start = "", 0
    for mark, next_kind in marks:
        if not next_kind or (next_kind == "film" and (named or kind in ("findings", "film", "impression"))):
            continue
        yield Part(kind, raw[start : mark.start()])
        kind, start = next_kind, mark.end()
    yield Part(kind, raw[start:])


def _kind(heading: str) -> str:
    """The kind of a heading by its words, misspelt ones too; "" where it is none."""
    words = re.findall(r"[A-Z]+", heading.upper())
    for read in (_exactly, _nearly):
        kinds = [kind for kind in CLASSES if any(read(word, CLASSES[kind]) for word in words)]
        if kinds:
            return "findings" if "findings" in kinds else kinds[0]
    return "film" if FILM.intersection(words) else ""


def _exactly(word: str, known: frozenset[str]) -> bool:
    return word in known


def _nearly(word: str, known: frozenset[str]) -> bool:
    """Whether a word of the same first letter is a misspelling of a known one."""
    if len(word) < LEAST_LETTERS:
        return False
    return any(near[0] == word[0] for near in get_close_matches(word, known, 3, LIKENESS))


def _line(*texts: str) -> str:
    return " ".join(" ".join(texts).split())
