"""What a film's header names (people, places, numbers), looked for in a text.

Words are looked up, not searched one name after the other: each word of the text, and each few words joined, is
compared with the folded spellings, so the time grows with the text and hardly with the number of names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from gazeapp.cases.phi import folding, mojibake
from gazeapp.cases.phi.folding import Folded
from gazeapp.cases.phi.particles import PARTICLES, SHORT_WORDS
from gazeapp.cases.phi.spellings import UNSPACED, Spellings

Span = tuple[int, int, str]  # start, end, kind

MOST_WORDS = 12  # that are joined to one name or place
SHORT = 6  # letters
MOST_AROUND = 4  # initials and particles that belong to a name
_TIGHT = re.compile(r"[-'`·?_^]{1,2}|-\s{1,8}")  # joins two words whatever they look like; a hyphen may end a line
_LOOSE = re.compile(r"[\s.,_^/]{1,3}")
_SYLLABLE_GOES_ON = re.compile(r"[\u1160-\u11ff]")  # vowels and finals of Hangul
_TITLES_BEFORE = "患者 病人 姓名 氏名 名前 医生 医師 환자"
_TITLES_AFTER = "先生 女士 小姐 太太 医生 醫生 医师 醫師 医師 主任 教授 大夫 氏 さん 様 殿 씨 님 선생 교수 환자"
_BEFORE, _AFTER = (tuple(unicodedata.normalize("NFKD", titles).split()) for titles in (_TITLES_BEFORE, _TITLES_AFTER))


def spans(text: str, folded: Folded, identifiers: Iterable[tuple[str, str]]) -> Iterator[Span]:
    """Where the text has what the header named; days apart (`dates`)."""
    names, others = Spellings(), Spellings(digits=True)
    foreign: dict[str, None] = {}
    for kind, identity in identifiers:
        if kind == "name":
            names.add(kind, identity)
            if not identity.isascii() and " " not in identity:  # its parts come by themselves
                foreign[identity] = None
        elif kind != "date":
            others.add(kind, identity)
    for wanted in (names, others):
        if wanted.kinds:
            yield from _Search(text, folded, wanted).spans()
        yield from _inside(folded, wanted.inside)
    yield from ((start, end, "name") for start, end in mojibake.spans(text, foreign))


class _Search:
    """What is wanted of one text, by its words."""

    def __init__(self, text: str, folded: Folded, wanted: Spellings) -> None:
        self.text, self.folded, self.wanted = text, folded, wanted
        self.words = folding.words(folded, digits=wanted.digits)
        self.initials = wanted.initials()
        self.gaps: dict[str, str] = {}

    def spans(self) -> Iterator[Span]:
        for first in range(len(self.words)):
            found = self._longest(first)
            if found:
                last, kind = found
                if kind == "name":
                    yield *self._whole(first, last), kind
                else:
                    yield *self._span(first, last), kind

    def _longest(self, first: int) -> tuple[int, str] | None:
        """The last of the most words from the first on that together are wanted, and their kind."""
        raw, loose, best = "", False, None
        for last in range(first, min(first + MOST_WORDS, len(self.words))):
            if last > first:
                joins = self._joins(self._gap(last))
                if not joins:
                    break
                loose = loose or joins == "loose"
            raw += self.words[last].text
            key = folding.collapse(raw)
            if (kind := self.wanted.kind(key)) and self._meant(kind, key, raw, first, last, loose):
                best = last, kind
            elif last == first and self.wanted.mended(key):  # a short word in small letters may be any
                best = (last, "name") if len(key) > SHORT or not self._original(first, last).islower() else None
            if key not in self.wanted.beginnings:
                break
        return best

    def _joins(self, gap: str) -> str:
        """How words with this between them may be one: "tight", "loose", or not at all."""
        if gap not in self.gaps:
            self.gaps[gap] = "tight" if _TIGHT.fullmatch(gap) else "loose" if _LOOSE.fullmatch(gap) else ""
        return self.gaps[gap]

    def _meant(self, kind: str, key: str, raw: str, first: int, last: int, loose: bool) -> bool:
        """Whether words that are wanted by their letters are so by their looks too."""
        original = self._original(first, last)
        if not self.wanted.spelt(raw, key, original):
            return False
        if last > first and (len(raw) < 4 or key not in self.wanted.kinds):  # endings are of single words
            return False
        if kind != "name":
            return True
        if raw in SHORT_WORDS and original.islower() and not self._beside_a_name(first):
            return False
        if loose and key not in self.wanted.spaced:  # one word in the header, several here: O Brien
            capitals = all(self._original(word, word)[0].isupper() for word in range(first, last + 1))
            return capitals or self.words[first].text in PARTICLES
        return True

    def _beside_a_name(self, word: int) -> bool:
        return any(
            self.words[other].text not in SHORT_WORDS
            and self.wanted.kind(folding.collapse(self.words[other].text)) == "name"
            and re.fullmatch(r",?[ ]", self._gap(max(word, other)))
            for other in (word - 1, word + 1)
            if 0 <= other < len(self.words)
        )

    def _whole(self, first: int, last: int) -> tuple[int, int]:
        """The name with the initials and particles around it."""
        for _ in range(MOST_AROUND):
            if first == 0 or not self._belongs(first - 1, self._gap(first)):
                break
            first -= 1
        start, end = self._span(first, last)
        if last + 1 < len(self.words) and re.fullmatch(r",?[ \t]{1,3}", self._gap(last + 1)):
            after = self._span(last + 1, last + 1)
            initial = self.text[after[0] : after[1]]
            dot = self.text[after[1] : after[1] + 1]
            if len(initial) == 1 and initial.isupper():
                if dot == ".":
                    end = after[1] + 1
                elif initial.lower() in self.initials and (not dot or dot in ",;:)\n"):
                    end = after[1]
        return start, end

    def _belongs(self, word: int, gap: str) -> bool:
        """Whether the word before a name is an initial or a particle of it."""
        letters, original = self.words[word].text, self._original(word, word)
        if letters in PARTICLES and (re.fullmatch(r"[ \t]{1,3}|-", gap) if len(letters) > 1 else gap == "'"):
            return True
        if len(original) > 3 or not original.isupper():
            return False
        if re.fullmatch(r"\.[ \t]{0,3}-?", gap):
            return len(original) == 1
        return bool(re.fullmatch(r"[ \t]{1,3}|-", gap)) and set(letters) <= self.initials

    def _gap(self, word: int) -> str:
        """What stands between a word and the one before it."""
        return self.folded.text[self.words[word - 1].end : self.words[word].start]

    def _span(self, first: int, last: int) -> tuple[int, int]:
        return self.folded.span(self.words[first].start, self.words[last].end)

    def _original(self, first: int, last: int) -> str:
        start, end = self._span(first, last)
        return self.text[start:end]


def _inside(folded: Folded, wanted: dict[str, str]) -> Iterator[Span]:
    """Names in scripts without blanks, wherever their letters stand. One sign alone must stand apart or beside a title:
    many a family name is a word too."""
    text = folded.text
    for spelling, kind in wanted.items():
        single = len(unicodedata.normalize("NFC", spelling)) == 1
        start = text.find(spelling)
        while start >= 0:
            end = start + len(spelling)
            if not _SYLLABLE_GOES_ON.match(text, end) and (not single or _apart(text, start, end)):
                yield *folded.span(start, end), kind
            start = text.find(spelling, end)


def _apart(text: str, start: int, end: int) -> bool:
    alone = not UNSPACED.match(text, end) and not (start and UNSPACED.match(text, start - 1))
    return alone or text.startswith(_AFTER, end) or text.endswith(_BEFORE, 0, start)
