"""Identities found in a text, and what may stand in their place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from gazeapp.cases.phi import dates, folding, header_names, patterns, titled_names

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
# Between two names that are one: "Smith, John", "JANE Q ROE".
_BETWEEN_NAMES = re.compile(r"[ \t]{0,3}[-,'’^_]?[ \t]{0,3}(?:[^\W\d_]\.?[ \t]{1,3})?")


@dataclass(frozen=True)
class Mark:
    """Where an identity seems to stand: [start, end) in characters, and what to put there."""

    start: int
    end: int
    kind: str
    suggestion: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def find_phi(text: str, identifiers: Iterable[tuple[str, str]] = ()) -> list[Mark]:
    """Marks in order, without overlaps. Those that overlap become one of the kind of the longest, so that nothing of
    either stays; names side by side become one too. `identifiers` are (kind, text) pairs of the film's header."""
    identifiers = list(identifiers)
    days = (identity for kind, identity in identifiers if kind == "date")
    original = folding.as_read(text)
    text = original.text
    folded = folding.fold(text)
    spans = [
        *header_names.spans(text, folded, identifiers),
        *dates.spans(text, folded, days),
        *titled_names.spans(text),
        *patterns.spans(folding.hyphens(text)),
    ]
    merged: list[list[Any]] = []  # start, end, kind, length of the longest in it
    for start, end, kind in sorted(spans):
        length = end - start
        if merged and (start < merged[-1][1] or _one_name(text, merged[-1], start, kind)):
            last = merged[-1]
            if length > last[3]:
                last[2:] = kind, length
            last[1] = max(last[1], end)
        else:
            merged.append([start, end, kind, length])
    return [Mark(*original.span(start, end), kind, SURROGATES.get(kind, "[removed]")) for start, end, kind, _ in merged]


def with_surrogates(text: str, marks: Iterable[Mark]) -> str:
    """The text with every mark replaced by its suggestion."""
    pieces, done = [], 0
    for mark in sorted(marks, key=lambda mark: mark.start):
        pieces += [text[done : mark.start], mark.suggestion]
        done = mark.end
    return "".join((*pieces, text[done:]))


def _one_name(text: str, last: list[Any], start: int, kind: str) -> bool:
    end = last[1]
    return kind == last[2] == "name" and start - end <= 10 and bool(_BETWEEN_NAMES.fullmatch(text, end, start))
