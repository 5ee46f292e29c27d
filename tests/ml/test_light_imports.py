"""What the web process and the training worker import of ``ml`` takes no heavy library along."""

from __future__ import annotations

import subprocess
import sys

import pytest

LIGHT = [
    ("ml.gaze.scanpath, ml.medgaze.stages, ml.medgaze.model_info", "torch transformers numpy django"),
    ("ml.metrics.catalogue", "torch transformers PIL django"),
    (
        "ml.rating.results, ml.rating.design, ml.ladder.elo, ml.ladder.pairs, ml.ladder.place, ml.ladder.correlation",
        "torch transformers PIL django networkx",
    ),
    ("ml.training.runlog", "torch numpy"),
]


@pytest.mark.parametrize(("modules", "heavy"), LIGHT)
def test_these_modules_import_nothing_heavy(modules: str, heavy: str) -> None:
    code = f"import sys, {modules}; print({set(heavy.split())} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
