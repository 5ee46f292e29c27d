"""The gate: candidate against champion on the frozen set, paired, with the trivial baselines beside them.

Importing this takes no torch along: the rules and the set can be looked at without.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.data.types import Progress
from ml.evaluation.baselines import Trivial
from ml.evaluation.gate.frozen import FrozenSet, load_set
from ml.evaluation.gate.rules import Rule, load_rules
from ml.metrics.cases import EvaluationCase, against
from ml.metrics.catalogue import LIKELIHOOD, metric
from ml.metrics.intervals import Estimate, bootstrap_mean
from ml.metrics.paths import Floats
from ml.metrics.scores import MetricTable

if TYPE_CHECKING:
    from ml.evaluation.gate.running import Answers

VERSION = 1  # of what a verdict looks like
CHAMPION, CANDIDATE = "champion", "candidate"
TRIED = 40  # readings as the best constant path, and cases they are tried on
DIGITS = 6  # of the figures; rules are judged on all of them


@dataclass(frozen=True, slots=True)
class Measured:
    """One metric on every case, (cases,) each: of both models and, by name, of the baselines that have one."""

    champion: Floats
    candidate: Floats
    baselines: Mapping[str, Floats]


def judge(
    champion: Path,
    candidate: Path,
    *,
    progress: Progress = lambda done, of: None,
    cases: int | None = None,
    threads: int | None = None,
    device: str = "auto",
) -> dict[str, Any]:
    """The verdict on two model folders, as plain values for JSON; the same two give the same but for ``seconds``.

    ``progress``: called with predictions made, and of how many. ``cases``: of the set only the first so many, to try
    things out. ``threads``: of torch. Raises :class:`ml.evaluation.gate.frozen.GateRefused` where a model cannot be
    loaded or gives no reading, or the frozen set was changed.
    """
    began = time.monotonic()
    rules, frozen = load_rules(), load_set(cases=cases)
    answers = _answers({CANDIDATE: candidate, CHAMPION: champion}, frozen, progress, threads, device)
    measured = measure(frozen, answers[CHAMPION], answers[CANDIDATE], {rule.metric for rule in rules.rules})
    rows = [row(rule, measured[rule.metric]) for rule in rules.rules if rule.metric in measured]
    return {
        "version": VERSION,
        "rules": {"version": rules.version, "sha256": rules.sha256},
        "set": {
            "name": frozen.name, "sha256": frozen.sha256, "cases": len(frozen.cases), "readings": frozen.readings,
            "simulated": True,
        },
        "champion": answers[CHAMPION].sha256,
        "candidate": answers[CANDIDATE].sha256,
        "rows": rows,
        "left_out": _left_out(answers) if LIKELIHOOD not in measured else [],
        "passed": all(row["passed"] for row in rows),
        "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def measure(frozen: FrozenSet, champion: Answers, candidate: Answers, metrics: set[str]) -> dict[str, Measured]:
    """By metric; without the likelihood where one of the two has none."""
    cases: list[EvaluationCase] = list(frozen.cases)
    trivial = Trivial(cases, frozen.learnt, limit=TRIED)
    served = {
        who: [against(path, case) for path, case in zip(model.served, cases, strict=True)]
        for who, model in ((CHAMPION, champion), (CANDIDATE, candidate))
    }
    out: dict[str, Measured] = {}
    for name in sorted(metrics - {LIKELIHOOD}):
        values = dict(MetricTable(metric(name), served | trivial.rows(name)).values)
        out[name] = Measured(values.pop(CHAMPION), values.pop(CANDIDATE), values)
    if LIKELIHOOD in metrics and champion.nats is not None and candidate.nats is not None:
        out[LIKELIHOOD] = Measured(champion.nats, candidate.nats, {})
    return out


def row(rule: Rule, measured: Measured) -> dict[str, Any]:
    """What the rule asks for and whether it is so.

    The baseline shown is the one over which the candidate's lead is least sure. ``cases``: with a finite score of both
    models; where that is not all of them nothing has passed, since the mean of the others would flatter.
    """
    champion, candidate = (np.where(np.isfinite(x), x, np.nan) for x in (measured.champion, measured.candidate))
    difference = bootstrap_mean(candidate - champion)
    cases = int(np.isfinite(candidate - champion).sum())
    leads = {name: bootstrap_mean(candidate - values) for name, values in measured.baselines.items()}
    hardest = min(leads, key=lambda name: rule.measure.lead(leads[name]), default=None)
    baseline = None
    if hardest is not None:
        baseline = {"name": hardest, "value": _figure(bootstrap_mean(measured.baselines[hardest]).value)}
    return {
        "metric": rule.metric,
        "unit": rule.measure.unit,
        "higher_is_better": rule.measure.higher_is_better,
        "champion": _interval(bootstrap_mean(champion)),
        "candidate": _interval(bootstrap_mean(candidate)),
        "difference": _interval(difference),
        "baseline": baseline,
        "over_baseline": None if hardest is None else _interval(leads[hardest]),
        "rule": rule.sentence,
        "kind": rule.kind,
        "margin": rule.margin,
        "cases": cases,
        "passed": cases == len(candidate) and rule.holds(difference, leads),
    }


def _answers(
    models: Mapping[str, Path], frozen: FrozenSet, progress: Progress, threads: int | None, device: str
) -> dict[str, Answers]:
    """Of each model on all cases, one after the other: two large ones need not fit in memory together."""
    from ml.evaluation.gate.running import answer, load
    from ml.medgaze.threads import threads as torch_threads

    count = len(frozen.cases)

    def from_here(before: int) -> Progress:
        return lambda done, _: progress(before + done, len(models) * count)

    out = {}
    with ExitStack() as stack:
        if threads is not None:
            stack.enter_context(torch_threads(threads))
        for number, (who, folder) in enumerate(models.items()):
            further = from_here(number * count)
            further(0, count)
            out[who] = answer(load(folder, who, device), who, frozen.cases, progress=further)
    return out


def _left_out(answers: Mapping[str, Answers]) -> list[dict[str, str]]:
    why = [f"the {who}: {model.without}" for who, model in answers.items() if model.without]
    return [{"metric": LIKELIHOOD, "reason": "; ".join(why)}]


def _interval(estimate: Estimate) -> dict[str, float | None]:
    return {name: _figure(getattr(estimate, name)) for name in ("value", "low", "high")}


def _figure(value: float) -> float | None:
    """Rounded; None for what is no number, which JSON has no word for."""
    return round(value, DIGITS) if math.isfinite(value) else None
