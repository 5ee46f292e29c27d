"""From the bytes of a report to the text that is stored. What in it may name somebody is `cases.phi`'s to find."""

from __future__ import annotations

from gazeapp.cases.reports.text import MAX_BYTES, MAX_CHARS, NoText, clean, decode, sha256

__all__ = ["MAX_BYTES", "MAX_CHARS", "NoText", "clean", "decode", "sha256"]
