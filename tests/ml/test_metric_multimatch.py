"""MultiMatch against the PyPI package, on real pairs, random ones, and ones where many ways cost the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ml.metrics.catalogue import METRICS, score_pairs
from ml.metrics.multimatch import DIMENSIONS, MultiMatch, similarities
from tests.ml.golden import package_similarities, random_path

SCREEN = (128.0, 128.0)
REAL = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "scanpaths"


def assert_equal_to_the_package(
    first: list[np.ndarray], second: list[np.ndarray], screen: tuple[float, float] = SCREEN
) -> None:
    wanted = np.array([package_similarities(a, b, screen) for a, b in zip(first, second, strict=True)])
    np.testing.assert_allclose(similarities(first, second, screen), wanted, rtol=0, atol=1e-9)


def on_a_grid(rng: np.random.Generator, fixations: int) -> np.ndarray:
    """Sixteen places and four durations: sums of costs are equal everywhere."""
    places, durations = rng.integers(0, 4, (fixations, 2)) * 32.0, rng.integers(1, 5, fixations) * 0.1
    return np.column_stack([places, durations])


def on_a_fine_grid(rng: np.random.Generator, fixations: int) -> np.ndarray:
    """Whole tens of pixels, as a recording in rounded coordinates."""
    return np.column_stack([rng.integers(0, 13, (fixations, 2)) * 10.0, rng.uniform(0.05, 0.6, fixations)])


def standing(rng: np.random.Generator, fixations: int) -> np.ndarray:
    """Every fixation four times: saccades of no length."""
    return np.repeat(anywhere(rng, fixations), 4, axis=0)[:fixations]


def anywhere(rng: np.random.Generator, fixations: int) -> np.ndarray:
    return random_path(rng, fixations) * [*SCREEN, 1]


@pytest.mark.parametrize(("kind", "pairs"), [(anywhere, 1000), (on_a_grid, 60), (on_a_fine_grid, 40), (standing, 40)])
def test_random_pairs_score_as_in_the_package(
    kind: Callable[[np.random.Generator, int], np.ndarray], pairs: int
) -> None:
    rng = np.random.default_rng(7)
    first, second = ([kind(rng, int(n)) for n in rng.integers(3, 46, pairs)] for _ in range(2))
    assert_equal_to_the_package(first, second)


def test_real_pairs_score_as_in_the_package() -> None:
    """Two viewers of the same film segments, 1280 x 720 px (adswa/multimatch_gaze, MIT)."""
    names = sorted(file.name for file in REAL.glob("*_sub-01.tsv"))
    if not names:
        pytest.skip("no real scanpaths beside the project: shared/data/scanpaths is absent")
    first, second = (
        [np.loadtxt(REAL / name.replace("01", reader), skiprows=1) for name in names] for reader in ("01", "19")
    )
    assert len(first) == 30
    assert_equal_to_the_package(first, second, (1280.0, 720.0))


def test_a_pair_scores_the_same_alone_and_among_others() -> None:
    rng = np.random.default_rng(3)
    first, second = ([anywhere(rng, int(n)) for n in rng.integers(3, 46, 300)] for _ in range(2))
    alone = [similarities([a], [b], SCREEN)[0] for a, b in zip(first[:20], second[:20], strict=True)]
    np.testing.assert_array_equal(similarities(first, second, SCREEN)[:20], alone)


def test_three_fixations_by_hand() -> None:
    """Saccades right, right against right, down, each 32 of 128 px; durations .2, .2 against .2, .1.

    Cells cost 0, 32 sqrt 2 / 0, 32 sqrt 2. The straight way costs 32 sqrt 2, and as much by the lower left cell; the
    straight one is met first. Medians of two numbers are their means: vector 16 sqrt 2 of 2 diagonals of 128 sqrt 2,
    direction 45 of 180 degrees, equal lengths and starting places, duration (0 + 1/2) / 2.
    """
    a = np.array([[0.25, 0.5, 0.2], [0.5, 0.5, 0.2], [0.75, 0.5, 0.2]])
    b = np.array([[0.25, 0.5, 0.2], [0.5, 0.5, 0.1], [0.5, 0.75, 0.4]])
    golden = package_similarities(a * [*SCREEN, 1], b * [*SCREEN, 1], SCREEN)
    straight = [1 - 1 / 16, 1 - 1 / 4, 1.0, 1.0, 1 - 0.25]
    assert golden == pytest.approx(straight)
    for name, value in zip(DIMENSIONS, straight, strict=True):
        assert MultiMatch(dimensions=(name,))(a, b) == pytest.approx(value)


def test_mmm_is_the_mean_of_the_published_four_and_mdmm_the_duration() -> None:
    rng = np.random.default_rng(5)
    a, b = random_path(rng, 9), random_path(rng, 12)
    five = package_similarities(a * [*SCREEN, 1], b * [*SCREEN, 1], SCREEN)
    assert METRICS["mMM"](a, b) == pytest.approx(five[:4].mean())
    assert METRICS["mD-MM"](a, b) == pytest.approx(five[4])


def test_no_pairs_give_no_scores() -> None:
    assert score_pairs(METRICS["mMM"], [], []).scores.shape == (0,)
