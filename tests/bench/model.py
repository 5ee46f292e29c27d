"""How long a prediction takes: the bundled model whole, the full-size model with random weights stage by stage."""

from __future__ import annotations

import torch

from ml import bench
from tests.bench.row import Row
from tests.live.house import ROOT

THREADS, ROUNDS, PAPER_ROUNDS = 2, 60, 3


def measure() -> list[Row]:
    torch.set_num_threads(THREADS)
    rows = []
    for figure in bench.demo_rows(ROOT / "ml" / "weights" / "demo", ROUNDS):
        bar = 80.0 if figure["what"] == "predict, whole" else None
        rows.append(Row(f"demo: {figure['what'].strip()}", figure["times_ms"], "ms", bar=bar, of="p95"))
    for figure in bench.paper_rows(PAPER_ROUNDS):
        rows.append(Row(f"paper, random weights: {figure['what']}", figure["times_ms"], "ms"))
    return rows
