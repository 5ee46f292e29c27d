"""From the bytes of a report to the text that is stored."""

from __future__ import annotations

import codecs
import hashlib
import unicodedata

from gazeapp.cases.reports import utf16

MAX_CHARS = 20_000
MAX_BYTES = 4 * (MAX_CHARS + 2)  # more of them are more than MAX_CHARS in every encoding, a byte order mark included
DAMAGED = "\ufffd"  # stands where some program could not read a letter

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# As browsers read it: the five bytes without a letter are control characters, which `clean` drops.
_WINDOWS_1252 = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256))


class NoText(Exception):
    """Bytes that are no text in any encoding known here."""


def decode(raw: bytes) -> str:
    """The text of a report file: what its byte order mark says, else UTF-16 if it looks so, else UTF-8, else
    Windows-1252. `static/src/lib/textfile.ts` does the same in the browser.

    Raises:
        NoText: zero bytes stand where no UTF-16 explains them, or UTF-16 breaks off within a letter.
    """
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            rest = raw[len(mark) :]
            return _utf8(rest) if encoding == "utf-8" else rest.decode(encoding, "ignore")
    text = utf16.read(raw)
    if text is not None:
        return text
    if b"\0" in raw or utf16.breaks_off(raw):
        raise NoText
    return _utf8(raw)


def windows_1252(raw: bytes) -> str:
    """Each byte one character."""
    return codecs.charmap_decode(raw, "strict", _WINDOWS_1252)[0]


def clean(text: str) -> str:
    """The text as it is stored: without control characters, signs of damage or trailing blanks, lines ended by a line
    feed, every other blank a plain one."""
    text = text.replace("\r\n", "\n")
    if not text.isascii() or not text.isprintable():
        text = "".join(map(_plain, text))
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _utf8(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as damage:
        whole = raw[: damage.start]
        if damage.reason == "unexpected end of data" and not whole.isascii():  # cut within its last letter
            return whole.decode("utf-8")
        return windows_1252(raw)


def _plain(sign: str) -> str:
    if sign in "\r\v\f\x85\u2028\u2029":
        return "\n"
    if sign in "\n\t":
        return sign
    if unicodedata.category(sign) == "Zs":
        return " "
    return sign if sign.isprintable() and sign != DAMAGED else ""
