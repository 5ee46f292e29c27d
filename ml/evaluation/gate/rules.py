"""What a candidate must do to pass: rules as data (``rules.json``), each with its arithmetic and its sentence.

Two kinds. *Non-inferior*: the candidate may be worse than the champion by less than a margin. *Better than baselines*:
it is better than each trivial baseline. Both are judged by the bound of the paired difference that is the worse for the
candidate, one-sided 97.5 %, which is an end of the two-sided 95 % interval: a candidate that is in truth as bad as
the rule forbids passes it in 2.5 of 100 draws of cases. No correction for many rules is needed: all must hold.

By hand, margin .02, higher is better: a difference of -.010 [-.019, -.001] passes, since -.019 > -.020; one of
-.010 [-.021, .001] fails, though the difference is the same. Lower is better, margin .3 s: +.10 [.00, .29] passes,
+.10 [-.11, .31] fails. A bound that is the margin itself fails, and so does one that is no number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ml.metrics.catalogue import LIKELIHOOD, LIKELIHOOD_UNIT, MIOU, SCANMATCH, metric
from ml.metrics.intervals import Estimate

FILE = Path(__file__).parent / "rules.json"
NON_INFERIOR, BETTER = "non-inferior", "better-than-baselines"


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured on each case: its words, its unit (blank for a share of 1) and which way is better."""

    words: str
    unit: str
    higher_is_better: bool

    def lead(self, difference: Estimate) -> float:
        """By how much the first is at least better than the second, where ``difference`` is first less second:
        the one-sided 97.5 % bound, negative where it may be worse."""
        return difference.low if self.higher_is_better else -difference.high


# what a rule can be about: metrics in other words where theirs are too short, and the likelihood
MEASURES: dict[str, Measure] = {
    name: Measure(words, metric(name).unit, metric(name).higher_is_better)
    for name, words in (
        (SCANMATCH, "ScanMatch with duration"), (MIOU, MIOU), ("total duration error", "total duration error"),
    )
} | {LIKELIHOOD: Measure(LIKELIHOOD, LIKELIHOOD_UNIT, False)}  # fmt: skip


class RulesInvalid(ValueError):
    """The file of rules says something that cannot be judged."""


@dataclass(frozen=True, slots=True)
class Rule:
    """``margin``: in the metric's unit, of non-inferiority only."""

    metric: str
    kind: str
    margin: float | None = None

    def __post_init__(self) -> None:
        if self.metric not in MEASURES:
            raise RulesInvalid(f"no rule can be about {self.metric!r}; there are {', '.join(MEASURES)}")
        if self.kind not in (NON_INFERIOR, BETTER):
            raise RulesInvalid(f"{self.metric}: no rule is of kind {self.kind!r}; {NON_INFERIOR} and {BETTER} are")
        if (self.kind == NON_INFERIOR) != (self.margin is not None) or not (self.margin is None or self.margin > 0):
            raise RulesInvalid(
                f"{self.metric}, {self.kind}: a margin above 0 belongs to {NON_INFERIOR}, and only there"
            )
        if self.kind == BETTER and self.metric == LIKELIHOOD:
            raise RulesInvalid(f"{LIKELIHOOD}: the baselines are paths and have none; only {NON_INFERIOR} can be asked")

    @property
    def measure(self) -> Measure:
        return MEASURES[self.metric]

    @property
    def sentence(self) -> str:
        """The rule in words, as it stands beside its verdict."""
        worse, better = ("below", "above") if self.measure.higher_is_better else ("above", "below")
        if self.kind == BETTER:
            return f"{self.measure.words} must be {better} that of every trivial baseline ({BOUND})"
        margin = f"{self.margin:g} {self.measure.unit}".strip()
        return f"{self.measure.words} must not be {margin} or more {worse} the champion's ({BOUND})"

    def holds(self, difference: Estimate, leads: Mapping[str, Estimate]) -> bool:
        """``difference``: candidate less champion; ``leads``: candidate less each baseline, by name."""
        if self.margin is not None:
            return self.measure.lead(difference) > -self.margin
        return bool(leads) and all(self.measure.lead(lead) > 0 for lead in leads.values())


BOUND = "97.5 % bound of the difference"


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one version; ``sha256`` is the file's, so that a verdict says by what it was made."""

    version: int
    sha256: str
    rules: tuple[Rule, ...]


def load_rules(path: Path = FILE) -> Rules:
    """Raises :class:`RulesInvalid`."""
    content = path.read_bytes()
    try:
        given = json.loads(content)
        rules = tuple(Rule(**rule) for rule in given["rules"])
        found = Rules(int(given["version"]), hashlib.sha256(content).hexdigest(), rules)
    except (TypeError, KeyError, json.JSONDecodeError) as error:
        raise RulesInvalid(f"{path}: not rules of the gate ({error})") from error
    if not rules:
        raise RulesInvalid(f"{path}: without a rule everything would pass")
    return found
