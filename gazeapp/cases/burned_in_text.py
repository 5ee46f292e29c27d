"""Is text burned into this film? Side marks alone do not count. What the detector read is never stored: it may be a
name.

The detector reads Latin letters and Chinese. A line of writing that it sees and cannot read is writing all the same:
the name may be in another alphabet, or too faint to make out.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path

from gazeapp.core.sandbox.helper import HelperLost, HelperProcess

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 30.0
# Set on 57 open films and copies of them; lengths are shares of the film's longest side.
SURE = 0.5  # a reading below this is none; at 0.8 it is one in the look at details too, where bones are read as "50"
SURE_OF_DETAIL = 0.8
# A line of writing is so much longer than high, up to such a height (with the detector's margin round it): what bones
# make boxes of is stouter, the taller the more so. Lower ones are wires and edges.
LINES = ((2.1, 0.05), (2.4, 0.13))
LOWEST = 0.012
# What technologists put on films: side, projection, position, the mobile unit. English and German, as met on open
# films.
_MARKS_TEXT = (
    "L R LT RT LI RE LEFT RIGHT LINKS RECHTS PA AP P A LAT ERECT UPRIGHT STANDING STEHEND SITTING SITZEND "
    "SUPINE LIEGEND SEMI SEMIERECT PORTABLE MOBILE BED BETT BETTAUFNAHME INSP EXP INSPIRATION EXPIRATION "
    "ICU ITU CHEST THORAX"
)
MARKS = frozenset(_MARKS_TEXT.split())

detector = HelperProcess("gazeapp.cases.text_detector")


@dataclass(frozen=True)
class Box:
    """Where the detector sees text."""

    text: str  # as far as it could be read; may be a name
    sure: float  # of the reading, 0 to 1
    long: float  # its sides as shares of the film's longest
    short: float


def found_in(looks: list[tuple[Path, int, int]]) -> bool | None:
    """True if somebody must look; None if the detector could not say, which is treated the same. `looks`: the sandbox's
    plain and detail pictures of the film, with height and width."""
    request = {"looks": [[str(path), height, width] for path, height, width in looks]}
    try:
        plain, detail = (
            [Box(str(box["text"]), *(float(box[name]) for name in ("sure", "long", "short"))) for box in boxes]
            for boxes in detector.ask(request, ANSWER_WITHIN_S)["found"]
        )
    except (HelperLost, KeyError, TypeError, ValueError) as fault:
        log.warning("text detector did not answer (%s)", type(fault).__name__)
        return None
    return any(is_writing(box, SURE) for box in plain) or any(is_writing(box, SURE_OF_DETAIL) for box in detail)


def is_writing(box: Box, sure: float) -> bool:
    """Words that could be read, or a line of what could not be; marks are neither."""
    if box.sure >= sure and is_word(box.text):
        return True
    line = any(box.long >= slender * box.short and LOWEST <= box.short <= tallest for slender, tallest in LINES)
    return line and not (box.sure >= SURE and _is_marks(box.text))


def is_word(text: str) -> bool:
    """Anything with two letters or digits in a row that is more than marks; lone signs are noise of bones and wires."""
    return any(len(run) >= 2 and not _is_mark(run) for run in _runs(text))


def _is_marks(text: str) -> bool:
    runs = _runs(text)
    return bool(runs) and all(_is_mark(run) for run in runs)


def _runs(text: str) -> list[str]:
    """Letters and digits in a row, in capitals."""
    return re.findall(r"[^\W_]+", text.upper())


def _is_mark(run: str) -> bool:
    """A mark, or a long one with a single letter misread ("liegsnd"), or two whose gap was not read ("APERECT")."""
    if run in MARKS:
        return True
    return len(run) >= 6 and (
        any(
            len(mark) == len(run) and sum(one != two for one, two in zip(mark, run, strict=True)) == 1 for mark in MARKS
        )
        or any(run[:at] in MARKS and run[at:] in MARKS for at in range(1, len(run)))
    )
