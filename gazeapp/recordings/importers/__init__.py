"""Eye trackers' files, read by what they contain and never by their name.

Knows no Django: it runs in the sandboxed child that opens foreign bytes.

A new format is a module with ``recognises(text)`` and ``read(text)``, and one line in ``FORMATS``.
"""

from __future__ import annotations

from gazeapp.recordings.importers import eyelink, table
from gazeapp.recordings.importers.session import MAX_SAMPLES, FileRefused, Session

MAX_LINE = 100_000  # characters
MAX_LINES = MAX_SAMPLES + 200_000  # messages and events have lines of their own
FORMATS = (eyelink, table)  # asked in this order; the table is the one that takes what nobody else knows
MAX_CHARS = 60_000_000


def read(text: str) -> Session:
    """The recording session of one file. Raises FileRefused with the reason."""
    if len(text) > MAX_CHARS:
        raise FileRefused("too-long", f"This file has more than {MAX_CHARS // 1_000_000} million characters.")
    if text.count("\n") > MAX_LINES:
        raise FileRefused("too-long", f"This file has more than {MAX_LINES:,} lines.")
    if "\0" in text:
        raise FileRefused("not-recognised", "This is not a text file.")
    if _longest_line(text) > MAX_LINE:
        raise FileRefused("damaged", f"This file has a line of more than {MAX_LINE:,} characters.")
    for format in FORMATS:
        if format.recognises(text):
            return format.read(text)
    raise FileRefused(
        "not-recognised",
        "This is neither an EyeLink ASC file nor a table whose columns say their unit (time_s or time_ms, x_px, y_px).",
    )


def _longest_line(text: str) -> int:
    longest = start = 0
    while (end := text.find("\n", start)) >= 0:
        longest = max(longest, end - start)
        start = end + 1
    return max(longest, len(text) - start)
