"""Bradley-Terry from comparisons, where it can be solved by hand."""

from __future__ import annotations

from math import exp, log, sqrt

import choix
import numpy as np
import pytest

from ml.ladder.elo import PRIOR_SD
from ml.ladder.pairs import strengths

WIDE = 1e3  # a prior that says nothing


def test_two_cases_without_a_prior_differ_by_the_log_odds() -> None:
    """Harder three times of four: log 3, half of it either side of 0."""
    scores, _ = strengths(2, [(0, 1)] * 3 + [(1, 0)], prior_sd=WIDE)
    assert scores == pytest.approx([log(3) / 2, -log(3) / 2], abs=1e-4)


def test_the_prior_pulls_together_as_its_equation_says() -> None:
    """Where the likelihood's slope meets the prior's: wins - n p(d) = (d / 2) / sd^2, for the difference d."""
    scores, _ = strengths(2, [(0, 1)] * 3 + [(1, 0)])
    d = scores[0] - scores[1]
    assert 0 < d < log(3)
    assert 3 - 4 / (1 + exp(-d)) == pytest.approx(d / 2 / PRIOR_SD**2, abs=1e-6)


def test_a_tie_is_half_a_win_each() -> None:
    """One win each and a tie more on either side of them: the log odds of 2.5 to 1.5."""
    scores, _ = strengths(2, [(0, 1), (0, 1), (1, 0)], [(0, 1)], prior_sd=WIDE)
    assert scores[0] - scores[1] == pytest.approx(log(2.5 / 1.5), abs=1e-4)
    even, _ = strengths(2, [], [(1, 0)])
    assert even == pytest.approx([0, 0], abs=1e-9)


def test_a_tie_weighs_as_much_against_the_prior_as_a_comparison() -> None:
    """2.5 wins of 4 in the equation above."""
    scores, _ = strengths(2, [(0, 1), (0, 1), (1, 0)], [(0, 1)])
    d = scores[0] - scores[1]
    assert 2.5 - 4 / (1 + exp(-d)) == pytest.approx(d / 2 / PRIOR_SD**2, abs=1e-6)


def test_the_standard_error_of_two_cases_by_hand() -> None:
    """Three ties: information 3/4 between the two. Of the sum the variance is 2 sd^2, of the difference
    1 / (3/4 + 1 / (2 sd^2)); a score is half of both, so their variances add up to four times its own.
    """
    _, errors = strengths(2, [], [(0, 1)] * 3, prior_sd=2)
    assert errors == pytest.approx([sqrt((2 * 4 + 1 / (3 / 4 + 1 / 8)) / 4)] * 2)


def test_more_comparisons_make_it_surer_and_ties_as_much_as_wins() -> None:
    few = strengths(2, [(0, 1), (1, 0)])[1]
    many = strengths(2, [(0, 1), (1, 0)] * 5)[1]
    tied = strengths(2, [], [(0, 1)] * 10)[1]
    assert (many < few).all() and tied == pytest.approx(many)


def test_a_known_order_is_recovered() -> None:
    rng = np.random.default_rng(0)
    true = np.linspace(-2, 2, 12)
    pairs = [rng.choice(12, 2, replace=False).tolist() for _ in range(1500)]
    won = [(a, b) if rng.random() < 1 / (1 + exp(true[b] - true[a])) else (b, a) for a, b in pairs]
    scores, errors = strengths(12, won)
    assert np.corrcoef(scores, true)[0, 1] > 0.98
    assert (np.abs(scores - true) < 3 * errors).all()
    assert scores.sum() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("prior_sd", [0.3, PRIOR_SD, 10.0])
@pytest.mark.parametrize("tied", [0, 40])
def test_it_is_the_fit_that_choix_gives(tied: int, prior_sd: float) -> None:
    """Its penalty is alpha times the sum of squares, a normal prior of variance 1 / (2 alpha). It takes whole wins, so
    here each win counts twice, each tie once either way, and the penalty twice."""
    rng = np.random.default_rng(5)
    pairs = [tuple(rng.choice(20, 2, replace=False).tolist()) for _ in range(160)]
    won, ties = pairs[tied:], pairs[:tied]
    data = won * 2 + ties + [pair[::-1] for pair in ties]
    wanted = choix.opt_pairwise(20, data, alpha=1 / prior_sd**2, tol=1e-10)
    scores, _ = strengths(20, won, ties, prior_sd=prior_sd)
    assert scores == pytest.approx(wanted - wanted.mean(), abs=1e-5)


def test_one_that_always_was_the_harder_has_a_score_and_a_chain_is_in_order() -> None:
    scores, errors = strengths(4, [(3, 2), (2, 1), (1, 0)])
    assert (np.diff(scores) > 0).all() and np.isfinite(scores).all()
    assert (errors < PRIOR_SD).all()


def test_a_case_never_compared_has_no_score_and_does_not_shift_the_others() -> None:
    scores, errors = strengths(4, [(3, 1)] * 2)
    assert np.isnan(scores[[0, 2]]).all() and np.isnan(errors[[0, 2]]).all()
    assert scores[[3, 1]] == pytest.approx(strengths(2, [(0, 1)] * 2)[0])
    assert np.isnan(strengths(3, [])[0]).all()


@pytest.mark.parametrize("wrong", [(0, 2), (-1, 0)])
def test_a_case_out_of_range_is_refused(wrong) -> None:
    with pytest.raises(ValueError, match="cases 0 to 1"):
        strengths(2, [wrong])


def test_a_case_compared_with_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="itself"):
        strengths(2, [(0, 1)], [(1, 1)])
