"""Effects and tests by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ml.rating.effects import cliffs_delta, cliffs_delta_interval, fisher, sign_flip

X = np.nan


def test_cliffs_delta_by_hand() -> None:
    """1 2 against 2 3: below in three pairs, level in one, above in none: -3/4."""
    assert cliffs_delta([1, 2], [2, 3]) == pytest.approx(-0.75)
    assert cliffs_delta([2, 3], [1, 2]) == pytest.approx(0.75)
    assert cliffs_delta([5, 5], [1]) == 1 and cliffs_delta([3, 3], [3]) == 0


def test_cliffs_delta_of_yes_and_no_is_the_difference_of_the_shares() -> None:
    assert cliffs_delta([1] * 13 + [0] * 7, [1] * 19 + [0]) == pytest.approx(13 / 20 - 19 / 20)


def test_cliffs_delta_leaves_missing_values_out_and_is_undefined_without_any() -> None:
    assert cliffs_delta([1, X, 2], [2, 3, X]) == pytest.approx(-0.75)
    assert np.isnan(cliffs_delta([], [1])) and np.isnan(cliffs_delta([1], [X]))


def test_the_interval_of_paired_cases_draws_both_sides_alike() -> None:
    """Slow reference: the delta of the drawn cases, drawn by the same generator."""
    rng = np.random.default_rng(3)
    a, b = rng.integers(1, 6, 12).astype(float), rng.integers(2, 6, 12).astype(float)
    chosen = np.random.default_rng(5).integers(12, size=(300, 12))
    drawn = [cliffs_delta(a[rows], b[rows]) for rows in chosen]
    estimate = cliffs_delta_interval(a, b, paired=True, draws=300, seed=5)
    assert estimate.value == cliffs_delta(a, b)
    assert (estimate.low, estimate.high) == pytest.approx(tuple(np.percentile(drawn, [2.5, 97.5])))


def test_unpaired_cases_are_drawn_apart() -> None:
    """Case for case the same values: drawn together their delta is always 0, drawn apart it varies."""
    values = np.arange(10.0)
    together = cliffs_delta_interval(values, values, paired=True)
    apart = cliffs_delta_interval(values, values, paired=False)
    assert (together.low, together.high) == (0, 0)
    assert apart.low < -0.2 and apart.high > 0.2
    assert np.isfinite(cliffs_delta_interval(values, values[:4], paired=False).low)


def test_several_answers_a_case_are_pooled_and_drawn_by_case() -> None:
    """Ten copies of each answer are no more cases: the interval is that of one answer a case."""
    a, b = np.array([1.0, 4, 2, 5, 3, 3]), np.array([2.0, 4, 4, 5, 5, 1])
    one = cliffs_delta_interval(a, b, paired=True)
    ten = cliffs_delta_interval(np.tile(a[:, None], 10), np.tile(b[:, None], 10), paired=True)
    assert (ten.value, ten.low, ten.high) == pytest.approx((one.value, one.low, one.high))
    unequal = cliffs_delta_interval([[1, 2], [X, 2]], [[3, X], [2, X]], paired=True)
    assert unequal.value == cliffs_delta([1, 2, 2], [3, 2])


def test_one_case_has_no_interval_and_pairs_of_unequal_number_are_refused() -> None:
    estimate = cliffs_delta_interval([1], [2], paired=True)
    assert estimate.value == -1 and np.isnan(estimate.low) and np.isnan(estimate.high)
    with pytest.raises(ValueError, match="Paired"):
        cliffs_delta_interval([1, 2], [2], paired=True)


def test_fisher_of_the_papers_table() -> None:
    """13 of 20 against 19 of 20 with the margins fixed at 32 yes of 40: the three tables with 8 no's split 7 and 1 or
    further, both ways: 2 (C(20,8) + C(20,7) 20) / C(40,8) = 2 x 1,676,370 / 76,904,685 = .0436.
    """
    assert fisher(13, 20, 19, 20) == pytest.approx(2 * (125_970 + 77_520 * 20) / 76_904_685)
    assert round(fisher(13, 20, 19, 20), 3) == 0.044


def test_fisher_is_symmetric_undefined_without_answers_and_refuses_what_is_no_count() -> None:
    assert fisher(19, 20, 13, 20) == pytest.approx(fisher(13, 20, 19, 20))
    assert np.isnan(fisher(0, 0, 1, 2))
    with pytest.raises(ValueError, match="no counts"):
        fisher(3, 2, 1, 2)


@pytest.mark.parametrize(
    ("differences", "p"),
    [
        ([1, 1, 1], 2 / 8),  # all plus or all minus
        ([1, 2, 3], 2 / 8),
        ([1, 2, -3], 8 / 8),  # the sum is 0, every pattern lies as far
        ([-1, 2, 3], 4 / 8),  # sums 0, 2, 4, 6 twice each: 4 and 6 either way
        ([2, 0], 4 / 4),  # a 0 takes no side: every pattern sums to 2 or -2
        ([0.1, 0.2, 0.3], 2 / 8),
        ([0.1, 0.1, 0.1, -0.1], 10 / 16),  # sums of .2 in several orders, which part in the last digit
        ([X, 1, 1, 1], 2 / 8),
    ],
)
def test_the_exact_sign_flip_test_by_hand(differences, p) -> None:
    assert sign_flip(differences) == (pytest.approx(p), True)


def test_sixteen_differences_are_tried_in_full_and_seventeen_by_draws() -> None:
    assert sign_flip(np.ones(16)) == (pytest.approx(2 / 2**16), True)
    p, exact = sign_flip(np.ones(17))
    assert not exact and 0 < p < 0.001


def test_drawn_signs_come_near_the_exact_p_and_are_the_same_each_time() -> None:
    """Seventeen ones and minus ones: |sum| >= 5 or more for 11 plus of 17; P(X <= 6 or X >= 11), X ~ B(17, 1/2)."""
    differences = np.array([1.0] * 11 + [-1.0] * 6)
    exact = 2 * sum([1, 17, 136, 680, 2380, 6188, 12376]) / 2**17
    assert sign_flip(differences)[0] == pytest.approx(exact, abs=0.01)
    assert sign_flip(differences) == sign_flip(differences)
    assert sign_flip(differences, seed=1)[0] != sign_flip(differences)[0]


def test_no_differences_have_no_p() -> None:
    p, _ = sign_flip([])
    assert np.isnan(p)
