"""A ready case, and a stand-in for the model: these tests are about what is promised around a prediction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gazeapp.cases.models import Case
from gazeapp.scanpaths import selectors
from ml.gaze.scanpath import Ellipse, Fixation, Reading, Scanpath
from ml.medgaze.stages import STAGES, Stage
from tests.cases.films import stored_case

MODEL = "f" * 64


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Which model the server has; tests may change it."""
    info = SimpleNamespace(name="stand-in", sha256=MODEL, simulated=True, decode="medoid")
    monkeypatch.setattr(selectors, "current_model", lambda: info)
    return info


class StandIn:
    """Yields what `ml.medgaze.predictor.MedGazePredictor.stream` yields."""

    def __init__(self, fixations: int = 4) -> None:
        self.fixations = fixations
        self.calls = 0
        self.before_reading: Callable[[], None] = lambda: None

    def stream(self, film: Any, report: str, *, samples: int, seed: int) -> Iterator[Stage | Fixation | Reading]:
        self.calls += 1
        assert film.shape == (8, 10)
        yield from map(Stage, STAGES)
        path = tuple(
            Fixation(0.1 * n, 0.2 * n, 0.3 * n, 0.3, Ellipse(0.01, 0.02), 0.1, 0.5) for n in range(self.fixations)
        )
        yield from path
        self.before_reading()
        yield Reading(tuple(Scanpath(path) for _ in range(samples)), seed, MODEL, ((0, len(report)),), 0)


@pytest.fixture
def predictor(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    from worker import predictors

    stand_in = StandIn()
    monkeypatch.setattr(predictors, "predictor", lambda sha256: stand_in)
    return stand_in


@pytest.fixture
def case(cast: SimpleNamespace) -> Case:
    """The resident's ready case, not published."""
    return stored_case(cast.resident, np.arange(80).reshape(8, 10), report="Clear.", report_sha256="a" * 64)
