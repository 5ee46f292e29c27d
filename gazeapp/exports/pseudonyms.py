"""Names that people, cases and patients go by in one release, and in no other.

Keyed by a secret of this site and by what the release is made of: the same question about the same data gives the same
names, so the same bytes; a release of other data, or of another question, has others, and nobody joins the two by them.
"""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings
from django.utils.crypto import salted_hmac

DIGITS = 16  # 64 bits: among a million names the chance that any two are alike is 3 in a hundred million


class Names:
    """The names of one release. ``digest``: of its question and data."""

    def __init__(self, digest: str) -> None:
        self.key = salted_hmac("gazeapp.exports", digest, secret=settings.SECRET_KEY, algorithm="sha256").digest()

    def of(self, kind: str, ident: object) -> str:
        """``kind`` with digits that say nothing of ``ident``: "reader-0f3a…"."""
        return f"{kind}-{self.order(kind, ident)[:DIGITS]}"

    def order(self, kind: str, ident: object) -> str:
        """Something to sort by that says nothing of ``ident``, nor of when it was made."""
        return hmac.new(self.key, f"{kind}:{ident}".encode(), hashlib.sha256).hexdigest()
