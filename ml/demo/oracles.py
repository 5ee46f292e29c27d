"""Is the bench worth beating? What readers score who know the simulator by heart but see only part of a case.

A bench flatters when half of its distance can be gone without looking at the film, without reading the report, or
without finding anything on the film. Three oracles draw from the simulator's own readers and differ only in what they
know. Each is served as a model would be, as the medoid of 21 draws; one draw of each is printed beside it:

- *text only*: the report's assertions and the mean boxes of training films; no film.
- *film only*: the film's true boxes and its visible findings, each of which it takes for asserted; no report.
- *anatomy + zone's name*: the film's true boxes and the report's assertions; no finding on the film.

*Share* = (oracle - B) / (C - B): B the best of shuffled case, centre Gaussian, mean path, uniform and best constant
path, C another reader of the same case. ``python -m ml.demo.oracles [cases]`` prints the table.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ml.demo.simulated import (
    BASELINES,
    METRICS,
    ORACLE_DRAWS,
    Bench,
    Knowledge,
    consensus,
    draws,
    everything,
    reading,
    scored,
)
from ml.metrics.cases import INTER_READER, Pair
from ml.metrics.catalogue import MIOU, SCANMATCH, metric
from ml.metrics.intervals import Estimate
from ml.metrics.scores import MetricTable
from ml.simulator.cases import Case
from ml.simulator.framing import Box
from ml.simulator.frozen import Seeds
from ml.simulator.readers import READERS

KNOWING = "worth of knowing the reader"
HIGHEST_SHARE = 0.5  # of the way, that no oracle may reach
SMALLEST_GAP = {SCANMATCH: 0.10, MIOU: 0.09}  # from the best baseline to another reader
PLAIN = 0.3  # visibility from which the film-only oracle takes a finding for one that the report names


def mean_boxes(cases: Sequence[Case]) -> dict[str, Box]:
    """Each region's box, averaged over the films that show it."""
    names = sorted({name for case in cases for name in case.boxes})
    means = {name: np.mean([case.boxes[name] for case in cases if name in case.boxes], axis=0) for name in names}
    return {name: (float(m[0]), float(m[1]), float(m[2]), float(m[3])) for name, m in means.items()}


def text_only(usual: dict[str, Box]) -> Callable[[Case], Knowledge]:
    return lambda case: Knowledge(usual, case.report.asserted, (), case.report.efforts)


def film_only(case: Case) -> Knowledge:
    seen = [replace(f, place=f"spot {number}") for number, f in enumerate(case.findings) if f.visibility > 0]
    return Knowledge(case.boxes, tuple(f.place for f in seen if f.visibility >= PLAIN), tuple(seen))


def anatomy_and_name(case: Case) -> Knowledge:
    return Knowledge(case.boxes, case.report.asserted, (), case.report.efforts)


ORACLES = ("text only", "film only", "anatomy + zone's name")


def measure(cases: int = 300, seeds: Seeds | None = None) -> dict[str, Any]:
    """The bench's table over its frozen test cases, with each oracle served and as one draw."""
    bench = Bench.draw(cases, seeds)
    oracles: dict[str, Callable[[Case], Knowledge]] = {
        "oracle medoid": everything,
        "text only": text_only(mean_boxes(bench.learnt)),
        "film only": film_only,
        "anatomy + zone's name": anatomy_and_name,
    }
    rows = {}
    for name, oracle in oracles.items():
        known = [oracle(case) for case in bench.drawn]
        drawn = [draws(t, index, bench.seeds.test_seed) for index, t in enumerate(known)]
        rows[name] = scored([consensus(paths) for paths in drawn], bench.test)
        rows[f"{name}, one draw"] = scored([paths[0] for paths in drawn], bench.test)
    return bench.table(rows) | {KNOWING: knowing_the_reader(bench)}


def knowing_the_reader(bench: Bench) -> dict[str, dict[str, Estimate]]:
    """What it is worth to know who reads to somebody who knows everything else, by reader and metric: how much better
    the medoid of that reader's own draws agrees with another reading of his than the medoid of anybody's.

    A yardstick for adapting, of readers at full skill; a model that knows less may gain more.
    """
    found: dict[str, dict[str, Estimate]] = {}
    names = [case.key for case in bench.test]
    for number, reader in enumerate(READERS):
        rows: dict[str, list[list[Pair]]] = {"own": [], "anybody's": []}
        for index, case in enumerate(bench.drawn):
            known, rng = everything(case), np.random.default_rng([bench.seeds.test_seed, index, 22, number])
            truth = reading(known, reader, rng)
            own = consensus([reading(known, reader, rng) for _ in range(ORACLE_DRAWS)])
            rows["own"].append([(own, truth)])
            rows["anybody's"].append([(consensus(draws(known, index, bench.seeds.test_seed)), truth)])
        tables = {m: MetricTable(metric(m), rows, names) for m in METRICS}
        found[reader.name] = {m: table.difference("own", "anybody's")[0] for m, table in tables.items()}
    return found


def gap(result: dict[str, Any], metric: str) -> float:
    """From the best baseline to another reader."""
    rows = result["rows"]
    return float(rows[INTER_READER][metric].value - max(rows[name][metric].value for name in BASELINES))


def faults(result: dict[str, Any]) -> list[str]:
    """What makes this bench flatter a model; empty where it may be used."""
    gaps = {m: gap(result, m) for m in METRICS}
    out = [f"{m}: the gap is {gaps[m]:.3f}, below {low}" for m, low in SMALLEST_GAP.items() if gaps[m] < low]
    shares = result["share"]
    passing = [(name, m) for name in ORACLES for m in METRICS if shares[m].get(name, 1.0) >= HIGHEST_SHARE]
    return out + [f"{m}: {name} goes {shares[m].get(name, float('nan')):.2f} of the way" for name, m in passing]


def table(result: dict[str, Any]) -> str:
    """Markdown lines: scores with 95 % bootstrap intervals over cases, shares, gaps, faults."""
    lines = ["| reader | ScanMatch with duration | share | mIoU | share |", "|---|---|---|---|---|"]
    for name, row in result["rows"].items():
        cells = [f"{row[m]} | {result['share intervals'][m].get(name) or ''}" for m in METRICS]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += ["", *(f"{m}: gap {gap(result, m):.3f}" for m in METRICS)]
    lines += [
        f"{KNOWING}, {who}: " + ", ".join(f"{m} {e}" for m, e in gains.items())
        for who, gains in result[KNOWING].items()
    ]
    return "\n".join([*lines, *(f"FAULT {fault}" for fault in faults(result))])


if __name__ == "__main__":
    number = [int(argument) for argument in sys.argv[1:]]
    found = measure(number[0] if number else 300, Seeds.trial(number[1]) if len(number) > 1 else None)
    print(f"bench {found['bench']}, {found['cases']} held-out cases\n\n{table(found)}")
