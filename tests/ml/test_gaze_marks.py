"""Marks against a key, and why a finding was missed."""

from __future__ import annotations

import numpy as np
import pytest

from ml.gaze.marks import Finding, Mark, Miss, dwell_s, judge, miss_class
from ml.gaze.shapes import box, distances, ellipse

LEFT = Finding("nodule", box(0.6, 0.4, 0.7, 0.5), 3)
RIGHT = Finding("effusion", box(0.1, 0.7, 0.3, 0.9), 2)


def verdicts(*marks: Mark, aspect: float = 1.0) -> list[tuple[str, int | None]]:
    return [(verdict.value, number) for verdict, number in judge(marks, [LEFT, RIGHT], aspect=aspect).marks]


def test_a_mark_within_five_percent_of_the_films_width_hits() -> None:
    """The left region ends at .70: .749 lies .049 beside it, .751 lies .051 beside it."""
    assert verdicts(Mark(0.65, 0.45, 3), Mark(0.749, 0.45, 3), Mark(0.751, 0.45, 3)) == [
        ("hit", 0),
        ("hit", 0),
        ("false", None),
    ]


def test_five_percent_of_the_width_is_less_of_the_height_of_a_tall_film() -> None:
    """.04 below the region is .04 film widths on a square film and .08 on one twice as high as wide."""
    below = Mark(0.65, 0.54, 3)
    assert verdicts(below) == [("hit", 0)]
    assert verdicts(below, aspect=2.0) == [("false", None)]


def test_the_right_label_in_the_wrong_place_is_misplaced_and_another_label_is_false() -> None:
    assert verdicts(Mark(0.9, 0.1, 4, "Nodule"), Mark(0.9, 0.1, 4, "mass")) == [("misplaced", 0), ("false", None)]


def test_a_wrong_label_in_the_right_place_is_a_hit_all_the_same() -> None:
    assert verdicts(Mark(0.65, 0.45, 2, "effusion")) == [("hit", 0)]


def test_of_overlapping_findings_the_label_decides_and_without_one_the_nearer_centre() -> None:
    wide = Finding("consolidation", box(0.2, 0.2, 0.8, 0.8))
    small = Finding("nodule", box(0.6, 0.6, 0.7, 0.7))
    marks = [Mark(0.65, 0.65, 3, "consolidation"), Mark(0.65, 0.65, 3), Mark(0.5, 0.52, 3)]
    assert [number for _, number in judge(marks, [wide, small], aspect=1.0).marks] == [0, 1, 0]


def test_two_marks_on_one_finding_are_both_hits_and_the_surer_comes_first() -> None:
    judged = judge([Mark(0.65, 0.45, 2), Mark(0.66, 0.46, 5)], [LEFT, RIGHT], aspect=1.0)
    assert judged.hit_by == ((1, 0), ())
    assert judged.missed == (1,)


def test_dwell_counts_fixations_within_the_useful_field() -> None:
    """.1 of the width: .79 lies .09 beside the region that ends at .70, .81 lies .11 beside it."""
    path = np.array([[0.65, 0.45, 0.3], [0.79, 0.45, 0.5], [0.81, 0.45, 0.7]])
    assert dwell_s(path, LEFT.polygon, aspect=1.0) == pytest.approx(0.8)
    assert dwell_s(np.zeros((0, 3)), LEFT.polygon, aspect=1.0) == 0.0


@pytest.mark.parametrize(
    ("dwelt", "cut", "named"),
    [
        (0.0, 1.0, Miss.SEARCH),
        (0.999, 1.0, Miss.RECOGNITION),
        (1.0, 1.0, Miss.DECISION),
        (0.6, 0.5, Miss.DECISION),
        (1.2, 1.5, Miss.RECOGNITION),
    ],
)
def test_a_miss_is_named_by_how_long_its_region_was_looked_at(dwelt: float, cut: float, named: Miss) -> None:
    assert miss_class(dwelt, cut) is named


def test_distance_to_a_polygon_is_zero_inside_and_to_the_nearest_edge_outside() -> None:
    """Beside an edge .1, below it .1 x aspect 2 = .2, off a corner 3-4-5: .03 across and .04 down (aspect 1) is .05."""
    square = box(0.4, 0.4, 0.6, 0.6)
    assert distances([(0.5, 0.5), (0.7, 0.5)], square, aspect=1.0) == pytest.approx([0.0, 0.1])
    assert distances([(0.5, 0.7)], square, aspect=2.0) == pytest.approx([0.2])
    assert distances([(0.63, 0.64)], square, aspect=1.0) == pytest.approx([0.05])


def test_a_hollow_of_a_polygon_is_outside() -> None:
    """An L: the notch at its upper right is .2 from either arm."""
    corners = [(0.0, 0.0), (0.2, 0.0), (0.2, 0.6), (0.8, 0.6), (0.8, 0.8), (0.0, 0.8)]
    assert distances([(0.4, 0.4), (0.1, 0.4), (0.5, 0.7)], corners, aspect=1.0) == pytest.approx([0.2, 0.0, 0.0])


def test_an_ellipse_has_its_semi_axes_in_film_widths_and_turns_clockwise_on_the_screen() -> None:
    """Semi-axes .2 and .1 on a film twice as high as wide: .2 to the right, and .1 film widths, .05 of the height,
    down. Turned by 90 degrees the long axis points down: .2 film widths are .1 of the height."""
    flat = ellipse(0.5, 0.5, 0.2, 0.1, aspect=2.0)
    assert (flat[:, 0].max(), flat[:, 1].max()) == pytest.approx((0.7, 0.55))
    turned = ellipse(0.5, 0.5, 0.2, 0.1, 90.0, aspect=2.0)
    assert (turned[:, 0].max(), turned[:, 1].max()) == pytest.approx((0.6, 0.6))
    slanted = ellipse(0.5, 0.5, 0.2, 0.02, 30.0, aspect=1.0)
    assert slanted[slanted[:, 0].argmax()][1] > 0.55  # right and down: y grows downwards
