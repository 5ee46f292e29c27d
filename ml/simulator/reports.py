"""Sentences about a simulated case, and which regions they assert (a reader is drawn to) or deny (he is not)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ml.simulator import vocabulary as v
from ml.simulator.findings import KINDS, Finding
from ml.simulator.regions import ZONES

T = TypeVar("T")
DOUBTFUL, KNOWN = 1.7, 0.5  # times the usual duration of a fixation


@dataclass(frozen=True, slots=True)
class Report:
    """The text, and the region sets it asserts something about, in the order of the text."""

    text: str
    asserted: tuple[str, ...]  # names in regions.SETS
    denied: tuple[str, ...]
    efforts: tuple[float, ...] = ()  # of each assertion: how much longer than usual its wording makes a reader look


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    asserted: str | None = None
    denied: str | None = None


def write_report(named: Sequence[Finding], present: Sequence[str], enlarged: bool, rng: np.random.Generator) -> Report:
    """A report that names ``named`` findings, adds denials about regions of ``present`` that are free, and normals."""
    taken = {f.place for f in named}
    sentences = [assertion(f.kind, f.place, rng) for f in named]
    plain = rng.random() < 0.25  # one bare sentence a finding, nothing else
    if enlarged and (not plain or not sentences) and rng.random() < 0.3:
        sentences.append(Sentence(_pick(v.CARDIAC, rng), "heart"))
    if not plain:
        for _ in range(rng.integers(0, 3)):
            sentences.append(_denial(taken, present, rng))
        for _ in range(rng.integers(0, 3)):
            sentences.append(Sentence(_pick(v.GENERAL, rng)))
        if rng.random() < 0.08:
            place = _pick(tuple(v.DEVICES), rng)
            sentences.append(Sentence(_pick(v.DEVICES[place], rng), place))
    if not sentences:
        sentences.append(_denial(taken, present, rng) if rng.random() < 0.6 else Sentence(_pick(v.GENERAL, rng)))
    order = rng.permutation(len(sentences))
    chosen = [sentences[i] for i in order]
    return Report(
        _typeset([s.text for s in chosen], rng),
        tuple(s.asserted for s in chosen if s.asserted),
        tuple(s.denied for s in chosen if s.denied),
        tuple(effort(s.text) for s in chosen if s.asserted),
    )


def effort(sentence: str) -> float:
    """How much longer than usual a reader looks at what it asserts: doubt holds him, what is known lets go."""
    words = {word.strip(".,:;") for word in sentence.lower().split()}
    return DOUBTFUL if words & v.DOUBT else KNOWN if words & v.KNOWN else 1.0


def assertion(kind: str, place: str, rng: np.random.Generator) -> Sentence:
    """One sentence that says a finding of that kind is in that place."""
    noun = _pick(v.NOUNS[kind], rng)
    bare = _bare(noun)
    if rng.random() < 0.3:
        q = place_attribute(place, rng)
        return Sentence(_pick(v.ATTRIBUTIVE, rng).format(q=q, b=bare, n=noun), place)
    return Sentence(_pick(v.ASSERTIONS, rng).format(n=noun, b=bare, p=place_phrase(place, rng)), place)


def _denial(taken: set[str], present: Sequence[str], rng: np.random.Generator) -> Sentence:
    """That some free region is free, either by kind ("no opacity in ...") or as clear."""
    pool = [p for p in (*ZONES, *ZONES, *present) if p not in taken and not _overlaps(p, taken)]
    place = _pick(tuple(pool), rng) if pool else "heart"
    level = place.split(" ", 1)[1] if " " in place else place
    if level in v.CLEAR_NAMES and rng.random() < 0.4:
        name = _sided(_pick(v.CLEAR_NAMES[level], rng), place, rng, plain=True)
        return Sentence(_pick(v.CLEAR, rng).format(q=name), denied=place)
    noun = _bare(_pick(v.NOUNS[_pick(tuple(KINDS), rng)], rng))
    return Sentence(_pick(v.DENIALS, rng).format(b=noun, p=place_phrase(place, rng)), denied=place)


def _overlaps(place: str, taken: set[str]) -> bool:
    """Whether a denial about ``place`` could contradict a finding that the report asserts."""
    side = place.split(" ", 1)[0]
    low = {"lower", "base", "angle", "dome", "lung", "retrocardiac"}
    high = {"upper", "apex", "lung"}
    middle = {"mid", "hilum", "lung", "periphery"}
    level = place.split(" ", 1)[-1]
    for other in taken:
        same_side = other.split(" ", 1)[0] in (side, "both") or side == "both" or "retrocardiac" in (place, other)
        other_level = other.split(" ", 1)[-1]
        if same_side and any(level in group and other_level in group for group in (low, high, middle)):
            return True
    return False


def place_phrase(place: str, rng: np.random.Generator) -> str:
    """A phrase with its preposition for a region or a set of both sides."""
    if place in v.BOTH_PLACES:
        return _pick(v.BOTH_PLACES[place], rng)
    if place in v.SPECIAL and rng.random() < 0.15:
        return _pick(v.SPECIAL[place], rng)
    level = place.split(" ", 1)[1] if " " in place else place
    return _sided(_pick(v.PLACES[level], rng), place, rng)


def place_attribute(place: str, rng: np.random.Generator) -> str:
    level = place if place in v.ATTRIBUTES else place.split(" ", 1)[1]
    return _sided(_pick(v.ATTRIBUTES[level], rng), place, rng, plain=rng.random() < 0.7)


def _sided(phrase: str, place: str, rng: np.random.Generator, *, plain: bool = False) -> str:
    side = place.split(" ", 1)[0]
    if side not in v.SIDE_WORDS:
        return phrase
    word = side if plain else _pick(v.SIDE_WORDS[side], rng)
    return phrase.format(s=word, A=side[0].upper())


def _bare(noun: str) -> str:
    for article in ("a ", "an ", "the "):
        if noun.startswith(article):
            return noun[len(article) :]
    return noun


def _typeset(sentences: list[str], rng: np.random.Generator) -> str:
    """Punctuation, capitals, headings, as different dictation systems leave them."""
    style = rng.random()
    if style < 0.75:
        text = " ".join(s[0].upper() + s[1:] + "." for s in sentences)
    elif style < 0.85:
        text = "; ".join(sentences)
    elif style < 0.93:
        text = "\n".join("- " + s[0].upper() + s[1:] for s in sentences)
    else:
        text = " ".join(s + "." for s in sentences)
    if rng.random() < 0.12:
        text = str(rng.choice(["FINDINGS: ", "Report: ", "CHEST: ", "Chest X-ray. ", "IMPRESSION: "])) + text
    draw = rng.random()
    return text.upper() if draw < 0.04 else text.lower() if draw < 0.10 else text


def _pick(options: Sequence[T], rng: np.random.Generator) -> T:
    return options[int(rng.integers(len(options)))]
