"""What the bytes of a header may say. Many a header names another character set than its bytes are written in."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator

MOST = 64  # readings of one value; more than there are encodings that agree on no letter
# The likeliest first: what systems of today write, then those of their time, by platform. UTF-16 reads nearly
# everything as something, so it comes last.
_ENCODINGS_TEXT = (
    "utf-8 cp1252 gb18030 cp932 cp949 big5 euc_jp cp1251 koi8_r koi8_u iso8859_5 cp866 cp1250 iso8859_2 cp1253 "
    "iso8859_7 cp1254 cp1255 cp1256 iso8859_6 cp1257 iso8859_4 cp874 cp850 mac_roman iso2022_jp_2 cp852 cp437 "
    "cp858 cp857 cp737 cp862 cp855 cp775 cp1258 johab iso8859_3 iso8859_8 iso8859_9 iso8859_10 iso8859_11 "
    "iso8859_13 iso8859_14 iso8859_15 iso8859_16 tis_620 mac_cyrillic mac_latin2 mac_croatian mac_romanian "
    "mac_greek mac_turkish mac_iceland mac_arabic mac_farsi cp860 cp861 cp863 cp864 cp865 cp869 cp720 cp856 "
    "cp1125 koi8_t kz1048 ptcp154 hp_roman8 big5hkscs euc_jis_2004 shift_jis_2004 iso2022_kr hz utf-16-le "
    "utf-16-be"
)
ENCODINGS = [codecs.lookup(name).name for name in _ENCODINGS_TEXT.split()]  # loaded before the sandbox closes
_OF_PAIRS = frozenset({"utf-16-le", "utf-16-be"})
_SWITCH = re.compile(rb"\x1b[\x20-\x2f]{1,3}[\x30-\x7e]")  # ISO 2022: another set from here on
_OTHERWISE = re.compile(rb"[\x1b\0]|~\{")  # plain bytes that may stand for other letters: ISO 2022, UTF-16, HZ
_EAST_ASIAN = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HALFWIDTH", "FULLWIDTH", "IDEOGRAPHIC", "KATAKANA-HIRAGANA"})
_PUNCTUATION = frozenset("’‘‐–·・　\xa0")


def readings(raw: bytes) -> list[str]:
    """Every plausible strict reading of the bytes, the likeliest first; one if they are plain ASCII.

    Bytes that were taken for Windows-1252 once and written as UTF-8 are read back too.
    """
    if raw.isascii() and not _OTHERWISE.search(raw.rstrip(b"\0")):
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
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if raw.startswith(mark):
            yield raw[2 : len(raw) // 2 * 2].decode(encoding, "ignore")
    bare = _SWITCH.sub(b"", raw)
    for encoding in ENCODINGS:
        for value in dict.fromkeys((raw, bare)):
            try:
                text = value.decode(encoding)
            except UnicodeDecodeError:
                continue
            if encoding in _OF_PAIRS and "\0" in text.rstrip("\0"):
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
