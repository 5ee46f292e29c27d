"""Simulated teaching cases: what the key says is what was drawn."""

from __future__ import annotations

import numpy as np
import pytest

from ml.simulator import projection
from ml.simulator.teaching import BANK, PAINTERS, Drawn, Planned, TeachingCase, teaching_case

SIDE = 420  # px; enough to see where things lie


@pytest.fixture(scope="module")
def parts() -> np.ndarray:
    folder = projection.ct_folder()
    assert folder is not None
    return projection.projected_parts(folder, 300)


def inside(case: TeachingCase, finding: Drawn) -> np.ndarray:
    height, width = case.film.shape
    yy, xx = np.mgrid[0:height, 0:width]
    across = ((xx + 0.5) / width - finding.x) / finding.radius_x
    down = ((yy + 0.5) / height - finding.y) * height / width / finding.radius_y
    return across**2 + down**2 <= 1


@pytest.mark.parametrize("kind", sorted(PAINTERS))
def test_a_finding_lies_in_the_ellipse_that_the_key_names(parts: np.ndarray, kind: str) -> None:
    """The same chest with and without it: the two films differ inside the ellipse more than outside."""
    place = {"effusion": "left base", "pneumothorax": "left apex"}.get(kind, "left mid")
    plain = teaching_case(parts, 7, plan=[Planned(kind, place, 1.0)], long_side=SIDE)
    normal = teaching_case(parts, 7, plan=[], long_side=SIDE)
    (finding,) = plain.findings
    where = inside(plain, finding)
    change = np.abs(plain.film.astype(float) - normal.film.astype(float))
    assert change[where].mean() > 2 * change[~where].mean()
    assert 0.5 < finding.x < 0.95


def test_the_bank_has_sixteen_cases_of_which_six_are_normal_and_gets_harder() -> None:
    assert len(BANK) == 16
    assert sum(not plan for plan in BANK) == 6
    plainness = [max(finding.plainness for finding in plan) for plan in BANK if plan]
    assert np.mean(plainness[:4]) > np.mean(plainness[-4:])


def test_a_normal_film_has_no_finding_and_says_so(parts: np.ndarray) -> None:
    case = teaching_case(parts, BANK.index(()), long_side=SIDE)
    assert case.findings == ()
    assert "clear" in case.report
    assert "normal" in case.note


def test_readers_look_longer_at_a_plain_finding_than_at_its_mirror_image(parts: np.ndarray) -> None:
    case = teaching_case(parts, 0, long_side=SIDE)
    (mass,) = case.findings

    def dwell(x: float) -> float:
        return sum(float(path[np.hypot(path[:, 0] - x, path[:, 1] - mass.y) < 0.12, 2].sum()) for path in case.readings)

    assert dwell(mass.x) > 2 * dwell(1 - mass.x)
    assert len(case.readings) == len(case.readers) == 4


def test_the_same_numbers_give_the_same_film_and_others_another(parts: np.ndarray) -> None:
    one, again, other = (teaching_case(parts, 1, seed=seed, long_side=SIDE) for seed in (0, 0, 1))
    assert np.array_equal(one.film, again.film)
    assert one.film.shape != other.film.shape or not np.array_equal(one.film, other.film)
    assert one.film.dtype == np.uint16
    assert one.film.max() == 4095


def test_readings_with_a_seed_of_their_own_are_others_of_the_same_film(parts: np.ndarray) -> None:
    plain, own = (teaching_case(parts, 1, readers_seed=seed, long_side=SIDE) for seed in (None, 5))
    assert np.array_equal(plain.film, own.film) and plain.report == own.report
    assert not any(np.array_equal(one, other) for one in plain.readings for other in own.readings)
