"""What every metric promises for any pair of paths, and each one's value worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.metrics.catalogue import METRICS, UnknownMetric, metric, score_pairs
from ml.metrics.multimatch import MultiMatch
from ml.metrics.regions import Coverage, RedundancyError, RegionOrder, redundancy, visits
from ml.metrics.sed import StringEdit
from ml.metrics.stde import TimeDelayEmbedding
from tests.ml.golden import random_path

# What a path scores against itself; the rest depends on the path.
OWN = {name: (1.0 if m.higher_is_better else 0.0) for name, m in METRICS.items() if name not in ("NSS", "AUC-Judd")}
# MultiMatch is symmetric too, but where ways of equal cost are met in another order.
TIES = [name for name in METRICS if "MM" in name or name.startswith("MultiMatch")]
SYMMETRIC = [n for n in METRICS if n not in ("STDE", "NSS", "AUC-Judd", "KL", "region coverage", *TIES)]
UNIT_RANGE = [n for n in METRICS if n.startswith(("ScanMatch", "mIoU", "STDE", "AUC", "region c", "region red"))]

fraction = st.integers(0, 1024).map(lambda n: n / 1024)  # exact, and so are its mirror and its pixels
paths = st.lists(st.tuples(fraction, fraction, st.integers(20, 900).map(lambda ms: ms / 1000)), min_size=3, max_size=12)
quick = settings(max_examples=25, deadline=None, derandomize=True)


@given(path=paths)
@quick
def test_a_path_is_as_good_as_can_be_against_itself(path: list[tuple[float, float, float]]) -> None:
    for name, best in OWN.items():
        assert METRICS[name](path, path) == pytest.approx(best, abs=2e-3 if name == "KL" else 1e-9), name


@given(a=paths, b=paths)
@quick
def test_what_promises_symmetry_is_symmetric(a: list, b: list) -> None:
    for name in SYMMETRIC:
        assert METRICS[name](a, b) == pytest.approx(METRICS[name](b, a), abs=1e-9), name


def test_multimatch_is_symmetric_and_has_no_preferred_side() -> None:
    """Saccades of no length have a direction by convention only, so random places, which have none."""
    rng = np.random.default_rng(4)
    first, second = ([random_path(rng, int(n)) for n in rng.integers(3, 40, 50)] for _ in range(2))
    for name in TIES:
        there, back = score_pairs(METRICS[name], first, second), score_pairs(METRICS[name], second, first)
        np.testing.assert_allclose(there.scores, back.scores, rtol=0, atol=1e-12)
        mirrored = [[path * [-1, 1, 1] + [1, 0, 0] for path in side] for side in (first, second)]
        there_mirrored = score_pairs(METRICS[name], *mirrored)
        np.testing.assert_allclose(there.scores, there_mirrored.scores, rtol=0, atol=1e-9)


@given(a=paths, b=paths)
@quick
def test_scores_stay_in_their_range(a: list, b: list) -> None:
    for name in UNIT_RANGE:
        assert 0 <= METRICS[name](a, b) <= 1 + 1e-12, name
    for name in ("mCC", "CC", "region order"):
        assert -1 - 1e-12 <= METRICS[name](a, b) <= 1 + 1e-12, name
    for name in ("SED", "total duration error", "fixation duration error", "length error"):
        assert METRICS[name](a, b) >= 0, name


@given(a=paths, b=paths)
@quick
def test_turning_the_film_over_changes_nothing(a: list, b: list) -> None:
    """Both paths mirrored left to right."""
    mirrored = [[(1 - x, y, s) for x, y, s in path] for path in (a, b)]
    for name in ("CC", "STDE", "KL"):
        assert METRICS[name](*mirrored) == pytest.approx(METRICS[name](a, b), abs=1e-6), name


@given(a=paths, b=paths, factor=st.sampled_from([2, 4]))
@quick
def test_a_slower_reader_in_both_paths_looks_alike(a: list, b: list, factor: int) -> None:
    """All durations times the same factor, a power of two to stay exact: maps are scaled, relative durations stay."""
    slower = [[(x, y, s * factor) for x, y, s in path] for path in (a, b)]
    for name in ("CC", "NSS", "AUC-Judd", "mD-MM", "SED", "STDE", "region order", "ScanMatch, places only"):
        assert METRICS[name](*slower) == pytest.approx(METRICS[name](a, b), abs=1e-6), name


def test_string_edits_by_hand() -> None:
    """kitten against sitting is 3, letters as cells of one row; the film's far edge lies in the last cell."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    a, b = ([((letters.index(c) + 0.5) / 26, 0.5, 0.2) for c in word] for word in ("kitten", "sitting"))
    assert StringEdit(columns=26, rows=1)(a, b) == 3
    assert StringEdit(columns=26, rows=1, normalised=True)(a, b) == pytest.approx(3 / 7)
    assert StringEdit()([(1.0, 1.0, 0.2)], [(0.99, 0.99, 0.2)]) == 0
    assert StringEdit()([(0.1, 0.9, 0.2)], [(0.1, 0.1, 0.2)]) == 1


