"""How long a prediction takes: the bundled model, and the full-size model with random weights, stage by stage."""

from __future__ import annotations

from ml.bench.child import in_child
from ml.bench.measure import SAMPLES, Spec
from ml.bench.table import against_language_model
from tests.bench.row import Row
from tests.live.stack import ROOT

DEMO = Spec(str(ROOT / "ml" / "weights" / "demo"), "cpu", "served", rounds=60)
PAPER = Spec("paper", "cpu", "bf16", rounds=5, most_s=20.0)


def measure() -> list[Row]:
    demo, paper = in_child(DEMO), in_child(PAPER)
    rows = [
        Row("demo: predict", demo["one"]["times_ms"], "ms", bar=150.0, of="p95"),
        Row(f"demo: predict, {SAMPLES} samples", demo["many"]["times_ms"], "ms"),
        *(Row(f"demo: {name}", kept["times_ms"], "ms") for name, kept in demo["kept"].items()),
        *(Row(f"demo: stage {name}", stage["times_ms"], "ms") for name, stage in demo["stages"].items()),
    ]
    if "left_out" in paper:
        print(f"paper: left out, {paper['left_out']}")
        return rows
    assert against_language_model(paper) is not None
    return [
        *rows,
        Row("paper, random weights, bf16: predict", paper["one"]["times_ms"], "ms"),
        *(Row(f"paper: {name}", part["times_ms"], "ms") for name, part in paper["parts"].items()),
        Row("paper: predict over its language model's own forward", paper["over_language_model"], "x", bar=1.5),
        Row(f"paper: {SAMPLES} samples over one", [paper["many_over_one"]], "x", bar=1.2),
    ]
