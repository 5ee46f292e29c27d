"""The one check of every text that people write beside a film: what may name somebody is kept only when a person has
seen that very text with its marks, and says that it names nobody.

A confirmation is the keyed digest of what was seen, which nobody can make without having been shown it. It covers who
looked, at which case, the field, the text to the last sign, and the marks: an edited text, another person, case or
field, or a mark that was not shown has another digest and is shown again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.crypto import salted_hmac

from gazeapp.cases import phi, reports
from gazeapp.cases.models import Case
from gazeapp.core.problems import Problem

LIMITS = {"title": 120, "report": reports.MAX_CHARS, "note": 5000}  # characters


@dataclass(frozen=True)
class Flagged:
    """One field's cleaned text with the places that may name somebody."""

    field: str
    text: str
    marks: tuple[phi.Mark, ...]
    shown: str = ""  # to whom and at which case

    @property
    def digest(self) -> str:
        """What a confirmation of exactly this must say."""
        seen = [self.shown, self.field, self.text, [(mark.start, mark.end, mark.kind) for mark in self.marks]]
        return salted_hmac("phi_check", json.dumps(seen), algorithm="sha256").hexdigest()

    def to_dict(self) -> dict[str, Any]:
        marks = [mark.to_dict() for mark in self.marks]
        return {"field": self.field, "text": self.text, "marks": marks, "digest": self.digest}


def cleaned(field: str, text: str) -> str:
    """The text as it is stored: a title is one line.

    Raises:
        Problem: report-too-long, title-too-long, note-too-long.
    """
    text = reports.clean(text)
    if field == "title":
        text = " ".join(text.split())
    if len(text) > LIMITS[field]:
        raise Problem(
            f"{field}-too-long",
            f"This {field} is too long.",
            f"At most {LIMITS[field]} characters are taken; nothing was saved.",
            code=413,
        )
    return text


def shown(by: Any, case: Case) -> str:
    """Who looks at the texts of which case."""
    return f"{getattr(by, 'pk', by)} {case.pk}"


def marked(field: str, text: str, identifiers: Iterable[tuple[str, str]] = (), shown: str = "") -> Flagged:
    """A cleaned text with its marks, if any. ``identifiers`` are what the film's own header names, as (kind, string),
    where that is still known."""
    return Flagged(field, text, tuple(phi.find_phi(text, identifiers)), shown)


def flagged(texts: Mapping[str, str], identifiers: Iterable[tuple[str, str]] = (), shown: str = "") -> list[Flagged]:
    """Those of the cleaned texts, by field, that may name somebody."""
    known = list(identifiers)
    return [one for field, text in texts.items() if (one := marked(field, text, known, shown)).marks]


def require_confirmed(
    texts: Mapping[str, str],
    confirmed: Collection[str],
    identifiers: Iterable[tuple[str, str]] = (),
    *,
    by: Any,
    case: Case,
) -> int:
    """Passes texts of a case that name nobody, and those whose digest the person who was shown them sent back; says how
    many marks stay so.

    Raises:
        Problem: identity-suspected, with every field that needs a look, all at once.
    """
    found = flagged(texts, identifiers, shown(by, case))
    left = [one for one in found if one.digest not in confirmed]
    if left:
        names = " and the ".join(one.field for one in left)
        raise Problem(
            "identity-suspected",
            f"The {names} {'seems' if len(left) == 1 else 'seem'} to name somebody.",
            "Nothing was saved. Look at the marks: replace what names a patient, or confirm that nothing there does.",
            code=422,
            flagged=[one.to_dict() for one in left],
        )
    return sum(len(one.marks) for one in found)


def refuse_marked(texts: Mapping[str, str]) -> None:
    """Passes short texts that name nobody; they can be said otherwise, so there is nothing to confirm.

    Raises:
        Problem: identity-suspected, with every text that needs a look.
    """
    found = flagged(texts)
    if found:
        words = ", ".join(f"“{one.text[mark.start : mark.end]}”" for one in found for mark in one.marks)
        raise Problem(
            "identity-suspected",
            f"The {' and the '.join(one.field for one in found)} may name somebody.",
            f"Say it without {words}. Nothing was saved.",
            code=422,
            flagged=[one.to_dict() for one in found],
        )
