"""The bundled demo model: it is small, says what it is, and follows report and film where it never learnt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ml.demo import real_films, wordings
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.predictor import MedGazePredictor
from ml.medgaze.processing import MedGazeProcessor
from ml.simulator.cases import Case, simulate_case
from ml.simulator.pool import make_pool

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "ml" / "weights" / "demo"
REAL = ROOT.parent / "shared" / "data" / "films"


@pytest.fixture(scope="module")
def sampler() -> real_films.ScanpathSampler:
    return real_films.ScanpathSampler(
        MedGazeModel.from_pretrained(DEMO), MedGazeProcessor.from_pretrained(DEMO), samples=16
    )


@pytest.fixture(scope="module")
def case() -> Case:
    pool = make_pool(4, seed=970_002, projected=False)
    return simulate_case(pool[1], 12)


def test_the_model_is_small_and_says_that_it_learnt_from_simulated_readings(
    sampler: real_films.ScanpathSampler,
) -> None:
    assert sum(file.stat().st_size for file in DEMO.iterdir()) <= 25e6
    assert sampler.model.config.simulated
    card = (DEMO / "README.md").read_text()
    assert "simulated readings" in card
    assert all(name in card for name in ("best constant path", "shuffled case", "centre Gaussian", "inter-reader"))


def test_another_report_changes_the_reading(sampler: real_films.ScanpathSampler, case: Case) -> None:
    paths, _ = sampler.sample(case.film, ["Opacity in the right upper zone.", "Opacity in the left lower zone."])
    assert np.abs(paths[0, :, :10, :2] - paths[1, :, :10, :2]).mean() > 0.02


def test_naming_a_zone_of_a_simulated_film_draws_gaze_into_it(sampler: real_films.ScanpathSampler, case: Case) -> None:
    """Seconds of gaze in each zone: the most of its column where the zone itself is named, in five zones of six."""
    zones = [case.boxes[f"{side} {level}"] for side, level in real_films.ZONES]
    matrix = real_films.dwell_matrix(
        sampler, case.film, zones, real_films.zone_reports(wordings.NEAR), share=False
    ).mean(axis=1)
    named, others = np.diag(matrix), (matrix.sum(axis=0) - np.diag(matrix)) / (len(zones) - 1)
    assert (named > 1.3 * others).all()
    assert (matrix.argmax(axis=0) == np.arange(len(zones))).sum() >= 5


def test_a_finding_of_which_the_report_says_no_more_than_the_side_draws_gaze_to_where_it_lies(
    sampler: real_films.ScanpathSampler,
) -> None:
    """Seconds of gaze within .1 of the finding, against the place opposite to it in the same lung."""
    pool, found, at, opposite = make_pool(6, seed=970_003, projected=False), 0, 0.0, 0.0
    for seed in range(60):
        seen = simulate_case(pool[seed % 6], (7, seed), readings=0)
        said = [f for f in seen.findings if f.place in ("right lung", "left lung") and f.visibility > 0.5]
        if len(seen.report.asserted) != 1 or len(said) != 1:
            continue
        (x0, y0, x1, y1), (u0, v0, u1, v1) = said[0].spots[0], seen.boxes[said[0].place]
        spot = np.array([x0 + x1, y0 + y1]) / 2
        mirror = np.array([u0 + u1, v0 + v1]) - spot
        paths, mask = sampler.sample(seen.film, [seen.report.text])
        for path, there in zip(paths[0], mask[0], strict=True):
            place, seconds = path[:, :2], path[:, 2] * there
            at += seconds[np.hypot(*(place - spot).T) < 0.1].sum()
            opposite += seconds[np.hypot(*(place - mirror).T) < 0.1].sum()
        found += 1
    assert found >= 8 and at > 3 * opposite


def test_two_loads_read_the_same_to_the_last_digit(case: Case) -> None:
    predictors = [MedGazePredictor.load(DEMO, device="cpu") for _ in range(2)]
    first, second = (p.predict(case.film, case.report.text, samples=3) for p in predictors)
    assert first == second
    assert len(first.samples) == 3
    assert predictors[0].model_info.simulated


def test_draws_differ_as_readers_do(sampler: real_films.ScanpathSampler, case: Case) -> None:
    paths, _ = sampler.sample(case.film, ["Opacity in the right upper zone."])
    spread = paths[0, :, 3:10, :2].std(axis=0)
    assert 0.02 < float(spread.mean()) < 0.4


@pytest.mark.skipif(not REAL.is_dir(), reason="the real films (shared/data/films beside the checkout) are not there")
def test_naming_a_zone_draws_gaze_into_it_on_real_films(sampler: real_films.ScanpathSampler) -> None:
    """A quarter of the films and two wordings; `python -m ml check-films` runs the whole check."""
    some = real_films.load_films(REAL)[::4]
    family = {level: texts[:2] for level, texts in wordings.NEAR.items()}
    found = real_films.naming(sampler, some, family)
    assert found["more than the mean of the other namings"].value >= 0.80


@pytest.mark.skipif(not REAL.is_dir(), reason="the real films (shared/data/films beside the checkout) are not there")
def test_gaze_moves_with_the_film_on_real_films(sampler: real_films.ScanpathSampler) -> None:
    slopes = real_films.movement(sampler, real_films.load_films(REAL)[::7], real_films.shifted)
    assert all(0.6 < slope.value < 1.4 for slope in slopes.values())
