"""Names as they look in a report whose bytes were read in the wrong encoding: MÃ¼ller, Èâàíîâ.

A name has dozens of such looks, a header many names, and its own bytes many readings. So signs are looked up, not
names encoded: a look is given up at its first sign that the text does not hold, and the few that are left are searched
for all together.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache

from gazeapp.cases.reports.text import clean, windows_1252

# Encodings in which names of every script are written, and those of this script only: of Windows, the standard, DOS and
# the Macintosh.
_ANY_TEXT = "utf-8 gb18030 cp932 euc_jp cp949 johab big5 big5hkscs euc_jis_2004 shift_jis_2004 utf-16-le utf-16-be"
_ANY = tuple(_ANY_TEXT.split())
_LATIN_TEXT = (
    "cp1250 iso8859_2 cp852 mac_latin2 mac_croatian mac_romanian iso8859_16 cp1254 iso8859_9 cp857 mac_turkish cp1257 "
    "iso8859_4 iso8859_10 iso8859_13 cp775 mac_roman mac_iceland cp850 cp437 cp860 cp861 cp863 cp865 iso8859_3 "
    "iso8859_14 iso8859_15 hp_roman8 cp1258"
)
_CYRILLIC_TEXT = "cp1251 koi8_r koi8_u koi8_t iso8859_5 cp866 cp855 cp1125 mac_cyrillic kz1048 ptcp154"
_ENCODINGS = {
    "LATIN": tuple(_LATIN_TEXT.split()),
    "CYRILLIC": tuple(_CYRILLIC_TEXT.split()),
    "GREEK": ("cp1253", "iso8859_7", "cp737", "cp869", "mac_greek"),
    "HEBREW": ("cp1255", "iso8859_8", "cp862", "cp856"),
    "ARABIC": ("cp1256", "iso8859_6", "cp720", "mac_arabic", "mac_farsi"),
    "THAI": ("cp874", "tis_620"),
}
_SHORT = 4  # characters; what is shorter must hold a sign that is none of these, which stand in every text
_USUAL = frozenset("“”„‘’‚–—…•·°±×²³½¼«»")
_SPELT_IN_DIGITS = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z]).{5,}")  # GB 18030 has digits for some letters: Y03ld03z
_LONGEST = 64


def spans(text: str, names: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where names stand as Windows-1252 shows the bytes of another encoding, as `decode` reads what is not UTF-8."""
    signs = frozenset(text)
    looks: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))  # by first two signs and length
    for name in names:
        for look in _looks(name, signs):
            looks[look[:2]][len(look)].add(look)
    if not looks:
        return
    for start in range(len(text) - 1):
        lengths = looks.get(text[start : start + 2])
        for length, among in lengths.items() if lengths else ():
            if text[start : start + length] in among:
                yield start, start + length


def _looks(name: str, signs: frozenset[str]) -> Iterator[str]:
    """Those made of these signs alone."""
    script = next((unicodedata.name(sign, "").split(" ")[0] for sign in name if not sign.isascii()), "")
    for spelling in _spellings(name):
        for encoding in (*_ANY, *_ENCODINGS.get(script, ())):
            pieces = []
            for sign in spelling:
                piece = sign if sign.isascii() else _look(sign, encoding)
                if piece is None or not signs.issuperset(piece):
                    break
                pieces.append(piece)
            else:
                look = "".join(pieces).strip()
                if look != spelling and _tells(look):
                    yield look


def _spellings(name: str) -> Iterator[str]:
    """With and without its accents, whole and in parts, in every case."""
    whole = unicodedata.normalize("NFC", name[:_LONGEST])
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", whole) if not unicodedata.combining(sign))
    parts = [part for one in (whole, bare) for part in (one, *re.split("[-‐‑]", one), re.sub("[-‐‑]", "", one))]
    spellings = (case(part) for part in parts if not part.isascii() for case in (str, str.title, str.upper, str.lower))
    return iter(dict.fromkeys(spellings))


@lru_cache(maxsize=16_384)
def _look(sign: str, encoding: str) -> str | None:
    """One sign's, or None where the encoding lacks it. It may be nothing at all: some bytes show as nothing."""
    apart = unicodedata.normalize("NFD", sign)
    for spelt in (sign, unicodedata.normalize("NFC", apart[:-1]) + apart[-1:]):  # cp1258 has ê and tilde, but no ễ
        try:
            return "".join(clean(windows_1252(bytes([byte]))) or _blank(byte) for byte in spelt.encode(encoding))
        except UnicodeEncodeError:
            continue
    return None


def _blank(byte: int) -> str:
    """A byte that `clean` strips by itself stays a blank within a name."""
    return " " if byte in b"\x20\xa0" else ""


def _tells(look: str) -> bool:
    if look.isascii():
        return bool(_SPELT_IN_DIGITS.fullmatch(look))
    return len(look) >= _SHORT or (len(look) >= 2 and any(not sign.isascii() and sign not in _USUAL for sign in look))
