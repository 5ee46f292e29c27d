"""What a person reads when a film is not taken or waits: plain words, and what to do. One entry a kind.

What may be wrong with a film file itself, `ml.films.faults` says for every door.
"""

from __future__ import annotations

from typing import Any

from gazeapp.core.problems import Problem
from ml.films import faults

STATUS = {
    "film-not-dicom-or-image": 415,
    "transfer-syntax-not-taken": 415,
    "film-class-not-taken": 415,
    "film-for-processing": 415,
    "film-too-large": 413,
}  # HTTP status of what is wrong with a file, where it is not 422
# kind: (HTTP status, title, what to do)
WORDS: dict[str, tuple[int, str, str]] = {
    **{kind: (STATUS.get(kind, 422), *words) for kind, words in faults.WORDS.items()},
    "film-empty": (400, "This file is empty.", "Choose the file again; it may not have been copied completely."),
    "film-rejected": (
        422,
        "A faculty member or admin did not release this film.",
        "It shows something that must not be shared. Upload a film without it.",
    ),
    "ingest-failed": (
        500,
        "This film could not be taken in, for a reason that lies with us.",
        "Upload it again. If that fails too, tell an admin.",
    ),
    "ingest-cancelled": (409, "Taking in this film was cancelled.", "Upload it again if you still want it."),
    "upload-expired": (410, "The rest of this file never came.", "Upload it again."),
    "report-not-confirmed": (
        410,
        "The marked report was not confirmed in time.",
        "Nothing of it was kept. Upload the film again and confirm the report, or leave the report out.",
    ),
    # Not refusals: why a film waits for a person.
    "film-secondary-capture": (
        409,
        "This is a screen capture; a faculty member or admin looks at it first.",
        "Screen captures often show names. You will see here when it is released.",
    ),
    "film-derived": (
        409,
        "This film was made from another image; a faculty member or admin looks at it first.",
        "Derived images may show names. You will see here when it is released.",
    ),
    "film-burned-in": (
        409,
        "This film says that words are burned into it; a faculty member or admin looks at it first.",
        "You will see here when it is released.",
    ),
    "film-words": (
        409,
        "There seem to be words on this film; a faculty member or admin looks at it first.",
        "Side marks alone are fine; anything longer might name the patient. You will see here when it is released.",
    ),
    "film-unchecked": (
        409,
        "This film could not be checked for words; a faculty member or admin looks at it first.",
        "You will see here when it is released.",
    ),
    "film-looks-alike": (
        409,
        "This film looks like one that waits or was not released; a faculty member or admin looks at it first.",
        "It may be the same picture, saved in another way. You will see here when it is released.",
    ),
    "film-hidden": (
        409,
        "Somebody saw an identity on this film; a faculty member or admin looks at it.",
        "It is hidden from everybody else until then.",
    ),
}
HOLDS = frozenset(kind for kind in WORDS if WORDS[kind][0] == 409 and kind.startswith("film-"))


def problem(kind: str, **data: Any) -> Problem:
    """The problem of this kind, in words. An unknown kind is an unreadable file: nothing else leaves the sandbox."""
    if kind not in WORDS:
        kind, data = "film-unreadable", {}
    code, title, detail = WORDS[kind]
    if kind in faults.WORDS:
        title, detail = faults.words(kind, **data)
    return Problem(kind, title, detail, code=code)
