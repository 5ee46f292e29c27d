"""One spelling of every name that people sign in with, so that the name that is found is the name that is counted."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Width, case and compatibility forms taken away (NFKC and case folding): ``ＲEſident`` is ``resident``."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()
