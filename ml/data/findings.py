"""How many findings a film has by the labels of its set: a naive baseline of difficulty that needs no model."""

from __future__ import annotations

from collections.abc import Mapping

PRESENT = {"reflacx": 3.0}  # least figure that asserts: of 0..5, from "possibly" on; elsewhere 1 is there, -1 not sure
USUAL = 1.0
LABELLER = "__chx"  # EGD-CXR's suffix of what an automatic labeller read out of the same report
NO_FINDING = frozenset({"no finding", "normal", "normal anatomically", "support devices"})


def count_findings(labels: Mapping[str, float], dataset: str) -> int | None:
    """Labels that say something is there; None where the set gives none. A label that two labellers share counts
    once, devices and the labels of a normal film not at all."""
    if not labels:
        return None
    least = PRESENT.get(dataset, USUAL)
    there = {name.removesuffix(LABELLER).replace("_", " ").lower() for name, value in labels.items() if value >= least}
    return len(there - NO_FINDING)
