"""Scores on held-out simulated cases, always beside the trivial baselines and the simulator's own ceilings.

The worlds, cases and readers' noise come from seeds that training never uses. Truth of a case: two different
readers. Every predictor is scored against both, by ScanMatch with duration and by the IoU of duration maps; means
over cases with 95 % bootstrap intervals. *Share* = (predictor - best baseline) / (inter-reader - best baseline).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ml.medoid import medoid
from ml.metrics.intervals import Estimate, bootstrap_mean
from ml.metrics.overlap import MapOverlap, iou
from ml.metrics.scanmatch import ScanMatch
from ml.models.medgaze import MedGazeModel
from ml.processor import MedGazeProcessor
from ml.simulate.cases import Case, simulate_case
from ml.simulate.pool import Pool, make_pool
from ml.simulate.readers import READERS, read_film

Path = NDArray[np.float64]  # (n, 3): x, y in film fractions, duration in s
TEST_WORLDS, TEST_SEED = 120, 970_001  # never used in training
TRAIN_WORLDS, TRAIN_SEED = 60, 960_001  # readings that the baselines may learn from
BASELINES = ("shuffled case", "centre Gaussian", "mean path", "uniform", "best constant path")
ORACLE_DRAWS = 21


def held_out(pool: Pool, count: int, seed: int) -> list[Case]:
    """Cases whose readings 0 and 1 are the truth, 2 another reader, 3 reader 0 again."""
    out = []
    for index in range(count):
        order = [int(i) for i in np.random.default_rng([seed, index, 9]).permutation(len(READERS))]
        readers = (order[0], order[1], order[2], order[0])
        out.append(simulate_case(pool[index % len(pool)], (seed, index), readers=readers))
    return out


class Scores:
    """Both metrics of predicted paths against the truths of cases."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self.cases = cases
        self.match, self.overlap = ScanMatch(), MapOverlap()
        self.masks = [[self.overlap.prepare(path) for path in case.readings[:2]] for case in cases]

    def __call__(self, paths: Sequence[Path], truths: Sequence[int] = (0, 1)) -> dict[str, Estimate]:
        matches, overlaps = [], []
        for case, masks, path in zip(self.cases, self.masks, paths, strict=True):
            matches.append(np.mean([self.match(path, case.readings[t]) for t in truths]))
            mine = self.overlap.prepare(path)
            overlaps.append(np.mean([iou(mine, masks[t]) for t in truths]))
        return {"ScanMatch": bootstrap_mean(np.array(matches)), "mIoU": bootstrap_mean(np.array(overlaps))}


def score(model: MedGazeModel, processor: MedGazeProcessor, *, cases: int = 300) -> dict[str, Any]:
    """All rows of the table: baselines, ceilings, model and its ablations."""
    test = held_out(make_pool(TEST_WORLDS, TEST_SEED), cases, TEST_SEED)
    train = held_out(make_pool(TRAIN_WORLDS, TRAIN_SEED), 100, TRAIN_SEED)
    scores = Scores(test)
    rng = np.random.default_rng(5)
    rows: dict[str, dict[str, Estimate]] = {}
    learnt = [path for case in train for path in case.readings[:3]]

    rows["shuffled case"] = scores([test[(i + 1) % len(test)].readings[2] for i in range(len(test))])
    rows["centre Gaussian"] = scores([_scattered(learnt, rng, lambda n: rng.normal(0.5, 0.15, (n, 2))) for _ in test])
    rows["mean path"] = scores([_mean_path(learnt)] * len(test))
    rows["uniform"] = scores([_scattered(learnt, rng, lambda n: rng.random((n, 2))) for _ in test])
    by_match, by_overlap = _best_constants(train, learnt[::3])
    rows["best constant path"] = {
        "ScanMatch": scores([by_match] * len(test))["ScanMatch"],
        "mIoU": scores([by_overlap] * len(test))["mIoU"],
    }
    rows["inter-reader"] = scores([case.readings[2] for case in test])
    rows["same reader again"] = scores([case.readings[3] for case in test], truths=(0,))
    rows["oracle medoid"] = scores([_oracle(case, i) for i, case in enumerate(test)])

    shift = [(i + 1) % len(test) for i in range(len(test))]
    films, texts = [case.film for case in test], [case.report.text for case in test]
    own = draw_paths(model, processor, films, texts)
    rows["model, served (medoid)"] = scores([p[0] for p in own])
    rows["model, one draw"] = scores([p[1] for p in own])
    rows["model, another case's report"] = scores(
        [p[0] for p in draw_paths(model, processor, films, [texts[i] for i in shift])]
    )
    rows["model, another case's film"] = scores(
        [p[0] for p in draw_paths(model, processor, [films[i] for i in shift], texts)]
    )
    shares = {}
    for metric in ("ScanMatch", "mIoU"):
        best = max(rows[name][metric].value for name in BASELINES)
        gap = rows["inter-reader"][metric].value - best
        shares[metric] = {
            name: (row[metric].value - best) / gap for name, row in rows.items() if name.startswith("model")
        }
    return {"cases": cases, "rows": rows, "share": shares}


