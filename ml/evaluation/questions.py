"""What a study asks of its models: on whose readings, and beside which other."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from ml.data.prepared import PreparedCase, ReadCase
from ml.evaluation.plan import FEWEST, Arm
from ml.evaluation.variants import BASE
from ml.metrics.cases import EvaluationCase, film_key
from ml.training.batches import Readings

Numbered = tuple[int, EvaluationCase]  # a case and its number among all


@dataclass(frozen=True, slots=True)
class Question:
    """One table of the study."""

    about: str
    cases: list[Numbered]  # with the readings that are scored
    rows: dict[str, list[str]]  # of each row, the arm that speaks, a case
    pairs: list[tuple[str, str]]  # rows whose difference is reported


def questions(arms: Sequence[Arm], cases: Sequence[EvaluationCase], known: Sequence[PreparedCase]) -> list[Question]:
    """All arms on all readings first. Then, of arms that learnt without a reader (site, set) or from it alone: base and
    every such arm on the readings of its own one, all of those together; and one by one, where ``cases`` (which may be
    the first few only) hold films enough. ``known``: the prepared cases.
    """
    out = [_alike("all readings", arms, list(enumerate(cases)))]
    by_reader = [(arm, arm.readings) for arm in arms if arm.readings is not None]
    for kind in dict.fromkeys((readings.by, readings.others) for _, readings in by_reader):
        family = [(arm, _of(cases, known, r)) for arm, r in by_reader if (r.by, r.others) == kind]
        kept = [one for _, own in family for one in own]
        if len(family) > 1 and _films(kept) >= FEWEST:
            by, others = kind
            name = f"model without the {by}" if others else f"model of the {by} alone"
            about = f"each {by} left out in turn" if others else f"each {by} by its own model"
            rows = {BASE: [BASE] * len(kept), name: [arm.name for arm, own in family for _ in own]}
            out.append(Question(about, kept, rows, [(name, BASE)]))
    for by, name in dict.fromkeys((readings.by, readings.name) for _, readings in by_reader):
        these = [arm for arm, readings in by_reader if (readings.by, readings.name) == (by, name)]
        kept = _of(cases, known, Readings(by, name))
        if _films(kept) >= FEWEST:
            out.append(_alike(f"{by} {name}", [arms[0], *these], kept))
    return out


def comparisons(arms: Sequence[Arm]) -> list[tuple[str, str]]:
    """Every arm and base, and every arm and the one that differs in nothing but the point in question."""
    pairs: list[tuple[str, str]] = []
    for arm in arms:
        for other in dict.fromkeys((BASE, arm.against)):
            if arm.name not in (BASE, other) and (other, arm.name) not in pairs:
                pairs.append((arm.name, other))
    return pairs


def _films(cases: Sequence[Numbered]) -> int:
    return len({film_key(case) for _, case in cases})


def _alike(about: str, arms: Sequence[Arm], cases: list[Numbered]) -> Question:
    """Each arm speaks in a row of its own."""
    return Question(about, cases, {arm.name: [arm.name] * len(cases) for arm in arms}, comparisons(arms))


def _of(cases: Sequence[EvaluationCase], known: Sequence[PreparedCase], readings: Readings) -> list[Numbered]:
    """The cases with the readings of one reader, site or set, and their numbers among all."""
    own, prepared = dataclasses.replace(readings, others=False), {case.key: case for case in known}
    out: list[Numbered] = []
    for number, case in enumerate(cases):
        assert isinstance(case, ReadCase)
        kept = tuple(one for one in case.readings if own.have(prepared[case.key], one[0]))
        if kept:
            out.append((number, dataclasses.replace(case, readings=kept)))
    return out
