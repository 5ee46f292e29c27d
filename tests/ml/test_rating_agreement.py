"""Krippendorff's alpha against its author's worked example and by hand; agreement of raters with themselves."""

from __future__ import annotations

import numpy as np
import pytest

from ml.rating.agreement import alpha, alpha_interval, pairable_items, raw_agreement, repeat_agreement

X = np.nan
# K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C: four observers, twelve units. He gives
# .743 for nominal data and .815 for ordinal.
WORKED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, X, X, X],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, X, 3],
        [X, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, X],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, X],
    ]
)


def noisy(raters: int, items: int, seed: int = 0) -> np.ndarray:
    """Ratings 1..5 around a level of each item, a tenth of them missing."""
    rng = np.random.default_rng(seed)
    ratings = np.clip(rng.integers(1, 6, items) + rng.integers(-1, 2, (raters, items)), 1, 5).astype(float)
    ratings[rng.random(ratings.shape) < 0.1] = X
    return ratings


def test_alpha_of_krippendorffs_worked_example_ordinal_unless_told_otherwise() -> None:
    assert alpha(WORKED, level="nominal") == pytest.approx(0.743, abs=5e-4)
    assert alpha(WORKED, level="ordinal") == alpha(WORKED) == pytest.approx(0.815, abs=5e-4)


def test_alpha_of_two_raters_and_two_values_by_hand() -> None:
    """Items 0 0, 1 1, 0 1: n = 6, three of each value, observed disagreement 2, so 1 - 5 x 2 / (2 x 3 x 3) = 4/9."""
    assert alpha([[0, 1, 0], [0, 1, 1]], level="nominal") == pytest.approx(4 / 9)


def test_full_agreement_is_one_and_full_disagreement_is_below_zero() -> None:
    """Items 0 1, 1 0: observed 4, chance 2 x 2 x 2 / 3, so 1 - 4 x 3 / 8 = -1/2."""
    assert alpha([[1, 2, 5], [1, 2, 5]]) == pytest.approx(1)
    assert alpha([[0, 1], [1, 0]], level="nominal") == pytest.approx(-0.5)


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_relabelling_raters_leaves_alpha_unchanged(level) -> None:
    ratings = noisy(5, 30)
    again = ratings[np.random.default_rng(1).permutation(5)]
    assert alpha(again, level=level) == pytest.approx(alpha(ratings, level=level), abs=1e-12)


def test_each_item_may_have_its_raters_in_another_order() -> None:
    ratings = noisy(4, 20)
    again = np.random.default_rng(2).permuted(ratings, axis=0)
    assert alpha(again) == pytest.approx(alpha(ratings), abs=1e-12)


def test_ordinal_alpha_sees_only_the_order_of_the_levels() -> None:
    ratings = noisy(4, 20)
    assert alpha(ratings**3) == pytest.approx(alpha(ratings), abs=1e-12)


def test_an_item_with_a_single_answer_changes_nothing() -> None:
    """The value 9 of such an item is no value of the coincidences either."""
    lone = np.full((4, 1), X)
    lone[2] = 9
    assert alpha(np.hstack([WORKED, lone])) == pytest.approx(alpha(WORKED), abs=1e-12)
    assert raw_agreement(np.hstack([WORKED, lone])) == raw_agreement(WORKED)
    assert pairable_items(np.hstack([WORKED, lone])) == pairable_items(WORKED) == 11


@pytest.mark.parametrize(
    "ratings",
    [[[1, 2, 3]], [[2, 2, 2], [2, 2, 2]], [[1, X], [X, 2]], np.zeros((0, 4)), np.zeros((3, 0)), np.full((3, 4), X)],
    ids=["one rater", "one value", "no item with two answers", "no rater", "no item", "no answer"],
)
def test_alpha_is_undefined(ratings) -> None:
    assert np.isnan(alpha(ratings))
    estimate = alpha_interval(ratings)
    assert np.isnan([estimate.value, estimate.low, estimate.high]).all()


def test_an_unknown_level_and_a_flat_list_are_refused() -> None:
    with pytest.raises(ValueError, match="Level"):
        alpha(WORKED, level="interval")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="raters, items"):
        alpha([1, 2, 3])


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_the_interval_is_that_of_drawing_items_one_by_one(level) -> None:
    """Slow reference: alpha of the ratings of the drawn columns, drawn by the same generator."""
    ratings = noisy(3, 15)
    ratings = ratings[:, (~np.isnan(ratings)).sum(axis=0) >= 2]
    items = ratings.shape[1]
    columns = np.random.default_rng(7).integers(items, size=(200, items))
    drawn = [alpha(ratings[:, chosen], level=level) for chosen in columns]
    estimate = alpha_interval(ratings, level=level, draws=200, seed=7)
    assert estimate.value == pytest.approx(alpha(ratings, level=level))
    assert (estimate.low, estimate.high) == pytest.approx(tuple(np.percentile(drawn, [2.5, 97.5])), abs=1e-9)
    assert estimate.low < estimate.value < estimate.high


def test_one_item_with_two_answers_gives_no_interval() -> None:
    estimate = alpha_interval([[1, X], [2, 3]], level="nominal")
    assert estimate.value == pytest.approx(0) and np.isnan(estimate.low) and np.isnan(estimate.high)


def test_raw_agreement_is_the_share_of_equal_pairs_by_hand() -> None:
    """First item 1 1 2: one of three pairs; second 4 4: one of one; third has no pair."""
    assert raw_agreement([[1, 4, X], [1, 4, X], [2, X, 5]]) == pytest.approx(2 / 4)
    assert np.isnan(raw_agreement([[1, X], [X, 1]]))


def test_repeats_by_hand() -> None:
    """0 0, 1 1, 0 1 as above; the pair with a missing answer is left out."""
    found = repeat_agreement([0, 1, 0, 1], [0, 1, 1, X], level="nominal")
    assert found == {"n": 3, "equal": 2, "share": pytest.approx(2 / 3), "alpha": pytest.approx(4 / 9)}


def test_repeats_may_be_of_names() -> None:
    """1 1, 2 2, 1 3: three of value 1, two of 2, one of 3, so 1 - 5 x 2 / (36 - 9 - 4 - 1) = 6/11."""
    assert repeat_agreement([1, 2, 1], [1, 2, 3], level="nominal")["alpha"] == pytest.approx(6 / 11)
    assert repeat_agreement([1, 2, 1], [1, 2, 3])["alpha"] != pytest.approx(6 / 11)


def test_no_repeats_have_no_share() -> None:
    found = repeat_agreement([], [])
    assert (found["n"], found["equal"]) == (0, 0) and np.isnan(found["share"]) and np.isnan(found["alpha"])
