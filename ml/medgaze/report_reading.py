"""What a model reads of a report, and in which order: it reads a bounded number of tokens.

Of findings and impression the sentences that affirm something come first, the impression's before those of the findings
that it sums up; then denials and normal findings. Each in the order of the text. A sentence counts as affirming unless
all that it speaks of is known to be denied or normal: a mistake only means that it is read earlier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ml.medgaze.sections import Part, Span, spoken_parts

# --- sentences
_END = re.compile(r"[.!?][)\"'\]]*(?=\s|\Z)|(?<=[a-z)])\.(?=[A-Z][a-z])|\n")
_NEW_LINE = re.compile(r"[ \t\r]*(?:\n|[-*•·–]|\(?\d{1,2}[.)]\s|([A-Z][a-z]))")  # blank, of a list, of a sentence
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")  # R., e.g., T.B.
LOOK_BACK = 16  # characters before a full stop or line end that decide whether a sentence ends there
ABBREVIATIONS = frozenset(
    {"dr", "drs", "mr", "mrs", "ms", "prof", "st", "vs", "approx", "ca", "cf", "fig", "resp", "incl", "esp", "inf",
     "sup", "lat"}
)  # fmt: skip
OPEN = frozenset(  # a line that ends in one of these goes on in the next
    {"of", "in", "the", "a", "an", "and", "or", "nor", "to", "with", "without", "for", "no", "is", "are", "at", "on",
     "by", "from", "than", "not", "but", "see", "any"}
)  # fmt: skip

# --- what is denied or normal
_CLAUSES = re.compile(
    r"[;:]|\b(?:and|but|however|except|although|though|while|whereas|which|where|with|there|despite|after|following|"
    r"given|plus|other than|apart from|aside from)\b"
)
_LISTED = re.compile(r"\bn?or\b")
_AHEAD = re.compile(r"\b(?:no|without|negative for|free of|clear of|absence of|none|nothing|neither)\b")  # denies it
_BEHIND = re.compile(
    r"\b(?:resolved|absent|ruled out|not (?:seen|identified|visuali[sz]ed|present|evident|appreciated|demonstrated|"
    r"detected|noted|enlarged|dilated|widened|displaced|increased))\b"
)
_IN_DOUBT = re.compile(  # of a denial: what is denied is there all the same, or may be
    r"\b(?:not|never|cannot|longer|(?:un)?chang\w*|improv\w*|wors\w*|increas\w*|decreas\w*|resolution|resolving|"
    r"progress\w*|difference|exclu\w*|partial\w*|partly|nearly|almost|mostly|largely|incomplete\w*)\b"
)
_INK = re.compile(r"\S")
_TOKEN = re.compile(r"\S+")
_WORD = re.compile(r"[^\W\d_]+")
NORMAL = frozenset({"clear", "normal", "unremarkable", "intact", "midline", "negative"})
NEUTRAL = NORMAL.union(  # words that affirm no finding
    _WORD.findall("""
    a all also an appear appears are as at be been bilateral bilaterally both by either for from fully grossly has
    have in is it its of on otherwise overall show shows that the these this to visualised visualized was well were
    within abdomen abdominal aerated angle angles aorta aortic apex apical apices base bases bone bones bony border
    borders cardiac cardiomediastinal chest contour contours costophrenic diaphragm exam examination expanded field
    fields film findings heart hemidiaphragm hemidiaphragms hemithorax hila hilar hilum imaged included inflated left
    limits lobe lobes lower lung lungs mediastinal mediastinum mid middle osseous pleura pleural pulmonary radiograph
    ribs right shadow side sides silhouette silhouettes size skeleton soft space spaces structures study sulci sulcus
    thoracic thorax tissue tissues trachea upper vascular vascularity vasculature vessels volume volumes zone zones
    """)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReadingOrder:
    """A report as a model reads it: ``text`` is its ``pieces`` joined by blanks."""

    text: str
    pieces: tuple[Span, ...]  # of the report
    skipped: tuple[Span, ...] = ()  # of the report: neither findings nor impression

    @classmethod
    def whole(cls, report: str) -> ReadingOrder:
        """As it was written."""
        return cls(report, ((0, len(report)),))

    @classmethod
    def spoken(cls, report: str) -> ReadingOrder:
        """The sentences of :func:`spans_to_read`, in one line."""
        spoken = spoken_parts(report)
        words = [word.span() for span in _in_order(report, spoken) for word in _TOKEN.finditer(report, *span)]
        edges = [0, *(edge for part in spoken for edge in (part.start, part.end)), len(report)]
        skipped = [_stripped(report, *gap) for gap in zip(edges[::2], edges[1::2], strict=True)]
        text = " ".join(report[start:end] for start, end in words)
        return cls(text, tuple(words), tuple((start, end) for start, end in skipped if start < end))

    def read(self, report: str, length: int) -> tuple[Span, ...]:
        """Where in ``report`` the first ``length`` characters of ``text`` stand: in its order, in one span where only
        white space lies between."""
        found: list[Span] = []
        for start, end in self.pieces:
            if length > 0:
                found.append((start, min(end, start + length)))
            length -= end - start + 1
        out: list[Span] = []
        for start, end in sorted(found):
            joined = bool(out) and not report[out[-1][1] : start].strip()
            out.append((out.pop()[0] if joined else start, end))
        return tuple(out)


def spans_to_read(report: str) -> tuple[Span, ...]:
    """Sentences of what a report says of its film, in the order in which a model is to read them."""
    return _in_order(report, spoken_parts(report))


def _in_order(report: str, spoken: Iterable[Part]) -> tuple[Span, ...]:
    ranked = []
    for part in spoken:
        for span in sentences(report, part.start, part.end):
            rank = 2 if not affirms(report[slice(*span)]) else 0 if part.kind == "impression" else 1
            ranked.append((rank, span))
    return tuple(span for _, span in sorted(ranked, key=lambda row: row[0]))


def sentences(text: str, start: int, end: int) -> Iterator[Span]:
    """Sentences and items of lists from ``start`` to ``end``, without the white space around them."""
    begin, _ = _stripped(text, start, end)
    for mark in _END.finditer(text, begin, end):
        if begin < mark.start() and _ends(text, begin, mark, end):
            yield _stripped(text, begin, mark.end())
            following = _INK.search(text, mark.end(), end)
            begin = following.start() if following else end
    if begin < end:
        yield _stripped(text, begin, end)


def _ends(text: str, begin: int, mark: re.Match[str], end: int) -> bool:
    """Whether the sentence that begins at ``begin`` ends at this stop or line end."""
    before = text[max(begin, mark.start() - LOOK_BACK) : mark.start()].split()
    word = before[-1].lower().lstrip("([") if before else ""
    short = word.rstrip(".") in ABBREVIATIONS or bool(_INITIALS.fullmatch(word))
    if mark[0] == "\n":
        line = _NEW_LINE.match(text, mark.end(), end)
        return line is not None and not (line[1] and (short or word in OPEN or word.endswith(",")))
    if mark[0][0] != ".":
        return True
    if word == "no":
        return not text[mark.end() : mark.end() + 2].strip().isdigit()
    of_list = word.isdigit() and begin == mark.start() - len(word)
    return not (short or of_list)


def _stripped(text: str, start: int, end: int) -> Span:
    """Without the white space at both ends."""
    inside = text[start:end]
    return start + len(inside) - len(inside.lstrip()), start + len(inside.rstrip())


def affirms(sentence: str) -> bool:
    """Whether a sentence affirms something, or may."""
    plain = False
    for clause in _CLAUSES.split(sentence.lower()):
        parts = clause.split(",")
        last = max((number for number, part in enumerate(parts) if _LISTED.search(part)), default=-1)
        denied = False  # a list that a denial began: "no effusion, edema, or fracture"
        for number, part in enumerate(parts):
            ahead, behind = _AHEAD.search(part), _BEHIND.search(part)
            if _IN_DOUBT.search(_BEHIND.sub("", part)):
                return True
            denied = bool(ahead) or (denied and number <= last)
            if denied and not ahead:
                continue
            others = part[behind.end() if behind else 0 : ahead.start() if ahead else len(part)]
            words = set(_WORD.findall(others))
            if not words <= NEUTRAL:
                return True
            plain |= bool(ahead or behind or words & NORMAL)
    return not plain
