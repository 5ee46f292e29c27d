"""Copies of films that somebody rates: a film brought while the study runs that looks like one of the study's would be
predicted as that one was, and the prediction would tell which item is the model's."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from gazeapp.cases import storage
from gazeapp.cases.likeness import ALIKE, likenesses, signature
from gazeapp.cases.models import Film


def copies(brought: Collection[str], rated: Collection[str]) -> set[str]:
    """Those of the films ``brought`` that show the picture of a rated one, whatever became of its values (sha256)."""
    known = [found for film in rated if (found := _signature(film))]
    if not known:
        return set()
    return {film for film in brought if (own := _signature(film)) and likenesses(own, known).max() >= ALIKE}


@lru_cache(maxsize=4096)
def _signature(sha256: str) -> bytes:
    """A film's signature; none where its pixels are gone, or show next to nothing."""
    try:
        return signature(storage.film_pixels(sha256))
    except (Film.DoesNotExist, OSError, ValueError):
        return b""
