"""What the bundled model serves stays what it was: its readings of five films, recorded once.

Through the predictor as the app loads it, on a CPU that multiplies bfloat16 by itself and on one that does not: each
gives the same numbers with any count of threads, but not those of the other. After a change that is meant to move the
readings: ``python -m tests.ml.test_served_readings`` records them anew.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from ml.cli.places import DEMO
from ml.evaluation.gate.frozen import JUDGED, SET
from ml.medgaze.predictor import MedGazePredictor

CASES = SET / JUDGED
GOLDEN = Path(__file__).parent / "golden" / "served_readings.json"
KINDS = ("float32", "bfloat16")
SAMPLES = 2
# x, y (film fractions), onset, duration (s); sd of x and y; rho; 5 % and 95 % quantiles of the duration (s)
TOLERANCE = [1e-5] * 4 + [5e-5] * 2 + [2e-3] + [5e-5] * 2
HERE = torch.cpu.get_capabilities()


def load(kind: str) -> MedGazePredictor:
    """As on a CPU that is quickest in this kind of number."""
    can = HERE if kind == "bfloat16" else {**HERE, "avx512_bf16": False, "amx_bf16": False}
    with mock.patch.object(torch.cpu, "get_capabilities", lambda: can):
        return MedGazePredictor.load(DEMO, device="cpu", optimize=True)


def readings(predictor: MedGazePredictor) -> dict[str, list[list[list[float]]]]:
    """By case: for each sample, the numbers of ``TOLERANCE`` of each fixation."""
    with (CASES / "cases.csv").open() as lines:
        cases = list(csv.DictReader(lines))[:5]
    return {
        case["case"]: [
            [_numbers(fixation) for fixation in sample.fixations]
            for sample in predictor.predict(_film(case), _report(case), samples=SAMPLES, seed=7).samples
        ]
        for case in cases
    }


def _film(case: dict[str, str]) -> NDArray[Any]:
    return np.asarray(Image.open(CASES / "films" / f"{case['film_sha256']}.png"))


def _report(case: dict[str, str]) -> str:
    return (CASES / "reports" / f"{case['case']}.txt").read_text()


def _numbers(fixation: Any) -> list[float]:
    at, spread = fixation, fixation.ellipse
    place, doubt = (at.x, at.y, at.onset_s, at.duration_s), (spread.sd_x, spread.sd_y, spread.rho)
    return [round(number, 7) for number in (*place, *doubt, at.duration_low_s, at.duration_high_s)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_bundled_models_readings_of_five_films_stay_as_they_were(kind: str) -> None:
    if kind == "bfloat16" and not HERE.get("amx_bf16"):
        pytest.skip("recorded on a CPU with AMX; other bfloat16 units round sums in another order")
    wanted, got = json.loads(GOLDEN.read_text())[kind], readings(load(kind))
    assert len(wanted) == 5 and got.keys() == wanted.keys()
    for case, samples in wanted.items():
        for number, (one, other) in enumerate(zip(samples, got[case], strict=True)):
            assert len(one) == len(other), (case, number)
            apart = np.abs(np.array(one) - np.array(other)).max(0)
            assert (apart <= TOLERANCE).all(), (case, number, apart)


if __name__ == "__main__":
    recorded = {kind: readings(load(kind)) for kind in KINDS}
    GOLDEN.write_text(json.dumps(recorded, separators=(",", ":")).replace('"g', '\n"g') + "\n")
