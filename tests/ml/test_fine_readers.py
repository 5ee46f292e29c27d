"""The bundled model goes on learning from simulated readers: from those whose habits it never saw it learns, from those
that it knows it does not, and it says which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ml.cli.places import DEMO
from ml.data.export import NAME
from ml.data.pixels import pixels_sha256
from ml.data.types import FilmFile, GazeCase, GazeReading, Provenance, Report
from ml.medgaze.model_info import read_model_info
from ml.simulator.cases import Case, simulate_case
from ml.simulator.pool import make_pool
from ml.simulator.readers import READERS, Reader, read_film
from ml.simulator.readers import Path as Gaze
from ml.training.runlog import RunLog
from tests.ml.finekit import export_of, tune
from tests.ml.gaze import scanpath

SEED, CASES, WORLDS = 2, 40, 6
# They go round all their stations, backwards, before they turn to what the report names, and take their time.
UNLIKE = tuple(
    replace(
        reader, name=f"unlike {reader.name}", stations=tuple(reversed(reader.stations)), coverage=2.5,
        survey_s=0.45, visit_s=0.8, late=0.95, first=0.05,
    )
    for reader in READERS[:2]
)  # fmt: skip


def export_by(root: Path, readers: Sequence[Reader]) -> Path:
    """Forty simulated cases of forty patients, two readings each, with films and reports."""
    pool = make_pool(WORLDS, SEED, projected=False)
    (root / "films").mkdir(parents=True)
    cases = []
    for number in range(CASES):
        case = simulate_case(pool[number % WORLDS], (SEED, number), readings=0)
        rng = np.random.default_rng([SEED, number, 5])
        digest = pixels_sha256(case.film)
        path = root / "films" / f"{digest}.png"
        Image.fromarray(case.film).save(path)
        height, width = case.film.shape
        who = [readers[(number + k) % len(readers)] for k in range(2)]
        cases.append(
            GazeCase(
                f"case-{number:03d}", FilmFile(path, width, height, digest), Report(case.report.text),
                f"patient-{number}", "simulated", NAME, tuple(reading(one, case, rng) for one in who), simulated=True,
            )
        )  # fmt: skip
    return export_of(root, cases)


def reading(reader: Reader, case: Case, rng: np.random.Generator) -> GazeReading:
    path: Gaze = read_film(reader, case.boxes, case.report.asserted, case.findings, rng, case.report.efforts)
    return GazeReading(reader.name, scanpath(path), Provenance(NAME, "test", simulated=True, gaze="simulated"))


def learnt_from(folder: Path, readers: Sequence[Reader], **asked: Any) -> tuple[RunLog, Path]:
    log = tune(DEMO, export_by(folder / "export", readers), folder / "run", **asked)
    return log, folder / "run" / "model"


def test_it_reads_others_films_as_unlike_readers_do_after_seeing_a_few_of_their_readings(tmp_path: Path) -> None:
    """28 films to learn from, 4 to choose by, 8 held out of patients whom it never saw."""
    log, model = learnt_from(tmp_path, UNLIKE, steps=20)
    assert log.held_out is not None
    likelihood, match = log.held_out
    assert (likelihood["cases"], likelihood["readings"]) == (8, 16)
    assert likelihood["difference"]["high"] < 0  # nats a fixation: lower is likelier
    assert likelihood["difference"]["value"] < -0.5
    assert likelihood["sentence"].startswith("Better: on 16 readings of 8 held-out films")
    said = match["sentence"].split()[0].strip(":")
    gap = match["difference"]
    assert said == ("Better" if gap["low"] > 0 else "Worse" if gap["high"] < 0 else "No")
    assert read_model_info(model).notes["parent"] == read_model_info(DEMO).sha256
    losses = dict(log.validation)
    assert min(losses.values()) < losses[0] - 0.5


def test_from_readers_whom_it_knows_there_is_nothing_to_learn_and_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """52 steps are 15 passes; patience ends them early, and the least harmful step is kept."""
    log, model = learnt_from(tmp_path, READERS, steps=52, show=True)
    assert log.held_out is not None and log.finished is not None
    for row in log.held_out:
        assert row["difference"]["low"] < 0 < row["difference"]["high"]
        assert row["sentence"].startswith(f"No difference in {row['metric']} that 16 readings of 8 held-out films")
    assert log.finished["steps"] < 52
    loss = read_model_info(model).notes["validation_loss"]
    assert loss["after"] > loss["before"]
    assert "no step reads the validation cases better than the model that it began from" in capsys.readouterr().out
