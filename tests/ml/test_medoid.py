"""The scanpath the others agree with most."""

from __future__ import annotations

import numpy as np
import pytest

from ml.medgaze.medoid import FEW, medoid, order_agreement, place_agreement

RNG = np.random.default_rng(0)
PATH = np.column_stack([RNG.random((12, 2)), RNG.uniform(0.1, 0.5, 12)])


def stack(*paths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    longest = max(map(len, paths))
    padded = [np.concatenate([p, np.full((longest - len(p), 3), 99.0)]) for p in paths]
    return np.stack(padded), np.array([len(p) for p in paths])


@pytest.mark.parametrize("agreement", [order_agreement, place_agreement])
def test_a_path_agrees_fully_with_itself_and_padding_does_not_count(agreement: object) -> None:
    scores = agreement(*stack(PATH, PATH, PATH[:4]))  # type: ignore[operator]
    assert scores[0, 1] == pytest.approx(1, abs=1e-6)
    assert scores[0, 2] < 1
    np.testing.assert_allclose(scores, scores.T)


def test_order_tells_a_path_from_its_reverse_and_place_does_not() -> None:
    paths = stack(PATH, PATH[::-1])
    assert order_agreement(*paths)[0, 1] < 0.9
    assert place_agreement(*paths)[0, 1] == pytest.approx(1)


def test_far_paths_agree_in_nothing() -> None:
    here, there = np.tile([0.1, 0.1, 0.2], (5, 1)), np.tile([0.9, 0.9, 0.2], (5, 1))
    assert order_agreement(*stack(here, there))[0, 1] < 1e-6
    assert place_agreement(*stack(here, there))[0, 1] == 0


@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0])
def test_the_medoid_is_in_the_crowd_and_never_the_stranger(weight: float) -> None:
    crowd = [np.clip(PATH + [0.02, 0.02, 0] * RNG.standard_normal((12, 3)), 0, 1) for _ in range(5)]
    stranger = np.column_stack([1 - PATH[:, :2], PATH[:, 2]])
    assert medoid(*stack(stranger, *crowd), weight) != 0


def test_order_asked_of_some_is_what_it_is_among_all() -> None:
    paths = stack(*(np.roll(PATH[: 12 - k % 3], k, 0) for k in range(7)))
    rows = np.array([1, 4, 5])
    np.testing.assert_array_equal(order_agreement(*paths, rows), order_agreement(*paths)[rows])


def test_of_many_paths_the_medoid_goes_by_order_among_those_that_agree_in_place() -> None:
    """Three of four go one way round the same places, one of four the other: alike in place, not in order."""
    way = np.column_stack([np.linspace(0.1, 0.9, 12), np.linspace(0.1, 0.9, 12), np.full(12, 0.3)])
    shaken = [
        np.clip((way if k % 4 else way[::-1]) + [0.01, 0.01, 0] * RNG.standard_normal((12, 3)), 0, 1)
        for k in range(FEW + 16)
    ]
    assert medoid(*stack(*shaken), 0.5) % 4
    assert medoid(*stack(*shaken), 1.0) % 4


def test_ties_go_to_the_first() -> None:
    assert medoid(*stack(PATH, PATH, PATH, PATH), 0.5) == 0


def test_one_or_two_paths_need_no_choice() -> None:
    assert medoid(*stack(PATH), 0.5) == 0
    assert medoid(*stack(PATH, PATH[:3]), 0.5) == 0
