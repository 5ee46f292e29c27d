"""Numbers with their nouns, for sentences."""

from __future__ import annotations


def plural(n: int, one: str, more: str = "") -> str:
    """1 case, 2 cases, 1,000 people (``more``: a plural that is not made with an s)."""
    return f"{n:,} {one if n == 1 else more or f'{one}s'}"
