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


@dataclass
class Spellings:
    """Names, or places and numbers (these with their digits), by their collapsed letters."""

    digits: bool = False
    kinds: dict[str, str] = field(default_factory=dict)
    spellings: dict[str, set[str]] = field(default_factory=dict)  # as they were before they were collapsed
    spaced: set[str] = field(default_factory=set)  # that the header writes in several words
    beginnings: set[str] = field(default_factory=set)
    stems: set[str] = field(default_factory=set)
    inside: dict[str, str] = field(default_factory=dict)  # of scripts without blanks: spelling to kind

    def add(self, kind: str, text: str) -> None:
        for part, spaced in _parts(kind, text):
            spelt = [folding.letters(one, digits=self.digits) for one in (part, folding.spelt_out(part))]
            if spelt[0].startswith("dj"):  # Djordjevic is Đorđević, which is folded to dordevic; Nadja is no nada
                spelt.append(spelt[0].replace("dj", "d"))
            for spelling in dict.fromkeys(spelt):
                self._add(kind, spelling, spaced)
            # What a program that knows only ASCII leaves of it: M?ller, Mller.
            bare = folding.letters("".join(filter(str.isascii, part)), digits=self.digits)
            if len(bare) >= 3:
                self._add(kind, bare, spaced)

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

    def spelt(self, raw: str, key: str, original: str) -> bool:
        """Whether something short is spelt as in the header, or with the letter itself: Noe is Noé and Nö, but no
        "no"."""
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


def _stands_alone(half: str) -> bool:
    return len(half) > 2 and half.lower() not in PARTICLES
