"""Elo by hand, and whether its standard error is true."""

from __future__ import annotations

from math import exp, log, sqrt

import numpy as np
import pytest

from ml.ladder.elo import PRIOR_SD, expected, gain, information, standard_error, target, update


def test_success_is_even_where_ability_meets_difficulty() -> None:
    assert expected(0.7, 0.7) == 0.5
    assert expected(log(3), 0) == pytest.approx(0.75) and expected(0, log(3)) == pytest.approx(0.25)


def test_far_apart_is_certain_and_does_not_overflow() -> None:
    assert expected(0, 1e4) == 0 and expected(1e4, 0) == 1


def test_a_first_success_moves_both_by_half() -> None:
    assert update(0, 0, 0, 0, True) == (0.5, -0.5)
    assert update(0, 0, 0, 0, False) == (-0.5, 0.5)


def test_each_moves_by_its_own_gain() -> None:
    """p = .75, surprise of a success .25; K of a person of 20 attempts 1/2, of a case of 60 attempts 1/4."""
    theta, b = update(log(3), 0, 20, 60, True)
    assert theta == pytest.approx(log(3) + 0.125) and b == pytest.approx(-0.0625)
    theta, b = update(log(3), 0, 20, 60, False)
    assert theta == pytest.approx(log(3) - 0.375) and b == pytest.approx(0.1875)


def test_the_gain_falls_with_attempts() -> None:
    assert [gain(0), gain(20), gain(100)] == pytest.approx([1, 1 / 2, 1 / 6])


def test_the_target_is_where_success_has_the_wanted_probability() -> None:
    assert target(1.0) == pytest.approx(1 - log(3))
    assert expected(1.3, target(1.3, 0.6)) == pytest.approx(0.6)
    assert target(1.3, 0.5) == pytest.approx(1.3)


def test_the_standard_error_by_hand() -> None:
    """Two attempts of 1/4 each from a variance of 4: (3/4)^2 4 + 1/4 = 2.5, then K = 1/1.05."""
    k = 1 / 1.05
    assert standard_error(1, 0.25, prior_sd=2) == pytest.approx(sqrt(2.5))
    assert standard_error(2, 0.5, prior_sd=2) == pytest.approx(sqrt((1 - k / 4) ** 2 * 2.5 + k * k / 4))


def test_without_attempts_the_error_is_the_spread_of_cases_and_it_falls_with_attempts() -> None:
    assert standard_error(0, 0) == PRIOR_SD
    errors = [standard_error(n, 0.2 * n) for n in range(1, 200)]
    assert errors[0] < PRIOR_SD and (np.diff(errors) < 0).all()


def test_one_attempt_tells_at_most_a_quarter() -> None:
    assert information(0.4, 0.4) == 0.25
    assert information(log(3), 0) == pytest.approx(0.75 * 0.25)


def test_places_come_out_right_and_their_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    """Sixty people attempt 300 cases once each, in a random order; abilities are learned too. Errors are as large as
    they are said to be, give or take a tenth; a likelihood fit's 1 / sqrt(information) would be a fifth too small.
    """
    rng = np.random.default_rng(1)
    theta, b = rng.normal(0, 1, 60), rng.normal(0, PRIOR_SD, 300)
    learned, found, known = np.zeros(60), np.zeros(300), np.zeros(300)
    persons, cases = np.zeros(60, int), np.zeros(300, int)
    for attempt in rng.permutation(60 * 300):
        i, j = attempt % 60, attempt // 60
        known[j] += information(learned[i], found[j])
        success = rng.random() < 1 / (1 + exp(b[j] - theta[i]))
        learned[i], found[j] = update(learned[i], found[j], persons[i], cases[j], success)
        persons[i], cases[j] = persons[i] + 1, cases[j] + 1
    errors = np.array([standard_error(60, total) for total in known])
    off = (found - found.mean()) - (b - b.mean())
    assert np.corrcoef(found, b)[0, 1] > 0.95
    assert off.std() / np.sqrt((errors**2).mean()) == pytest.approx(1, abs=0.1)
    assert off.std() / np.sqrt((1 / (known + PRIOR_SD**-2)).mean()) > 1.2
    assert 0.9 < (np.abs(off) < 1.96 * errors).mean() < 0.98
