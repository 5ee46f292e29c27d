"""The strings of a header in every spelling that counts as the same, ready to be looked up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gazeapp.cases.phi import folding
from gazeapp.cases.phi.particles import PARTICLES

# Thai, Lao, Burmese, Hangul (which folding takes apart), Khmer, kana, Han: scripts that put no blanks around a name.
UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_INFLECTED = re.compile(r"[\u0370-\u052f]")  # Greek and Cyrillic names change their endings
_ENDING = re.compile(r"[аеиоуыэюяьαειουησ]+$")
_LONGEST_ENDING = 3
_CROSSED = re.compile("[đĐðÐ]")  # two letters that look alike as capitals
# A letter that a system could not read: replaced by a sign, or (by itself between two halves) by a blank or underscore.
_LOST = re.compile(r"[?¿\ufffd]{1,8}")
_DAMAGED = re.compile(r"[^\W\d_]*[?¿\ufffd][^\W\d_?¿\ufffd]*(?:[?¿\ufffd]+[^\W\d_?¿\ufffd]*){0,16}")
_BROKEN = re.compile(r"[^\W\d_]+[\s_][^\W\d_]+")
_FEWEST_KNOWN, _MOST_LOST = 3, 3  # letters that are left, and runs of lost ones, of a word that is looked for
_MOST_ALIKE = 12  # damaged words that begin with the same letters
_LONGEST_DAMAGED = 64


@dataclass
class Spellings:
    """Names, or places and numbers (these with their digits), by their collapsed letters."""

    digits: bool = False
    kinds: dict[str, str] = field(default_factory=dict)
    spellings: dict[str, set[str]] = field(default_factory=dict)  # as they were before they were collapsed
    spaced: set[str] = field(default_factory=set)  # that the header writes in several words
    beginnings: set[str] = field(default_factory=set)
    stems: set[str] = field(default_factory=set)
    crossed: set[str] = field(default_factory=set)  # that count only with a đ in the text
    inside: dict[str, str] = field(default_factory=dict)  # of scripts without blanks: spelling to kind
    damaged: dict[str, list[list[str]]] = field(default_factory=dict)  # what is left of names, by its first piece

    def add(self, kind: str, text: str) -> None:
        for part, spaced in _parts(kind, text):
            spelt = [folding.letters(one, digits=self.digits) for one in (part, folding.spelt_out(part))]
            if spelt[0].startswith("dj"):  # Djordjevic is Đorđević, which is folded to dordevic; Nadja is no nada
                spelt.append(spelt[0].replace("dj", "d"))
            elif "dj" in spelt[0]:  # Andjelic is Anđelić, but only where the text has that letter
                crossed = spelt[0].replace("dj", "d")
                if crossed not in self.spellings.get(folding.collapse(crossed), ()):
                    self._add(kind, crossed, spaced)
                    self.crossed.add(crossed)
            self.crossed.difference_update(spelt)
            for spelling in dict.fromkeys(spelt):
                self._add(kind, spelling, spaced)
            # What a program that knows only ASCII leaves of it: M?ller, Mller.
            bare = folding.letters("".join(filter(str.isascii, part)), digits=self.digits)
            if len(bare) >= 3:
                self._add(kind, bare, spaced)
            if kind == "name":
                self._add_damaged(part)

    def _add_damaged(self, name: str) -> None:
        """M?ller: a letter that was lost may be any one or two. Words of which too little is left would be any word."""
        words = [_LOST.sub("?", word.group()) for word in _DAMAGED.finditer(name)]
        if _BROKEN.fullmatch(name):
            words.append(re.sub(r"[\s_]", "?", name))
        for word in words:
            pieces = [folding.collapse(folding.letters(piece)) for piece in word.split("?")]
            lost = len(pieces) - 1
            if lost > _MOST_LOST or len("".join(pieces)) < max(_FEWEST_KNOWN, lost) or UNSPACED.search(word):
                continue
            alike = self.damaged.setdefault(pieces[0], [])
            if pieces not in alike and len(alike) < _MOST_ALIKE:
                alike.append(pieces)

    def _add(self, kind: str, raw: str, spaced: bool) -> None:
        if not raw or (len(raw) == 1 and raw.isascii()):
            return
        if UNSPACED.search(raw):
            self.inside[raw] = kind
            return
        key = folding.collapse(raw)
        self.kinds.setdefault(key, kind)
        self.spellings.setdefault(key, set()).add(raw)
        self.beginnings.update(key[:end] for end in range(1, len(key) + 1))
        if spaced:
            self.spaced.add(key)
        if kind == "name" and _INFLECTED.match(key) and len(stem := _ENDING.sub("", key)) >= 3:
            self.stems.add(stem)

    def kind(self, key: str) -> str | None:
        """The kind of these collapsed letters, or nothing if they are not wanted."""
        if key in self.kinds:
            return self.kinds[key]
        if key[-1] == "s" and len(key) >= 5 and self.kinds.get(key[:-1]) == "name":
            return "name"  # Müllers
        if self.stems and _INFLECTED.match(key):
            cut = (key[: len(key) - end] for end in range(_LONGEST_ENDING + 1))
            return "name" if any(stem in self.stems for stem in cut) else None
        return None

    def mended(self, key: str) -> bool:
        """Whether these collapsed letters of one word are a damaged name's."""
        if not self.damaged or not _FEWEST_KNOWN < len(key) <= _LONGEST_DAMAGED:
            return False
        beginnings = (key[:end] for end in range(len(key)))
        return any(_fits(left, key) for start in beginnings for left in self.damaged.get(start, ()))

    def spelt(self, raw: str, key: str, original: str) -> bool:
        """Whether something short is spelt as in the header, or with the letter itself: Noe is Noé and Nö, but no
        "no". And Anđelić is Andjelic, but Andelic is not."""
        if raw in self.crossed and not _CROSSED.search(original):
            return False
        return len(key) >= 4 or raw in self.spellings.get(key, (raw,)) or not original.isascii()

    def initials(self) -> set[str]:
        return {key[0] for key, kind in self.kinds.items() if kind == "name"}


def _parts(kind: str, text: str) -> Iterator[tuple[str, bool]]:
    """The string and whether it has several words; of a double name each half too; of a number what follows zeros."""
    yield text, kind != "name" or len(text.split()) > 1
    if kind == "name":
        halves = re.split(r"[-‐‑]", text)
        yield from ((half, False) for half in halves[: 4 if len(halves) > 1 else 0] if _stands_alone(half))
    elif kind == "number" and text.startswith("0") and len(bare := text.lstrip("0")) >= 5:
        yield bare, True


def _fits(pieces: list[str], key: str) -> bool:
    """Whether these are the pieces of it, with one or two letters between them."""
    if not key.startswith(pieces[0]):
        return False
    rest = key[len(pieces[0]) :]
    if len(pieces) == 1:
        return rest in {"", "s"}
    return any(_fits(pieces[1:], rest[lost:]) for lost in (1, 2) if len(rest) >= lost)


def _stands_alone(half: str) -> bool:
    return len(half) > 2 and half.lower() not in PARTICLES
