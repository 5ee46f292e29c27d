"""Spellings that count as one: letters without case, accents and width, and where each stood in the text."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

_DASHES = "‐‑‒–—―−﹣－"
# Letters that Unicode does not take apart; apostrophes and hyphens of every make.
_PLAIN = {
    **dict(zip("øæœłđðħŧıŋə", ("o", "ae", "oe", "l", "d", "d", "h", "t", "i", "n", "a"), strict=True)),
    "þ": "th",
    "ى": "ي",
    "ی": "ي",  # as Persian writes it
    "ک": "ك",
    "ة": "ه",
    "ـ": "",
    **dict.fromkeys("’‘‛ʼʻʹʽ´`′＇", "'"),
    **dict.fromkeys(_DASHES, "-"),
}
_SPELT_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "Ø": "OE", "Ä": "AE", "Ö": "OE", "Ü": "UE", "Å": "AA"}
    | {"đ": "dj", "Đ": "DJ"}
)
_HYPHENS = str.maketrans(dict.fromkeys(_DASHES, "-"))
# &uuml; and &#252;, as a web page writes letters; &amp;uuml; as one writes what another has written.
# Letters with a mark, and numbers, may do without the semicolon.
_ENTITY = re.compile(
    r"&(?:amp;){0,3}(?:(?:[A-Za-z]{2,31}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});"
    r"|[A-Za-z](?:uml|acute|grave|circ|tilde|ring|cedil|slash)|szlig|aelig|AElig|#\d{2,7}|#[xX][0-9A-Fa-f]{2,6})"
)
_MOST_AMPERSANDS = 4
_MOST_LETTERS = 4  # that one sign stands for; what stands for whole sentences (ﷺ) would make a text many times as long
_LETTERS = re.compile(r"[^\W\d_]+")
_LETTERS_AND_DIGITS = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Folded:
    """A folded text. Character i of it stems from character at[i] of the text it was made of."""

    text: str
    at: list[int] | range
    length: int  # of the text it was made of

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where [start, end) of the folded text stands in the original, accents that follow a letter included."""
        last = self.at[end - 1]
        after = self.at[end] if end < len(self.at) else self.length
        return self.at[start], max(after, last + 1)


class Word(NamedTuple):
    """A run of letters (and digits): [start, end) of the folded text."""

    text: str
    start: int
    end: int


def fold(text: str) -> Folded:
    """Without case, accents, marks of width and invisible characters, so that two spellings of a name compare equal."""
    if text.isascii():
        return Folded(text.lower(), range(len(text)), len(text))
    alphabet = {sign: _fold_sign(sign) for sign in set(text)}
    at = [place for place, sign in enumerate(text) for _ in alphabet[sign]]
    return Folded("".join([alphabet[sign] for sign in text]), at, len(text))


def as_read(text: str) -> Folded:
    """The text as people read it: entities of web pages as their letters; full-width signs, and digits of every script,
    as the plain ones that patterns look for. It is as long as the text but for its entities."""
    pieces, at, done = [], [], 0
    for found in _ENTITY.finditer(text) if "&" in text else ():
        letters = found.group()
        for _ in range(_MOST_AMPERSANDS):
            letters = html.unescape(letters)
        if letters == found.group():
            continue
        pieces += [text[done : found.start()], letters]
        at += [*range(done, found.start()), *[found.start()] * len(letters)]
        done = found.end()
    read = "".join((*pieces, text[done:]))
    if not read.isascii():
        plain = {sign: _narrow(sign) for sign in set(read)}
        read = "".join([plain[sign] for sign in read])
    return Folded(read, [*at, *range(done, len(text))] if done else range(len(text)), len(text))


def hyphens(text: str) -> str:
    """Every dash as a hyphen, one sign for one; not in `as_read`, since some are bytes of foreign letters too."""
    return text.translate(_HYPHENS)


def words(folded: Folded, *, digits: bool = False) -> list[Word]:
    pattern = _LETTERS_AND_DIGITS if digits else _LETTERS
    return [Word(found.group(), found.start(), found.end()) for found in pattern.finditer(folded.text)]


def letters(text: str, *, digits: bool = False) -> str:
    """The folded letters (and digits) alone."""
    pattern = _LETTERS_AND_DIGITS if digits else _LETTERS
    return "".join(pattern.findall(fold(text).text))


def collapse(folded: str) -> str:
    """ae, oe, ue and aa as the plain vowel, since ä, ö, ü and å are written so, or without their dots."""
    return folded.replace("ae", "a").replace("oe", "o").replace("ue", "u").replace("aa", "a")


def spelt_out(text: str) -> str:
    """Müller as Mueller."""
    return unicodedata.normalize("NFC", text).translate(_SPELT_OUT)


def _narrow(sign: str) -> str:
    """One sign for one."""
    if "\uff01" <= sign <= "\uff5e":
        return chr(ord(sign) - 0xFEE0)
    if sign in "⁄∕":
        return "/"
    if unicodedata.category(sign) == "Zs":
        return " "
    if sign.isdecimal():
        return str(unicodedata.digit(sign))
    plain = unicodedata.normalize("NFKD", sign) if sign >= "\u2100" else sign  # 𝐌; a º may be a byte of something else
    return plain if plain.isascii() and len(plain) == 1 and plain.isalpha() else sign


def _fold_sign(sign: str) -> str:
    if sign in _PLAIN:
        return _PLAIN[sign]
    folded = "".join(_settled(sign.casefold()))
    return folded if len(folded) <= (_MOST_LETTERS if folded.isalpha() else _MOST_LETTERS - 1) else sign


def _settled(text: str) -> Iterator[str]:
    for sign in unicodedata.normalize("NFKD", text).casefold():
        if unicodedata.category(sign)[0] not in "MC" or sign in "\n\t\r":
            yield _PLAIN.get(sign, sign)