def test_stde_by_hand() -> None:
    """One predicted fixation a quarter of the width right of the nearest of two: .25 / sqrt 2 diagonals off."""
    a, b = [(0.5, 0.5, 0.2)], [(0.25, 0.5, 0.2), (0.0, 0.5, 0.2)]
    assert TimeDelayEmbedding()(a, b) == pytest.approx(1 - 0.25 / math.sqrt(2))


def test_stde_sees_order_through_its_longer_windows() -> None:
    """There and back against back and there: windows of 1 fit, of 2 are off by 1 / sqrt 2 of the diagonal."""
    a, b = [(0.0, 0.5, 0.2), (1.0, 0.5, 0.2)], [(1.0, 0.5, 0.2), (0.0, 0.5, 0.2)]
    assert TimeDelayEmbedding()(a, b) == pytest.approx((1 + 1 - 1 / math.sqrt(2)) / 2)
    assert TimeDelayEmbedding(longest_window=1)(a, b) == 1


def at(*regions: int) -> list[tuple[float, float, float]]:
    """Fixations in cells of the 4 x 4 grid."""
    return [((r % 4 + 0.5) / 4, (r // 4 + 0.5) / 4, 0.2) for r in regions]


def test_order_of_first_visits_by_hand() -> None:
    """0 1 2 against 0 2 1: three pairs, one turned round: (2 - 1) / 3. Coming back later changes nothing."""
    assert RegionOrder()(at(0, 1, 2), at(0, 2, 1)) == pytest.approx(1 / 3)
    assert RegionOrder()(at(0, 1, 0, 2, 1), at(0, 2, 1)) == pytest.approx(1 / 3)
    assert RegionOrder()(at(0, 1, 2), at(2, 1, 0)) == -1


def test_regions_left_out_cost_order() -> None:
    """0 alone against 0 1 2: of three pairs two agree (0 before what never comes), one is tied."""
    assert RegionOrder()(at(0), at(0, 1, 2)) == pytest.approx(2 / 3)
    assert RegionOrder()(at(5), at(6)) == -1


def test_coverage_by_hand() -> None:
    """Two of the truth's four regions; what the prediction sees beyond costs nothing here."""
    assert Coverage()(at(0, 1, 9, 10), at(0, 1, 2, 3)) == pytest.approx(0.5)


def test_redundancy_by_hand() -> None:
    """0 1 0 1: four visits, two of them returns. Staying in a region is one visit."""
    assert redundancy(visits(np.array(at(0, 1, 0, 1)), 4, 4)) == pytest.approx(0.5)
    assert redundancy(visits(np.array(at(0, 0, 0)), 4, 4)) == 0
    assert RedundancyError()(at(0, 1, 0, 1), at(0, 1)) == pytest.approx(0.5)


def test_boxes_stand_in_for_the_grid_and_what_lies_outside_is_no_visit() -> None:
    boxes = ((0.0, 0.0, 0.25, 0.25), (0.75, 0.75, 1.0, 1.0))
    assert visits(np.array(at(0, 5, 0, 15)), 4, 4, boxes).tolist() == [0, 1]
    assert Coverage(boxes=boxes)(at(0, 5), at(0, 15)) == pytest.approx(0.5)
    assert Coverage(boxes=boxes)(at(5), at(6)) == 1.0


def test_amounts_by_hand() -> None:
    a, b = [(0.5, 0.5, 0.2), (0.5, 0.5, 0.4)], [(0.5, 0.5, 0.5), (0.5, 0.5, 0.1), (0.5, 0.5, 0.9)]
    assert METRICS["total duration error"](a, b) == pytest.approx(0.9)
    assert METRICS["fixation duration error"](a, b) == pytest.approx(0.2)
    assert METRICS["length error"](a, b) == 1


def test_a_recipe_says_all_its_parameters() -> None:
    recipe = METRICS["mIoU"].recipe()
    assert recipe["heat"] == {"canvas": 128, "sigma": 50 / 6, "reach": 25.0} and recipe["above_mean"] is True
    assert MultiMatch().recipe()["screen"] == (128.0, 128.0)
    assert METRICS["SED"].recipe()["higher_is_better"] is False


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownMetric, match="ScanMatch"):
        metric("BLEU")


@pytest.mark.parametrize("name", METRICS)
def test_a_batch_scores_as_its_pairs_do(name: str) -> None:
    rng = np.random.default_rng(2)
    pool = [random_path(rng, int(n)) for n in rng.integers(3, 30, 24)]
    batch = score_pairs(METRICS[name], pool[:12], pool[12:])
    alone = [METRICS[name](a, b) for a, b in zip(pool[:12], pool[12:], strict=True)]
    np.testing.assert_allclose(batch.scores, alone, rtol=0, atol=1e-12)
