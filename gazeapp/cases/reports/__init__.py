"""Identities in report text: what the film's header names, and what looks like one. Pure functions on strings.

A net with holes, so the uploader confirms what it found: patterns find most, the header's own strings find the patient
of this film. Rooms: `text` (bytes to clean text), `folding` (spellings that count as one), `names` and `days` (what the
header named, looked for), `patterns` (what looks like an identity by itself), `marks` (all of it put together).
"""

from __future__ import annotations

from gazeapp.cases.reports.marks import SURROGATES, Mark, find_marks, with_surrogates
from gazeapp.cases.reports.text import MAX_BYTES, MAX_CHARS, NoText, clean, decode, sha256

__all__ = [
    "MAX_BYTES",
    "MAX_CHARS",
    "SURROGATES",
    "Mark",
    "NoText",
    "clean",
    "decode",
    "find_marks",
    "sha256",
    "with_surrogates",
]
