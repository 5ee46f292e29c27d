"""What text from outside may hold, through whichever door it comes: JSON, forms, queries, addresses, tus metadata.

A field says how long its text may be and what it means; here stands only what no text may hold. PostgreSQL takes no NUL
and no encoding writes half of a surrogate pair, so either would break long after the door, where nobody expects it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from gazeapp.core.problems import Problem

# Of one value. A database refuses much longer patterns, and chains of many more words.
MAX_QUERY_CHARS = 1000
MAX_FORM_CHARS = 20_000  # as long as a report
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def written(text: str) -> str:
    """What somebody can see of a text: without control and format characters (zero-width and direction marks), and
    without space around it. For reasons and names, which must be there to be read."""
    seen = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Zl", "Zp"})
    return seen.strip()


def refuse_unstorable(where: str, texts: Iterable[str], *, limit: int | None = None) -> None:
    """Refuse texts that hold what none may, or more than ``limit`` characters. ``where`` begins the sentence.

    Raises:
        Problem: invalid.
    """
    for text in texts:
        if _UNSTORABLE.search(text):
            raise Problem(
                "invalid",
                f"{where} holds a character that no text may hold.",
                "Leave out control characters such as NUL, and send whole characters.",
            )
        if limit is not None and len(text) > limit:
            raise Problem("invalid", f"{where} is too long.", f"At most {limit} characters are taken there.")
