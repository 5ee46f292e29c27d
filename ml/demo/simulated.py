"""Scores on held-out simulated cases, always beside the trivial baselines and the simulator's own ceilings.

Beside the shares stand the way to the oracle medoid, what another film or report costs (paired), how well the predicted
reading time ranks the cases, and how often the next fixation falls where the model expects it.

The worlds, cases and readers' noise come from seeds that training never uses. Truth of a case: two different
readers. Every predictor is scored against both, by ScanMatch with duration and by the IoU of duration maps; means
over cases with 95 % bootstrap intervals. *Share* = (predictor - best baseline) / (inter-reader - best baseline).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.evaluation.baselines import CENTRE, CONSTANT, HUMAN_ELSEWHERE, MEAN_PATH, UNIFORM, Trivial
from ml.evaluation.coverage import next_fixation_coverage
from ml.evaluation.difficulty import advantage, ranking
from ml.evaluation.predicting import run_model
from ml.medgaze.medoid import medoid
from ml.medgaze.predictor import MedGazePredictor
from ml.metrics.batches import padded
from ml.metrics.cases import INTER_READER, SAME_READER, ModelRun, Pair, PlainCase, against, another
from ml.metrics.catalogue import MIOU, SCANMATCH, metric
from ml.metrics.intervals import Estimate
from ml.metrics.paths import Floats, Path
from ml.metrics.scores import MetricTable, Share
from ml.simulator import frozen
from ml.simulator.cases import Case, simulate_case
from ml.simulator.findings import Finding
from ml.simulator.framing import Box
from ml.simulator.frozen import Seeds
from ml.simulator.pool import Pool, make_pool
from ml.simulator.readers import READERS, Reader, read_film

SERVED, ORACLE_MEDOID = "model, served (medoid)", "oracle medoid"
TRAIN_CASES = 100  # whose readings the baselines may learn from
METRICS = (SCANMATCH, MIOU)
# This bench's names for the baselines; a shuffled case is another reader's reading of another case.
BASELINES = {
    "shuffled case": HUMAN_ELSEWHERE,
    "centre Gaussian": CENTRE,
    "mean path": MEAN_PATH,
    "uniform": UNIFORM,
    "best constant path": CONSTANT,
}
ORACLE_DRAWS = 21
PREDICTED, ABOVE_NAIVE = "predicted reading time", "difficulty, above the best naive baseline"


def held_out(pool: Pool, count: int, seed: int) -> list[Case]:
    """Cases whose readings 0 and 1 are the truth, 2 another reader, 3 reader 0 again."""
    out = []
    for index in range(count):
        order = [int(i) for i in np.random.default_rng([seed, index, 9]).permutation(len(READERS))]
        readers = (order[0], order[1], order[2], order[0])
        out.append(simulate_case(pool[index % len(pool)], (seed, index), readers=readers))
    return out


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What an oracle knows of a case: arguments of ``read_film``."""

    boxes: dict[str, Box]
    asserted: tuple[str, ...]
    findings: tuple[Finding, ...]
    efforts: tuple[float, ...] = ()


def everything(case: Case) -> Knowledge:
    return Knowledge(case.boxes, case.report.asserted, case.findings, case.report.efforts)


@dataclass(frozen=True)
class Bench:
    """The frozen test cases with everything a predictor is measured against."""

    seeds: Seeds
    drawn: list[Case]
    learnt: list[Case]  # what the baselines, and nobody else, learn from
    test: list[PlainCase]
    trivial: Trivial
    people: dict[str, list[list[Pair]]]

    @classmethod
    def draw(cls, cases: int, seeds: Seeds | None = None) -> Bench:
        """``seeds``: others than the frozen ones, while the simulator is tuned."""
        seeds = seeds or frozen.seeds()
        drawn = held_out(make_pool(seeds.test_worlds, seeds.test_seed), cases, seeds.test_seed)
        learnt = held_out(make_pool(seeds.train_worlds, seeds.train_seed), TRAIN_CASES, seeds.train_seed)
        test = [_plain(f"test {i}", case, readings=2) for i, case in enumerate(drawn)]
        train = [_plain(f"train {i}", case, readings=3) for i, case in enumerate(learnt)]
        trivial = Trivial(test, train, seed=5, limit=TRAIN_CASES)
        trivial.paths[HUMAN_ELSEWHERE] = [drawn[p].readings[2] for p in another(test)]
        people = {
            INTER_READER: scored([case.readings[2] for case in drawn], test),
            SAME_READER: [[(case.readings[3], case.readings[0])] for case in drawn],
        }
        return cls(seeds, drawn, learnt, test, trivial, people)

    def table(self, rows: dict[str, list[list[Pair]]]) -> dict[str, Any]:
        """Scores of baselines, people and ``rows``; shares of ``rows`` and, as a check, of the people."""
        everyone = self.people | rows
        estimates: dict[str, dict[str, Estimate]] = {name: {} for name in (*BASELINES, *everyone)}
        shares: dict[str, dict[str, Share | None]] = {}
        to_medoid: dict[str, Share | None] = {}
        drops: dict[str, dict[str, Estimate]] = {}
        for name in METRICS:
            known = self.trivial.rows(name)
            table = MetricTable(metric(name), {row: known[of] for row, of in BASELINES.items()} | everyone)
            for row in estimates:
                estimates[row][name] = table.mean(row)
            if ORACLE_MEDOID in everyone and SERVED in rows:
                to_medoid[name] = table.share(SERVED, tuple(BASELINES), ORACLE_MEDOID)
            drops[name] = {row: table.difference(SERVED, row)[0] for row in rows if row != SERVED and SERVED in rows}
            shares[name] = {row: table.share(row, tuple(BASELINES), INTER_READER) for row in rows}
        values = {name: {row: s.value for row, s in found.items() if s is not None} for name, found in shares.items()}
        return {
            "bench": frozen.version(), "cases": len(self.test), "rows": estimates, "share": values,
            "share intervals": shares, "way to the oracle medoid": to_medoid, "paired difference": drops,
        }  # fmt: skip


