"""What a person reads when a film is not taken or waits: plain words, and what to do. One entry a kind."""

from __future__ import annotations

from typing import Any

from gazeapp.core.problems import Problem

# kind: (HTTP status, title, what to do). Braces are filled from numbers and codes that our own code checked.
WORDS: dict[str, tuple[int, str, str]] = {
    "film-empty": (400, "This file is empty.", "Choose the file again; it may not have been copied completely."),
    "film-not-dicom-or-image": (
        415,
        "This is not a DICOM, PNG or JPEG file.",
        "Export the film from the archive as DICOM Part 10, or save it as PNG or JPEG. Unpack zip archives first.",
    ),
    "film-unreadable": (
        422,
        "This file cannot be read.",
        "It is damaged or not written to the standard. Export it once more from where it came from.",
    ),
    "film-unclear": (
        422,
        "This film's header leaves its grey values in doubt ({about}).",
        "It was not taken in, because it might be shown wrongly. Export it as an uncompressed, processed film.",
    ),
    "transfer-syntax-not-taken": (
        415,
        "This film is stored as {name} ({syntax}), which is not taken here.",
        "Export it uncompressed, or as RLE or JPEG 2000.",
    ),
    "film-class-not-taken": (
        415,
        "This is not a plain radiograph.",
        "Only computed and digital radiography (CR, DX) is read here. Choose the film itself, not a report or a scan.",
    ),
    "film-for-processing": (
        415,
        "This is the detector's raw image, not the processed film.",
        "Export the image that is marked FOR PRESENTATION.",
    ),
    "film-not-chest": (422, "This is not a chest film.", "Its header names another body part. Choose a chest film."),
    "film-not-frontal": (
        422,
        "This is a side view.",
        "Predicted readings exist for frontal films only. Choose the PA or AP film.",
    ),
    "film-many-frames": (422, "This file holds several images.", "Choose a file with one image."),
    "film-in-colour": (422, "This picture is in colour.", "Chest films are grey. Save it without marks or colour."),
    "film-deep-colour": (
        422,
        "This PNG holds its grey values in several channels of 16 bits.",
        "Half of their depth would be lost. Save it as a grey PNG of 16 bits, without colour and transparency.",
    ),
    "film-without-pixels": (422, "There is no picture in this file.", "Choose the file that holds the image itself."),
    "film-too-large": (413, "This film is too large.", "At most 64 million pixels and {limit_mb} MB are taken."),
    "film-too-small": (422, "This picture is too small for a film.", "Choose the full film, not its thumbnail."),
    "film-too-complex": (
        422,
        "This file asks for more memory or time than a film needs.",
        "It was stopped before it could do harm. Export it once more from where it came from.",
    ),
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
    filled = {"about": "grey values", "name": "an unknown syntax", "syntax": "unknown", "limit_mb": 200, **data}
    return Problem(kind, title.format(**filled), detail.format(**filled), code=code)
