"""Are there words on this film? Side marks alone are none. What the detector read is never stored: it may be a name."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from gazeapp.cases.companion import Companion, CompanionLost

log = logging.getLogger(__name__)

PATIENCE_S = 30.0
# What technologists put on films: side, projection, position, the mobile unit. English and German, as met on open
# films.
_MARKS_TEXT = (
    "L R LT RT LI RE LEFT RIGHT LINKS RECHTS PA AP P A LAT ERECT UPRIGHT STANDING STEHEND SITTING SITZEND "
    "SUPINE LIEGEND SEMI SEMIERECT PORTABLE MOBILE BED BETT BETTAUFNAHME INSP EXP INSPIRATION EXPIRATION "
    "ICU ITU CHEST THORAX"
)
MARKS = frozenset(_MARKS_TEXT.split())

detector = Companion("gazeapp.cases.words_process")


def on_film(looks: list[tuple[Path, int, int]]) -> bool | None:
    """True if somebody must look; None if the detector could not say, which is treated the same."""
    request = {"looks": [[str(path), height, width] for path, height, width in looks]}
    try:
        answer = detector.ask(request, PATIENCE_S)
        found = [(str(text), float(score)) for text, score in answer["found"]]
    except (CompanionLost, KeyError, TypeError, ValueError) as fault:
        log.warning("text detector did not answer (%s)", type(fault).__name__)
        return None
    return any(is_word(text) for text, _ in found)


def is_word(text: str) -> bool:
    """Anything with two letters or digits in a row that is more than marks; lone signs are noise of bones and wires."""
    runs = re.findall(r"[^\W_]+", text.upper())
    return any(len(run) >= 2 and not _is_mark(run) for run in runs)


def _is_mark(run: str) -> bool:
    """A mark, or a long one with a single letter misread ("liegsnd")."""
    if run in MARKS:
        return True
    return len(run) >= 6 and any(
        len(mark) == len(run) and sum(one != two for one, two in zip(mark, run, strict=True)) == 1 for mark in MARKS
    )
