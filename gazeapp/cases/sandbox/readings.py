"""What the bytes of a header may say. Many a header names another character set than its bytes are written in."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator

MOST = 24  # readings of one value
_ENCODINGS_TEXT = (
    "utf-8 cp1252 gb18030 cp932 cp949 big5 euc_jp cp1251 koi8_u iso8859_5 cp866 cp1250 iso8859_2 cp1253 iso8859_7 "
    "cp1254 cp1255 cp1256 iso8859_6 cp1257 iso8859_4 cp874 cp850 mac_roman iso2022_jp_2"
)
_ENCODINGS = [codecs.lookup(name).name for name in _ENCODINGS_TEXT.split()]  # loaded before the sandbox closes
_SWITCH = re.compile(rb"\x1b[\x20-\x2f]{1,3}[\x30-\x7e]")  # ISO 2022: another set from here on
_EAST_ASIAN = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HALFWIDTH", "FULLWIDTH", "IDEOGRAPHIC", "KATAKANA-HIRAGANA"})
_PUNCTUATION = frozenset("’‘‐–·・　\xa0")


def readings(raw: bytes) -> list[str]:
    """Every plausible strict reading of the bytes, the likeliest first; one if they are plain ASCII.

    Bytes that were taken for Windows-1252 once and written as UTF-8 are read back too.
    """
    if raw.isascii() and b"\x1b" not in raw:
        return [raw.decode("ascii")]
    found = dict.fromkeys(_readings(raw))
    for wrongly in ("latin-1", "cp1252"):
        try:
            before = raw.decode("utf-8").encode(wrongly)
        except UnicodeError:
            continue
        found.update(dict.fromkeys(_readings(before)))
    return list(found)[:MOST]


def _readings(raw: bytes) -> Iterator[str]:
    bare = _SWITCH.sub(b"", raw)
    for encoding in _ENCODINGS:
        for value in dict.fromkeys((raw, bare)):
            try:
                text = value.decode(encoding)
            except UnicodeDecodeError:
                continue
            if _plausible(text, strict=encoding != "utf-8"):
                yield text


def _plausible(text: str, *, strict: bool) -> bool:
    """Letters, marks and what stands between them in names; in `strict` no word that mixes scripts, since bytes of one
    encoding that are read in another mix them."""
    scripts: set[str] = set()
    for sign in text:
        if sign.isascii():
            if not sign.isprintable() and sign not in "\r\n\t\0":
                return False
            script = "LATIN" if sign.isalpha() else ""
        elif unicodedata.category(sign)[0] in "LM" or sign in _PUNCTUATION:
            script = _script(sign)
        else:
            return False
        scripts = (scripts | {script}) if script else set()
        if strict and len(scripts) > 1:
            return False
    return True


def _script(sign: str) -> str:
    if sign in _PUNCTUATION:
        return ""
    script = unicodedata.name(sign, "UNKNOWN").split(" ")[0]
    return "EAST ASIAN" if script in _EAST_ASIAN else "" if script == "COMBINING" else script
