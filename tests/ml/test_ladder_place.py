"""One place of attempts and comparisons; bands; rank correlations and their intervals."""

from __future__ import annotations

from math import atanh, sqrt, tanh

import numpy as np
import pytest
from scipy.stats import kendalltau, spearmanr

from ml.ladder.correlation import kendall, spearman
from ml.ladder.place import bands, combined, parted

X = float("nan")


def test_a_place_is_the_mean_weighted_by_precision() -> None:
    """Weights 4 and 1: (4 x 1 + 1 x 2) / 5 and 1 / sqrt 5."""
    assert combined(1, 0.5, 2, 1) == pytest.approx((1.2, 1 / sqrt(5)))


@pytest.mark.parametrize("missing", [X, None])
def test_a_missing_part_leaves_the_other_as_it_is(missing) -> None:
    assert combined(1, 0.5, missing, missing) == pytest.approx((1, 0.5))
    assert combined(missing, 0.5, 2, 0.25) == pytest.approx((2, 0.25))
    assert combined(1, 0.5, 2, missing) == pytest.approx((1, 0.5))
    assert np.isnan(combined(missing, missing, missing, missing)).all()


def test_bands_are_cut_at_the_quintiles() -> None:
    assert bands(range(11)) == pytest.approx([2, 4, 6, 8])
    assert bands([10, X, 0]) == pytest.approx([2, 4, 6, 8])
    assert bands([3]) == [3, 3, 3, 3]
    assert np.isnan(bands([])).all() and len(bands([X])) == 4


def test_observed_and_predicted_part_beyond_one_standard_deviation() -> None:
    assert parted(1.5, 0.4) is True and parted(-0.6, 0.5) is True
    assert parted(1.0, 0.0) is False and parted(0.2, 0.1) is False
    assert parted(X, 3) is False and parted(3, X) is False


@pytest.mark.parametrize(
    ("n", "low", "high"), [(20, 0.25, 0.86), (50, 0.43, 0.80), (100, 0.51, 0.76), (200, 0.55, 0.73)]
)
def test_spearmans_interval_has_the_width_that_was_worked_out_for_the_papers_65(n, low, high) -> None:
    """Two rankings whose rho lies as near .65 as n cases allow; the bounds were worked out apart, to two digits."""
    x = np.arange(n, dtype=float)
    rng = np.random.default_rng(0)
    y = min(
        (rng.permutation(n) * share + x * (1 - share) for share in np.linspace(0.3, 0.7, 400)),
        key=lambda y: abs(spearmanr(x, y).statistic - 0.65),
    )
    estimate = spearman(x, y)
    assert estimate.value == pytest.approx(0.65, abs=0.004)
    assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=0.012)


@pytest.mark.parametrize(("correlation", "value", "error"), [(spearman, 0.9, 1.405 / 2), (kendall, 0.8, 0.437)])
def test_a_correlation_by_hand(correlation, value, error) -> None:
    """Five ranks with one neighbouring pair changed. Spearman 1 - 6 x 2 / (5 x 24) = .9, SE sqrt((1 + .405) / 2);
    Kendall nine of ten pairs in order, one not: .8, SE sqrt(.437 / 1)."""
    estimate, half = correlation([1, 2, 3, 4, 5], [1, 2, 3, 5, 4]), 1.96 * sqrt(error)
    assert estimate.value == pytest.approx(value)
    assert (estimate.low, estimate.high) == pytest.approx((tanh(atanh(value) - half), tanh(atanh(value) + half)))


def test_ties_are_taken_as_scipy_takes_them() -> None:
    x, y = [1, 2, 2, 3, 4, 4, 5], [2, 1, 3, 3, 5, 4, 4]
    assert spearman(x, y).value == pytest.approx(spearmanr(x, y).statistic)
    assert kendall(x, y).value == pytest.approx(kendalltau(x, y).statistic)


@pytest.mark.parametrize("correlation", [spearman, kendall])
@pytest.mark.filterwarnings("error")
def test_too_few_cases_and_no_variance_give_nothing(correlation) -> None:
    for x, y in [([1, 2, 3, 4], [1, 2, 4, 3]), ([1, 2, 3, 4, X], [1, 2, 4, 3, 5]), ([1] * 6, range(6))]:
        estimate = correlation(x, y)
        assert np.isnan([estimate.value, estimate.low, estimate.high]).all()


@pytest.mark.parametrize("correlation", [spearman, kendall])
def test_a_missing_value_leaves_the_case_out(correlation) -> None:
    assert correlation([1, 2, 3, 4, 5, X], [1, 2, 3, 5, 4, 9]) == correlation([1, 2, 3, 4, 5], [1, 2, 3, 5, 4])


@pytest.mark.parametrize("correlation", [spearman, kendall])
def test_a_perfect_order_has_a_value_and_no_bounds(correlation) -> None:
    up, down = correlation(range(6), range(6)), correlation(range(6), range(6, 0, -1))
    assert (up.value, down.value) == (1, -1)
    assert np.isnan([up.low, up.high, down.low, down.high]).all()
