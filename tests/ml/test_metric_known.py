"""Metrics against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ml.metrics.catalogue import score_pairs
from ml.metrics.dwell import thirds
from ml.metrics.heat import Heat
from ml.metrics.intervals import bootstrap_mean
from ml.metrics.overlap import MapOverlap, iou
from ml.metrics.scanmatch import ScanMatch
from tests.ml.golden import random_path

PATH = np.array([[0.10, 0.10, 0.2], [0.50, 0.50, 0.3], [0.90, 0.90, 0.1]])


def test_scanmatch_of_far_apart_paths_is_zero() -> None:
    a, b = np.array([[0.01, 0.01, 0.2]]), np.array([[0.99, 0.99, 0.2]])
    assert ScanMatch()(a, b) == 0.0


def test_scanmatch_of_neighbouring_cells_by_hand() -> None:
    """One letter each, cells (0, 0) and (1, 0), one cell apart: (3.5 - 1) / 3.5."""
    a, b = np.array([[0.5 / 16, 0.5 / 12, 0.05]]), np.array([[1.5 / 16, 0.5 / 12, 0.05]])
    assert ScanMatch()(a, b) == pytest.approx(2.5 / 3.5)
    diagonal = np.array([[1.5 / 16, 1.5 / 12, 0.05]])
    assert ScanMatch()(a, diagonal) == pytest.approx((3.5 - math.sqrt(2)) / 3.5)


def test_scanmatch_counts_time_in_bins() -> None:
    """100 ms against 200 ms in one cell: 2 letters against 4, two match: 2 * 3.5 / (3.5 * 4)."""
    a, b = np.array([[0.5, 0.5, 0.10]]), np.array([[0.5, 0.5, 0.20]])
    assert ScanMatch()(a, b) == pytest.approx(0.5)
    assert ScanMatch(bin_s=0)(a, b) == pytest.approx(1.0)


def test_scanmatch_keeps_order() -> None:
    """a b against b a, far apart: only one of the two can be matched; reversed it is whole."""
    a, b = [0.05, 0.05, 0.05], [0.95, 0.95, 0.05]
    assert ScanMatch()([a, b], [b, a]) == pytest.approx(0.5)
    assert ScanMatch()([a, b], [a, b]) == pytest.approx(1.0)


def test_scanmatch_agrees_with_a_plain_table() -> None:
    """The recipe written as the textbook's table, one cell after the other."""
    rng = np.random.default_rng(0)
    first, second = ([random_path(rng, int(n)) for n in rng.integers(1, 12, 40)] for _ in range(2))
    recipe = ScanMatch()
    for a, b, score in zip(first, second, score_pairs(recipe, first, second).scores, strict=True):
        letters = [[divmod(int(cell), 16) for cell in recipe.prepare(p)] for p in (a, b)]
        table = np.zeros((len(letters[0]) + 1, len(letters[1]) + 1))
        for i, (y, x) in enumerate(letters[0]):
            for j, (v, u) in enumerate(letters[1]):
                gain = 3.5 - math.dist((x, y), (u, v))
                table[i + 1, j + 1] = max(table[i, j] + gain, table[i, j + 1], table[i + 1, j])
        assert score == pytest.approx(table[-1, -1] / (3.5 * max(map(len, letters))))


def test_iou_of_masks_by_hand() -> None:
    a, b = np.array([[1, 1, 0]], bool), np.array([[0, 1, 1]], bool)
    assert iou(a, b) == pytest.approx(1 / 3)
    assert iou(a & b & ~a, a & ~a) == 0.0


def test_map_overlap_of_same_and_distant_paths() -> None:
    overlap = MapOverlap()
    assert overlap(PATH, PATH) == 1.0
    assert overlap(np.array([[0.1, 0.1, 1.0]]), np.array([[0.9, 0.9, 1.0]])) == 0.0


def test_heat_of_one_fixation_peaks_where_it_stands_and_ends_at_its_reach() -> None:
    heat = Heat().map(np.array([[0.5, 0.25, 2.0]]))
    row, column = np.unravel_index(int(heat.argmax()), heat.shape)
    assert abs(row - 31.5) <= 0.5 and abs(column - 63.5) <= 0.5
    assert heat.max() == pytest.approx(2.0 * math.exp(-((0.5 / (50 / 6)) ** 2)), rel=1e-6)
    assert (heat > 0).sum() == 50 * 50


def test_thirds_of_a_lung() -> None:
    upper, mid, lower = thirds((0.1, 0.0, 0.4, 0.9))
    assert upper == pytest.approx((0.1, 0.0, 0.4, 0.3))
    assert mid[1] == pytest.approx(0.3) and lower == pytest.approx((0.1, 0.6, 0.4, 0.9))


def test_one_case_has_a_mean_and_no_interval() -> None:
    assert str(bootstrap_mean(np.array([0.5, np.nan]))) == "0.500 [unbounded]"
