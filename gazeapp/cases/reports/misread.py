"""A name as it looks in a report whose bytes were read in the wrong encoding: MÃ¼ller, Èâàíîâ."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from gazeapp.cases.reports.text import clean, windows_1252

# The encodings in which a name of this script is written, beside UTF-8.
_ENCODINGS = {
    "LATIN": ("cp1250", "iso8859_2", "cp1254", "cp1257", "iso8859_4", "mac_roman", "cp850"),
    "CYRILLIC": ("cp1251", "koi8_r", "koi8_u", "iso8859_5", "cp866"),
    "GREEK": ("cp1253", "iso8859_7"),
    "HEBREW": ("cp1255",),
    "ARABIC": ("cp1256", "iso8859_6"),
    "THAI": ("cp874",),
    "HANGUL": ("cp949",),
    "CJK": ("gb18030", "cp932", "euc_jp", "cp949", "big5"),
    "HIRAGANA": ("cp932", "euc_jp"),
    "KATAKANA": ("cp932", "euc_jp"),
}


def misreadings(name: str) -> Iterator[str]:
    """The name written in each likely encoding and read as Windows-1252, as `decode` reads what is not UTF-8."""
    script = next((unicodedata.name(sign, "").split(" ")[0] for sign in name if not sign.isascii()), "")
    whole = unicodedata.normalize("NFC", name)
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    parts = [part for one in (whole, bare) for part in (one, *re.split("[-‐‑]", one), re.sub("[-‐‑]", "", one))]
    spellings = [case(part) for part in parts for case in (str, str.title, str.upper, str.lower)]
    for encoding in ("utf-8", *_ENCODINGS.get(script, ())):
        for cased in dict.fromkeys(spellings):
            try:
                wrong = clean(windows_1252(cased.encode(encoding)))
            except UnicodeEncodeError:
                continue
            if len(wrong) >= 2 and not wrong.isascii() and wrong != cased:
                yield wrong
