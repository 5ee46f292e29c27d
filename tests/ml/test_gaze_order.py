"""The order of first visits, and its percentile among shuffles."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kendalltau

from ml.gaze.order import first_visits, order_agreement, tau_b
from ml.gaze.shapes import box

CORNERS = {"a": box(0, 0, 0.2, 0.2), "b": box(0.8, 0, 1, 0.2), "c": box(0, 0.8, 0.2, 1), "d": box(0.8, 0.8, 1, 1)}
AT = {"a": (0.1, 0.1), "b": (0.9, 0.1), "c": (0.1, 0.9), "d": (0.9, 0.9), "-": (0.5, 0.5)}


def path(letters: str) -> np.ndarray:
    return np.array([(*AT[letter], 0.2) for letter in letters])


def test_first_visits_are_in_order_and_leave_out_what_was_not_seen() -> None:
    assert first_visits(path("-b-bad"), CORNERS, aspect=1.0) == ["b", "a", "d"]


def test_a_fixation_beside_a_region_is_not_in_it() -> None:
    """.25 across is .05 from region a."""
    assert first_visits([(0.25, 0.1, 0.2)], CORNERS, aspect=1.0) == []


@pytest.mark.parametrize(("own", "tau"), [("abcd", 1.0), ("dcba", -1.0), ("abdc", 2 / 3), ("badc", 1 / 3)])
def test_tau_counts_pairs_in_the_same_order(own: str, tau: float) -> None:
    """Six pairs: none, all, one or two of them turned round make 1, -1, (5-1)/6 and (4-2)/6."""
    assert order_agreement(path(own), path("abcd"), CORNERS, aspect=1.0).tau == pytest.approx(tau)


def test_the_percentile_is_the_share_of_shuffles_that_agree_less() -> None:
    """Of the 24 orders of four fixations one agrees fully: 23/24 = 95.8 % agree less. The opposite order is beaten by
    all others, so nothing agrees less."""
    best = order_agreement(path("abcd"), path("abcd"), CORNERS, aspect=1.0)
    assert best.percentile == pytest.approx(100 * 23 / 24, abs=2.0)
    assert order_agreement(path("dcba"), path("abcd"), CORNERS, aspect=1.0).percentile == 0.0
    assert best.shuffles == 999


def test_only_regions_that_both_visited_count_and_fewer_than_four_are_too_few() -> None:
    few = order_agreement(path("abc"), path("cab" + "d"), CORNERS, aspect=1.0)
    assert (few.common, few.percentile, few.shuffles) == (("a", "b", "c"), None, 0)
    assert np.isnan(few.tau)


def test_the_same_seed_gives_the_same_percentile() -> None:
    one, two = (order_agreement(path("abdcab"), path("abcd"), CORNERS, aspect=1.0, seed=3) for _ in range(2))
    assert one == two


def test_tau_b_with_ties_is_scipys() -> None:
    random = np.random.default_rng(1)
    first, wanted = random.integers(0, 5, (50, 9)).astype(float), random.integers(0, 5, 9).astype(float)
    assert tau_b(first, wanted) == pytest.approx(np.array([kendalltau(row, wanted).statistic for row in first]))


def test_an_empty_path_has_no_order() -> None:
    assert order_agreement(np.zeros((0, 3)), path("abcd"), CORNERS, aspect=1.0).percentile is None
