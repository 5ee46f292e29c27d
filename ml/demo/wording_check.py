"""The check of wordings on real films: does a sentence draw the gaze to what it speaks of?

The sentences stand in ``wordings.csv`` and were written apart from the words of training: ``form`` (affirmed or
denied), ``regions`` (what the sentence speaks of, names of ``ml.simulator.regions`` joined by ``+``), ``sentence``.

A sentence's ratio is the time spent in the boxes of its regions when it is the report, over the time spent there under
reports that name no place (``real_films.NEUTRAL``); both are means over draws, summed over films. A denial should leave
it near 1. Pairs of affirmed sentences that speak of separate places are read as one report, with a ratio for each.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ml.demo.real_films import NEUTRAL, RealFilm, ScanpathSampler
from ml.demo.regions import Chest
from ml.metrics.dwell import Box
from ml.metrics.intervals import Estimate, interval, resamples
from ml.simulator.framing import Frame
from ml.simulator.regions import REGIONS, locate

Floats = NDArray[np.float64]
WORDINGS = Path(__file__).with_name("wordings.csv")
COLUMNS = ("form", "regions", "sentence")
FORMS = ("affirmed", "denied")
AFFIRMED_LEAST, DENIED_MOST, PAIR_LEAST = 2.0, 1.2, 1.5  # ratios that meet what is asked of a sentence
AFFIRMED = f"share of affirmed sentences with a ratio of {AFFIRMED_LEAST} or more"
DENIED = f"share of denied sentences with a ratio of {DENIED_MOST} or less"
PAIRED = f"share of pairs with both ratios {PAIR_LEAST} or more"
PAIRS, SEED = 40, 0
OVERLAP = 0.1  # of the smaller box; regions that share more are not two places


@dataclass(frozen=True, slots=True)
class Wording:
    """``regions``: what the sentence speaks of, names of ``REGIONS``."""

    affirmed: bool
    regions: tuple[str, ...]
    sentence: str


Pair = tuple[Wording, Wording]


class WordingsFault(ValueError):
    """What is wrong with a file of wordings, and in which line."""


USUAL = Chest((0.13, 0.13, 0.45, 0.79), (0.57, 0.12, 0.88, 0.80), (0.39, 0.41, 0.78, 0.75))  # mean of 56 real films


def read_wordings(path: Path) -> list[Wording]:
    """All sentences of the file; :class:`WordingsFault` for a line that cannot be used."""
    with path.open(newline="", encoding="utf-8") as stream:
        rows = csv.DictReader(stream)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise WordingsFault(f"{path.name}, line 1: the columns must be {','.join(COLUMNS)}")
        return [_wording(row, f"{path.name}, line {rows.line_num}") for row in rows]


def _wording(row: Mapping[str | None, Any], where: str) -> Wording:
    if None in row or None in row.values():
        raise WordingsFault(f"{where}: not {len(COLUMNS)} fields; a sentence with a comma stands in quotes")
    form, regions, sentence = row["form"], tuple(row["regions"].split("+")), row["sentence"].strip()
    if form not in FORMS:
        raise WordingsFault(f"{where}: form {form!r} is none of {', '.join(FORMS)}")
    for name in regions:
        if name not in REGIONS:
            raise WordingsFault(f"{where}: no region {name!r}; there are {', '.join(REGIONS)}")
    if not sentence:
        raise WordingsFault(f"{where}: the sentence is empty")
    return Wording(form == "affirmed", regions, sentence)


def places(chest: Chest) -> dict[str, Box]:
    """Boxes of all regions, film fractions."""
    return locate(cast(Frame, chest))


def chest_of(film: RealFilm) -> Chest:
    """The boxes that were drawn by hand; ``film.zones`` are thirds of the lungs, the right one's first."""
    right, left = ((*film.zones[k][:2], *film.zones[k + 2][2:]) for k in (0, 3))
    return Chest(right, left, film.heart)


def dwell_in(paths: Floats, mask: Floats, boxes: Sequence[Box]) -> Floats:
    """Seconds inside any of the boxes, one number a path; where boxes overlap a fixation counts once. Paths
    (..., L, 3): x, y in film fractions, duration in s."""
    x, y = paths[..., :1], paths[..., 1:2]
    x0, y0, x1, y1 = np.array(boxes).T
    inside = ((x >= x0) & (x < x1) & (y >= y0) & (y < y1)).any(axis=-1)
    return np.asarray(np.where(inside & (mask > 0), paths[..., 2], 0.0).sum(axis=-1))


def choose_pairs(wordings: Sequence[Wording], count: int = PAIRS, seed: int = SEED) -> list[Pair]:
    """At most ``count`` pairs of affirmed sentences about separate places; every second one the other way round."""
    found = [pair for pair in combinations([w for w in wordings if w.affirmed], 2) if _separate(*pair)]
    order = np.random.default_rng(seed).permutation(len(found))[:count]
    chosen = [found[k] for k in order]
    return [pair if number % 2 == 0 else pair[::-1] for number, pair in enumerate(chosen)]


