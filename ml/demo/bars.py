"""What a model of the simulated bench must reach, and whether every one of its training seeds did.

A bar is judged by the bound of the 95 % interval that is the worse for the model, and by the worst seed; what is asked
of certain cases and no others (the overfit check's sixteen, the sentences of ``wordings.csv``, every single reading) by
its value. The figures are those that ``score-demo``, ``check-films`` (``wordings``: with ``--wordings``),
``check-overfit`` and ``adapt`` wrote as JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ml.demo import survey_check as survey
from ml.demo import wording_check as wording
from ml.demo.simulated import ABOVE_NAIVE, METRICS, PREDICTED, SERVED
from ml.metrics.catalogue import MIOU, SCANMATCH

Figures = Mapping[str, Any]
Bounds = tuple[float, float, float]  # value, low, high
OTHER_FILM = "model, another case's film"


@dataclass(frozen=True, slots=True)
class Bar:
    """``read``: the figure out of one seed's file; the interval must lie within ``least`` .. ``most``, or its
    value, where the cases are no ``sample`` of others.
    """

    name: str
    file: str  # score, films, wordings, overfit or adapt
    read: Callable[[Figures], Bounds]
    least: float = float("-inf")
    most: float = float("inf")
    sample: bool = True

    def met(self, bounds: Bounds) -> bool:
        value, low, high = bounds
        return self.least <= (low if self.sample else value) and (high if self.sample else value) <= self.most


@dataclass(frozen=True, slots=True)
class Verdict:
    """``seeds``: the figure of each training seed, in the order of the files."""

    bar: Bar
    seeds: tuple[Bounds, ...]

    @property
    def met(self) -> bool:
        return bool(self.seeds) and all(self.bar.met(bounds) for bounds in self.seeds)


def _at(*path: str) -> Callable[[Figures], Bounds]:
    def read(figures: Figures) -> Bounds:
        for key in path:
            figures = figures[key]
        return figures["value"], figures["low"], figures["high"]

    return read


def _shares(row: str, most: Mapping[str, float]) -> list[Bar]:
    return [
        Bar(f"{row}: share of {m}", "score", _at("share intervals", m, f"model, {row}"), most=top)
        for m, top in most.items()
    ]


def _films(check: str, figure: str, least: float = float("-inf"), most: float = float("inf")) -> Bar:
    return Bar(f"real films, {check}: {figure}", "films", _at(check, figure), least, most)


def _each(check: str, figure: str, least: float = float("-inf"), most: float = float("inf")) -> Bar:
    """Of a share of sentences or readings, each of which is asked about."""
    return Bar(f"real films, {check}: {figure}", "wordings", _at(check, figure), least, most, sample=False)


def _readings(figure: str, least: float, most: float) -> Bar:
    return Bar(f"real films, {survey.ALL}: {figure}", "wordings", _at(survey.ALL, figure), least, most)


ABOVE = 1e-9  # more than nothing
SEEDS = 3  # training runs that a claim needs
MEAN, EVERY = "more than the mean of the other namings", "more than every other naming"
NEAR, FAR = "naming a zone, near wordings", "naming a zone, far paraphrases"
BARS: tuple[Bar, ...] = (
    *(Bar(f"share of {m}", "score", _at("share intervals", m, SERVED), least=0.75) for m in METRICS),
    *(Bar(f"way to the oracle medoid, {m}", "score", _at("way to the oracle medoid", m), least=0.40) for m in METRICS),
    *_shares("another case's report", {SCANMATCH: 0.25, MIOU: 0.40}),
    *_shares("another case's film", {MIOU: 0.40}),
    *(
        Bar(f"paired drop with another film, {m}", "score", _at("paired difference", m, OTHER_FILM), least=ABOVE)
        for m in METRICS
    ),
    _films(NEAR, MEAN, least=0.90),
    _films(NEAR, EVERY, least=0.80),
    _films(FAR, EVERY, least=0.60),
    *(
        _films(f"slope of gaze, {moved} film", axis, least=0.7, most=1.3)
        for moved in ("shifted", "cropped") for axis in ("x", "y")
    ),
    _films("share of time in the named zone", "difference", least=ABOVE),
    _films("dwell in a denied zone", "over neutral reports", most=1.3),
    Bar("Spearman with the true reading time", "score", _at("difficulty", PREDICTED, "spearman"), least=0.65),
    Bar("the same, less the best naive baseline's", "score", _at(ABOVE_NAIVE), least=ABOVE),
    Bar("the 90 % region of the next fixation holds", "score", _at("coverage of the next fixation", "0.9"), 0.85, 0.95),
    # By likelihood: in ScanMatch even knowing all of the simulator gains next to nothing (decision 15).
    Bar("gain of adapting to one reader, nats (a figure each)", "adapt", _at("held_out", "loss", "gain"), ABOVE),
    _each("wordings", wording.AFFIRMED, least=0.90),
    _each("wordings", wording.DENIED, least=1.0),
    _each("wordings", wording.PAIRED, least=0.85),
    _readings(survey.COUNT, 25, 50),
    _readings(survey.DURATION, 0.20, 0.35),
    _readings(survey.COVERED, 0.45, 0.75),
    _each(survey.readings_of("no finding"), survey.OVER_BOTH, least=1.0),
    _each(survey.ALL, survey.STRAY, most=0.0),
    Bar("overfit check, mean mIoU of its 16 cases", "overfit", _at(MIOU), least=0.9, sample=False),
)  # fmt: skip


def verdicts(files: Mapping[str, Sequence[Figures]]) -> list[Verdict]:
    """``files``: of each kind, a seed's figures each. A bar whose file is missing is not met."""
    return [Verdict(bar, tuple(bar.read(figures) for figures in files.get(bar.file, ()))) for bar in BARS]


def table(found: Sequence[Verdict]) -> str:
    """Markdown lines."""
    lines = ["| what | bar | each training seed | |", "|---|---|---|---|"]
    for verdict in found:
        bar = verdict.bar
        limits = [f"≥ {bar.least:.2f}" if bar.least != ABOVE else "> 0"] if bar.least > float("-inf") else []
        limits += [f"≤ {bar.most:.2f}"] if bar.most < float("inf") else []
        seeds = "; ".join(f"{v:.3f} [{low:.3f}, {high:.3f}]" for v, low, high in verdict.seeds) or "not measured"
        lines.append(f"| {bar.name} | {', '.join(limits)} | {seeds} | {'met' if verdict.met else '**not met**'} |")
    return "\n".join(lines)