@torch.inference_mode()
def draw_paths(
    model: MedGazeModel,
    processor: MedGazeProcessor,
    films: Sequence[NDArray[Any]],
    reports: Sequence[str],
    *,
    batch: int = 25,
) -> list[tuple[Path, Path]]:
    """For each case the medoid of the configured number of draws, and the first draw."""
    out: list[tuple[Path, Path]] = []
    config = model.config
    for start in range(0, len(films), batch):
        part = slice(start, start + batch)
        seen = [processor.film(film) for film in films[part]]
        ids, mask = processor.collate_reports([processor.report(text) for text in reports[part]])
        paths = model(torch.stack([pixels for pixels, _ in seen]), ids, mask).paths
        generator = torch.Generator().manual_seed(start)
        drawn, lengths, _ = paths.sample(config.decode_samples, generator, config.decode_temperature)
        for row, (_, transform) in enumerate(seen):
            path, count = drawn[row].double().numpy(), lengths[row].numpy().astype(np.int_)
            path[..., :2] = np.clip(transform.to_film(path[..., :2]), 0.0, 1.0 - 1e-9)
            best = medoid(path, count, config.medoid_order_weight)
            out.append((path[best, : count[best]], path[0, : count[0]]))
    return out


def _scattered(learnt: Sequence[Path], rng: np.random.Generator, places: Callable[[int], NDArray[np.float64]]) -> Path:
    """Places from a law, length and durations from a training reading."""
    like = learnt[int(rng.integers(len(learnt)))]
    return np.concatenate([np.clip(places(len(like)), 0.0, 0.999), like[:, 2:]], axis=1)


def _mean_path(learnt: Sequence[Path]) -> Path:
    """Training readings averaged fixation by fixation, at their mean length."""
    length = round(float(np.mean([len(path) for path in learnt])))
    rows = [np.mean([path[k] for path in learnt if len(path) > k], axis=0) for k in range(length)]
    return np.array(rows)


def _best_constants(train: Sequence[Case], candidates: Sequence[Path]) -> tuple[Path, Path]:
    """The training readings that score best on the training cases, one a metric."""
    scores = Scores(train)
    results = [scores([path] * len(train)) for path in candidates]
    by_match = int(np.argmax([r["ScanMatch"].value for r in results]))
    by_overlap = int(np.argmax([r["mIoU"].value for r in results]))
    return candidates[by_match], candidates[by_overlap]


def _oracle(case: Case, index: int) -> Path:
    """The medoid of fresh draws of the simulator itself for this case: what the same decoding rule makes of perfect
    knowledge."""
    rng = np.random.default_rng([TEST_SEED, index, 21])
    draws = [
        read_film(READERS[int(rng.integers(len(READERS)))], case.boxes, case.report.asserted, case.findings, rng)
        for _ in range(ORACLE_DRAWS)
    ]
    lengths = np.array([len(path) for path in draws], np.int_)
    stack = np.zeros((len(draws), int(lengths.max()), 3))
    for row, path in zip(stack, draws, strict=True):
        row[: len(path)] = path
    return draws[medoid(stack, lengths, 0.5)]


def table(result: dict[str, Any]) -> str:
    """The result as lines for people."""
    lines = [f"held-out simulated cases: {result['cases']}", f"{'':<32}{'ScanMatch':<24}mIoU"]
    for name, row in result["rows"].items():
        lines.append(f"{name:<32}{row['ScanMatch']!s:<24}{row['mIoU']!s}")
    for metric, shares in result["share"].items():
        lines.append(f"share, {metric}: " + ", ".join(f"{name} {value:.2f}" for name, value in shares.items()))
    return "\n".join(lines)