def _separate(one: Wording, other: Wording) -> bool:
    boxes = places(USUAL)
    return not any(_shared(boxes[a], boxes[b]) > OVERLAP for a in one.regions for b in other.regions)


def _shared(one: Box, other: Box) -> float:
    """Overlap of two boxes as a share of the smaller one's area."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    smaller = min((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other))
    return max(across, 0.0) * max(down, 0.0) / smaller


def joined(pair: Pair) -> str:
    """Both sentences as one report."""
    return " ".join(wording.sentence for wording in pair)


def ratios(named: Floats, neutral: Floats) -> tuple[Floats, Floats]:
    """(S,) ratios of sums over films, and (draws, S) of resampled films. Both are (films, S): s in what a sentence
    speaks of, under that sentence and under neutral reports."""
    times = resamples(len(named))
    value = named.sum(axis=0) / np.maximum(neutral.sum(axis=0), 1e-9)
    return value, (times @ named) / np.maximum(times @ neutral, 1e-9)


def wording_check(sampler: ScanpathSampler, films: Sequence[RealFilm], wordings: Sequence[Wording]) -> dict[str, Any]:
    """The ratio of each sentence and pair, whether it is met, and what share of each form is."""
    pairs = choose_pairs(wordings)
    spoken = [*wordings, *(wording for pair in pairs for wording in pair)]  # a ratio each
    reports = [*(w.sentence for w in wordings), *map(joined, pairs), *NEUTRAL]
    report_of = [*range(len(wordings)), *(len(wordings) + k // 2 for k in range(2 * len(pairs)))]
    named, neutral = np.zeros((2, len(films), len(spoken)))
    for row, film in enumerate(films):
        paths, mask = sampler.sample(film.pixels, reports)
        boxes = places(chest_of(film))
        for column, (wording, report) in enumerate(zip(spoken, report_of, strict=True)):
            target = [boxes[name] for name in wording.regions]
            named[row, column] = dwell_in(paths[report], mask[report], target).mean()
            neutral[row, column] = dwell_in(paths[-len(NEUTRAL) :], mask[-len(NEUTRAL) :], target).mean()
    return summary(wordings, pairs, *ratios(named, neutral))


def summary(wordings: Sequence[Wording], pairs: Sequence[Pair], value: Floats, drawn: Floats) -> dict[str, Any]:
    """``value`` (S,), ``drawn`` (draws, S): ratios of the sentences, then of both sentences of each pair."""
    single, affirmed = len(wordings), np.array([w.affirmed for w in wordings])
    both = [slice(single + 2 * k, single + 2 * k + 2) for k in range(len(pairs))]
    estimates = [interval(v, d) for v, d in zip(value, drawn.T, strict=True)]

    def met(ratio: Floats) -> NDArray[np.bool_]:
        """(..., S) ratios -> (..., sentences + pairs)."""
        one = np.where(affirmed, ratio[..., :single] >= AFFIRMED_LEAST, ratio[..., :single] <= DENIED_MOST)
        two = (ratio[..., single:] >= PAIR_LEAST).reshape(*ratio.shape[:-1], len(pairs), 2).all(axis=-1)
        return np.concatenate([one, two], axis=-1)

    kept, kept_drawn = met(value), met(drawn)
    kind = np.array([*np.where(affirmed, AFFIRMED, DENIED), *([PAIRED] * len(pairs))])
    shares = {
        name: interval(kept[kind == name].mean(), kept_drawn[:, kind == name].mean(axis=1))
        if (kind == name).any()
        else Estimate(np.nan, np.nan, np.nan)
        for name in (AFFIRMED, DENIED, PAIRED)
    }
    return shares | {
        "sentences": [
            {
                "sentence": wording.sentence, "form": FORMS[not wording.affirmed], "regions": "+".join(wording.regions),
                "ratio": estimate, "met": bool(good),
            }
            for wording, estimate, good in zip(wordings, estimates[:single], kept[:single], strict=True)
        ],
        "pairs": [
            {
                "report": joined(pair), "regions": ["+".join(wording.regions) for wording in pair],
                "ratios": estimates[which], "met": bool(good),
            }
            for pair, which, good in zip(pairs, both, kept[single:], strict=True)
        ],
    }  # fmt: skip


def table(result: Mapping[str, Any]) -> str:
    """The result as lines for people: each sentence, the pairs that fail, the shares."""
    lines = ["ratio of time in what the sentence speaks of, over neutral reports"]
    for row in result["sentences"]:
        lines.append(f"{_met(row['met'])} {row['ratio']!s:<26} {row['form']:<8} {row['regions']:<23} {row['sentence']}")
    lines.append("pairs that fail")
    for row in result["pairs"]:
        if not row["met"]:
            parts = zip(row["regions"], row["ratios"], strict=True)
            lines.append(f"  {', '.join(f'{regions} {ratio}' for regions, ratio in parts)}: {row['report']}")
    lines += [f"{name:<62} {figure}" for name, figure in result.items() if isinstance(figure, Estimate)]
    return "\n".join(lines)


def _met(met: bool) -> str:
    return "met    " if met else "not met"
