"""Is the bench worth beating? What readers score who know the simulator by heart but see only part of a case.

A bench flatters when half of its distance can be gone without looking at the film, without reading the report, or
without finding anything on the film. Three oracles draw from the simulator's own readers and differ only in what they
are told. Each is served as a model would be, as the medoid of 21 draws; one draw of each is printed beside it:

- *text only*: the report's assertions and the mean boxes of training films; no film.
- *film only*: the film's true boxes and its visible findings, each of which it takes for asserted; no report.
- *anatomy + zone's name*: the film's true boxes and the report's assertions; no finding on the film.

*Share* = (oracle - B) / (C - B): B the best of shuffled case, centre Gaussian, mean path, uniform and best constant
path, C another reader of the same case. ``python -m ml.simulate.oracles [cases]`` prints the table.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

# The one place where this module takes metrics and trivial baselines from the evaluation.
from ml.evaluation.intervals import Estimate
from ml.evaluation.simulated import BASELINES, ORACLE_DRAWS, Scores, held_out
from ml.evaluation.simulated import _best_constants as best_constants
from ml.evaluation.simulated import _mean_path as mean_path
from ml.evaluation.simulated import _scattered as scattered
from ml.medoid import medoid
from ml.simulate import frozen
from ml.simulate.cases import Case
from ml.simulate.findings import Finding
from ml.simulate.framing import Box
from ml.simulate.pool import make_pool
from ml.simulate.readers import READERS, Path, read_film

METRICS = ("ScanMatch", "mIoU")
HIGHEST_SHARE = 0.5  # of the way, that no oracle may reach
SMALLEST_GAP = {"ScanMatch": 0.10, "mIoU": 0.09}  # from the best baseline to another reader
PLAIN = 0.3  # visibility from which the film-only oracle takes a finding for one that the report names


@dataclass(frozen=True, slots=True)
class Told:
    """What an oracle knows of a case: arguments of ``read_film``."""

    boxes: dict[str, Box]
    asserted: tuple[str, ...]
    findings: tuple[Finding, ...]


def mean_boxes(cases: Sequence[Case]) -> dict[str, Box]:
    """Each region's box, averaged over the films that show it."""
    names = sorted({name for case in cases for name in case.boxes})
    means = {name: np.mean([case.boxes[name] for case in cases if name in case.boxes], axis=0) for name in names}
    return {name: (float(m[0]), float(m[1]), float(m[2]), float(m[3])) for name, m in means.items()}


def everything(case: Case) -> Told:
    return Told(case.boxes, case.report.asserted, case.findings)


def text_only(usual: dict[str, Box]) -> Callable[[Case], Told]:
    return lambda case: Told(usual, case.report.asserted, ())


def film_only(case: Case) -> Told:
    plain = tuple(f.place for f in case.findings if f.visibility >= PLAIN)
    return Told(case.boxes, plain, tuple(f for f in case.findings if f.visibility > 0))


def anatomy_and_name(case: Case) -> Told:
    return Told(case.boxes, case.report.asserted, ())


ORACLES = ("text only", "film only", "anatomy + zone's name")


def draws(told: Told, seed: tuple[int, ...]) -> list[Path]:
    """Fresh readings of what is told, by readers drawn at random."""
    rng = np.random.default_rng(seed)
    return [
        read_film(READERS[int(rng.integers(len(READERS)))], told.boxes, told.asserted, told.findings, rng)
        for _ in range(ORACLE_DRAWS)
    ]


def consensus(paths: Sequence[Path]) -> Path:
    """Their medoid: the rule by which a model is served."""
    lengths = np.array([len(path) for path in paths], np.int_)
    stack = np.zeros((len(paths), int(lengths.max()), 3))
    for row, path in zip(stack, paths, strict=True):
        row[: len(path)] = path
    return paths[medoid(stack, lengths, 0.5)]


Rows = dict[str, dict[str, Estimate]]


def measure(cases: int = 300) -> Rows:
    """Rows of the table over the frozen test cases: baselines, ceilings, and each oracle served and as one draw."""
    seeds = frozen.seeds()
    test = held_out(make_pool(seeds.test_worlds, seeds.test_seed), cases, seeds.test_seed)
    train = held_out(make_pool(seeds.train_worlds, seeds.train_seed), 100, seeds.train_seed)
    scores = Scores(test)
    rows = _baselines(test, train, scores)
    rows["inter-reader"] = scores([case.readings[2] for case in test])
    rows["same reader again"] = scores([case.readings[3] for case in test], truths=(0,))
    tellers: dict[str, Callable[[Case], Told]] = {
        "oracle medoid": everything,
        "text only": text_only(mean_boxes(train)),
        "film only": film_only,
        "anatomy + zone's name": anatomy_and_name,
    }
    for name, tell in tellers.items():
        drawn = [draws(tell(case), (seeds.test_seed, index, 21)) for index, case in enumerate(test)]
        rows[name] = scores([consensus(paths) for paths in drawn])
        rows[f"{name}, one draw"] = scores([paths[0] for paths in drawn])
    return rows


def _baselines(test: Sequence[Case], train: Sequence[Case], scores: Scores) -> Rows:
    rng = np.random.default_rng(5)
    learnt = [path for case in train for path in case.readings[:3]]
    by_match, by_overlap = best_constants(train, learnt[::3])
    constant = {"ScanMatch": scores([by_match] * len(test)), "mIoU": scores([by_overlap] * len(test))}
    rows = (
        scores([test[(i + 1) % len(test)].readings[2] for i in range(len(test))]),
        scores([scattered(learnt, rng, lambda n: rng.normal(0.5, 0.15, (n, 2))) for _ in test]),
        scores([mean_path(learnt)] * len(test)),
        scores([scattered(learnt, rng, lambda n: rng.random((n, 2))) for _ in test]),
        {metric: row[metric] for metric, row in constant.items()},
    )
    return dict(zip(BASELINES, rows, strict=True))


def best_baseline(rows: Rows, metric: str) -> float:
    return max(rows[name][metric].value for name in BASELINES)


def gap(rows: Rows, metric: str) -> float:
    """From the best baseline to another reader."""
    return rows["inter-reader"][metric].value - best_baseline(rows, metric)


def share(rows: Rows, name: str, metric: str) -> float:
    """How much of the gap a row has gone."""
    return (rows[name][metric].value - best_baseline(rows, metric)) / gap(rows, metric)


def faults(rows: Rows) -> list[str]:
    """What makes this bench flatter a model; empty where it may be used."""
    out = [f"{m}: the gap is {gap(rows, m):.3f}, below {low}" for m, low in SMALLEST_GAP.items() if gap(rows, m) < low]
    passing = [(name, m) for name in ORACLES for m in METRICS if share(rows, name, m) >= HIGHEST_SHARE]
    return out + [f"{m}: {name} goes {share(rows, name, m):.2f} of the way" for name, m in passing]


def table(rows: Rows) -> str:
    """Markdown lines: scores with 95 % bootstrap intervals over cases, shares, faults."""
    lines = ["| reader | ScanMatch with duration | share | mIoU | share |", "|---|---|---|---|---|"]
    for name, row in rows.items():
        cells = [f"{row[m]} | {'' if name in BASELINES else f'{share(rows, name, m):.2f}'}" for m in METRICS]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += ["", *(f"{m}: best baseline {best_baseline(rows, m):.3f}, gap {gap(rows, m):.3f}" for m in METRICS)]
    return "\n".join([*lines, *(f"FAULT {fault}" for fault in faults(rows))])


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    print(f"bench {frozen.version()}, {count} held-out cases\n\n{table(measure(count))}")
