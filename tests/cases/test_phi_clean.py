"""Two hundred reports that name nobody: the simulator's, and hand-written ones in `clean_reports.txt`.
And lines in `everyday_lines.txt` that look as if they did."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gazeapp.cases import phi
from ml.simulator.findings import KINDS, Finding
from ml.simulator.regions import SETS
from ml.simulator.reports import write_report

COUNT = 200
MOST = 0.02  # of them that may carry a mark; before folding and the forms of names it was 0.005
HAND_WRITTEN = Path(__file__).with_name("clean_reports.txt").read_text(encoding="utf-8").split("\n---\n")
EVERYDAY = Path(__file__).with_name("everyday_lines.txt").read_text(encoding="utf-8").splitlines()
HEADER = [
    *(
        ("name", name)
        for name in ("Muster", "Erika", "Muster Erika", "Erika Muster", "Li", "Wu", "Roth", "Hansen", "Berg")
    ),
    *(("number", number) for number in ("9RG1", "20239981", "H-896181")),
    *(("date", day) for day in ("19400305", "20240311")),
    *(("place", place) for place in ("Klinikum Nord", "CR1ROOM2")),
]


def simulated(count: int, seed: int = 7) -> list[str]:
    rng = np.random.default_rng(seed)
    regions = tuple(sorted({region for names in SETS.values() for region in names}))
    texts = []
    for _ in range(count):
        kinds = [str(kind) for kind in rng.choice(list(KINDS), int(rng.integers(0, 4)))]
        places = [str(rng.choice(KINDS[kind][0])) for kind in kinds]
        seen = [Finding(kind, place, (), 1.0, SETS[place]) for kind, place in zip(kinds, places, strict=True)]
        texts.append(write_report(seen, regions, bool(rng.random() < 0.3), rng).text)
    return texts


def test_clean_reports_are_left_alone() -> None:
    texts = [*HAND_WRITTEN, *simulated(COUNT - len(HAND_WRITTEN))]
    assert len(texts) == COUNT and len(HAND_WRITTEN) >= 80
    marked = {text: found for text in texts if (found := phi.find_phi(text, HEADER))}
    print(f"{len(marked)} of {COUNT} clean reports carry a mark")
    assert len(marked) <= MOST * COUNT, {text[mark.start : mark.end] for text in marked for mark in marked[text]}


@pytest.mark.parametrize("line", EVERYDAY)
def test_an_everyday_line_names_nobody(line: str) -> None:
    """Neither by itself nor among others: what follows on the next line is no part of it."""
    for text in (line, f"CHEST PA\n{line}\nLungs clear."):
        assert [text[mark.start : mark.end] for mark in phi.find_phi(text, HEADER)] == []
