"""UTF-16 without its mark, told from text of one byte a letter by what either reading would say.

An 8-bit text holds no control characters, and UTF-16 nearly always does: the zero of a blank, the 4 of Cyrillic. What
holds none must be East Asian, and is UTF-16 only if most of its signs are common ones: two bytes taken at random are a
common sign one time in five.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]")  # but for blanks, the end of a DOS file and ISO 2022
_MOST_PLAIN = 0.5  # of the bytes of East Asian UTF-16 that may be blanks or unaccented letters
_LEAST_MEANT = 0.7  # of the signs of a text; less is noise
_LEAST_SIGNS, _LEAST_COMMON = 8, 0.9  # of a text without control characters, which its bytes alone speak for
# Codec, first and second bytes of the signs that each national standard holds for common.
_COMMON = (
    ("gb2312", range(0xB0, 0xD8), range(0xA1, 0xFF)),
    ("big5", range(0xA4, 0xC7), (*range(0x40, 0x7F), *range(0xA1, 0xFF))),
    ("shift_jis", range(0x88, 0x99), (*range(0x40, 0x7F), *range(0x80, 0xFD))),
    ("euc_kr", range(0xB0, 0xC9), range(0xA1, 0xFF)),
)


def read(raw: bytes) -> str | None:
    """The text, or nothing if these bytes are likelier something else."""
    if len(raw) % 2 or not raw or b"\x1b$" in raw:  # ISO 2022 has control characters of its own
        return None
    least = _LEAST_MEANT
    if not _CONTROL.search(raw):
        if len(raw) < 2 * _LEAST_SIGNS or _plain(raw) > _MOST_PLAIN or _is_utf8(raw):
            return None
        least = _LEAST_COMMON
    found = [(share, text) for text in _decoded(raw) if (share := _meant(text)) >= least]
    return max(found)[1] if found else None


def breaks_off(raw: bytes) -> bool:
    """Whether these bytes are UTF-16 but for half a letter at their end."""
    return len(raw) % 2 == 1 and bool(_CONTROL.search(raw)) and read(raw[:-1]) is not None


def _is_utf8(raw: bytes) -> bool:
    try:
        return bool(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _plain(raw: bytes) -> float:
    return len(re.findall(rb"[A-Za-z \r\n]", raw)) / len(raw)


def _decoded(raw: bytes) -> list[str]:
    texts = []
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            texts.append(raw.decode(encoding))
        except UnicodeDecodeError:
            continue
    return texts


def _meant(text: str) -> float:
    """The share of signs that people write: of the alphabets, of punctuation, and common East Asian ones."""
    signs = {sign: _is_meant(sign) for sign in set(text)}
    return sum(signs[sign] for sign in text) / len(text)


def _is_meant(sign: str) -> bool:
    if sign.isascii():
        return sign.isprintable() or sign in "\t\n\r\f"
    if "\u2e80" <= sign < "\u3000" or "\u3100" <= sign < "\uff00" or sign >= "\U00010000":
        return sign in _common()
    return unicodedata.category(sign)[0] in "LMNPSZ"


@cache
def _common() -> frozenset[str]:
    """Chinese in either writing, Japanese and Korean: the first level of their national standards."""
    pairs = ((codec, bytes((lead, trail))) for codec, leads, trails in _COMMON for lead in leads for trail in trails)
    return frozenset(pair.decode(codec, "ignore") for codec, pair in pairs)