def score(predictor: MedGazePredictor, *, cases: int = 300) -> dict[str, Any]:
    """All rows of the table: baselines, ceilings, model and its ablations."""
    bench = Bench.draw(cases)
    drawn = [draws(everything(case), index, bench.seeds.test_seed) for index, case in enumerate(bench.drawn)]
    bench.people[ORACLE_MEDOID] = scored([consensus(paths) for paths in drawn], bench.test)
    # One draw more than the served path is chosen from: the last one is a draw like any other.
    own, *ablations = run_model(predictor, "model", bench.test, samples=predictor.model.config.decoding.samples + 1)
    models = {
        SERVED: scored([p.served for p in own.predictions], bench.test),
        "model, one draw": scored([p.samples[-1] for p in own.predictions], bench.test),
        **{run.name: scored([p.served for p in run.predictions], bench.test) for run in ablations},
    }
    true_s = np.array([np.mean([path[:, 2].sum() for path in paths]) for paths in drawn])
    autoregressive = predictor.model.config.decoder.kind == "autoregressive"
    return bench.table(models) | {
        **reading_time(own, bench, true_s),
        "coverage of the next fixation": next_fixation_coverage(predictor, bench.test) if autoregressive else {},
        "about": own.about,
    }


def reading_time(model: ModelRun, bench: Bench, true_s: Floats) -> dict[str, Any]:
    """How the predicted total duration, and counts that need less, rank cases by ``true_s``: the mean duration of the
    simulator's own readings of a case, s; and by how much better the former does than the best of the latter."""
    drawn = [prediction.samples for prediction in model.predictions]
    predicted = np.array([np.mean([path[:, 2].sum() for path in paths]) for paths in drawn])
    naive: dict[str, list[Any]] = {
        "predicted number of fixations": [np.mean([len(path) for path in paths]) for paths in drawn],
        "report length (words)": [len(case.report.text.split()) for case in bench.drawn],
        "findings on the film": [sum(f.visibility > 0 for f in case.findings) for case in bench.drawn],
        "findings in the report": [len(case.report.asserted) for case in bench.drawn],
    }
    counts = {PREDICTED: predicted} | {name: np.array(count, np.float64) for name, count in naive.items()}
    above = advantage(predicted, [counts[name] for name in naive], true_s)
    return {
        "difficulty": {name: ranking(name, count, true_s) for name, count in counts.items()},
        ABOVE_NAIVE: above,
    }


def _plain(key: str, case: Case, readings: int) -> PlainCase:
    """For the harness, with its first readings."""
    read = zip(case.readers[:readings], case.readings[:readings], strict=True)
    return PlainCase(
        key, case.film, case.report.text, tuple((str(who), path) for who, path in read), len(case.findings)
    )


def scored(paths: Sequence[Path], cases: Sequence[PlainCase]) -> list[list[Pair]]:
    return [against(path, case) for path, case in zip(paths, cases, strict=True)]


def draws(known: Knowledge, index: int, seed: int) -> list[Path]:
    """Fresh readings of test case ``index`` by simulated readers drawn at random, who know only ``known``."""
    rng = np.random.default_rng([seed, index, 21])
    return [reading(known, READERS[int(rng.integers(len(READERS)))], rng) for _ in range(ORACLE_DRAWS)]


def reading(known: Knowledge, who: Reader, rng: np.random.Generator) -> Path:
    return read_film(who, known.boxes, known.asserted, known.findings, rng, known.efforts)


def consensus(paths: Sequence[Path]) -> Path:
    """Their medoid: the rule by which a model is served."""
    return paths[medoid(padded(paths, 0.0), np.array([len(path) for path in paths], np.int_), 0.5)]


def table(result: dict[str, Any]) -> str:
    """The result as lines for people."""
    lines = [f"bench {result['bench']}, held-out simulated cases: {result['cases']}", f"{'':<32}{'ScanMatch':<24}mIoU"]
    for name, row in result["rows"].items():
        lines.append(f"{name:<32}{row['ScanMatch']!s:<24}{row['mIoU']!s}")
    for name, shares in result["share intervals"].items():
        lines.append(f"share, {name}: " + ", ".join(f"{row} {share}" for row, share in shares.items()))
    lines += [
        f"way to the oracle medoid, {name}: {share}" for name, share in result["way to the oracle medoid"].items()
    ]
    for name, drops in result["paired difference"].items():
        lines += [f"served less {row}, {name}: {drop}" for row, drop in drops.items()]
    lines += [f"Spearman with the true reading time, {name}: {r.spearman}" for name, r in result["difficulty"].items()]
    lines.append(f"the same, above the best naive baseline: {result[ABOVE_NAIVE]}")
    lines += [f"{m:.0%} region holds {share}" for m, share in result["coverage of the next fixation"].items()]
    return "\n".join(lines)
