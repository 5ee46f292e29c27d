"""Metrics on places where x and y differ and on samples whose interval is known: a swapped axis or a width shows."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from ml.evaluation.calibration import Calibration, calibration
from ml.evaluation.harness import evaluate, shuffled
from ml.metrics.cases import ModelRun, PlainCase, Prediction
from ml.metrics.dwell import centroid, dwell_s, dwell_share
from ml.metrics.grid import cells
from ml.metrics.heat import Heat
from ml.metrics.intervals import bootstrap_mean, bootstrap_slope, interval
from ml.metrics.regions import visits
from ml.metrics.saliency import AucJudd, Correlation, Divergence, NormalisedScanpathSaliency
from ml.metrics.scanmatch import ScanMatch
from ml.metrics.sed import StringEdit
from ml.metrics.stde import TimeDelayEmbedding

FILM = np.zeros((40, 32), np.uint8)
LOW_LEFT, HIGH_RIGHT = (0.0, 0.5, 0.5, 1.0), (0.5, 0.0, 1.0, 0.5)  # boxes: x0, y0, x1, y1
STEPS = np.tile([-1.0, 1.0], 200)  # 400 values of mean 0 and deviation 1: their mean's standard error is 1/20


# --- intervals: 95 % of a normal lies within 1.96 deviations (90 % within 1.645, which would be .082)


def test_the_interval_of_a_mean_is_as_wide_as_the_central_limit_says() -> None:
    found = bootstrap_mean(3 + STEPS)
    assert [found.value, found.low, found.high] == pytest.approx([3, 3 - 0.098, 3 + 0.098], abs=0.007)


def test_the_interval_of_a_slope_is_as_wide_as_the_central_limit_says() -> None:
    """Four hundred cases of two points each, with slopes 0 and 2 in turn: their mean is 1 and its error 1/20."""
    x = np.tile([-1.0, 1.0], (400, 1))
    found = bootstrap_slope(x, x * (1 + STEPS)[:, None])
    assert [found.value, found.low, found.high] == pytest.approx([1, 1 - 0.098, 1 + 0.098], abs=0.009)


def test_an_interval_holds_the_middle_nineteen_in_twenty_of_what_was_drawn() -> None:
    found = interval(7.0, np.arange(1001.0))
    assert (found.value, found.low, found.high) == (7.0, 25.0, 975.0)


def test_draws_without_a_number_widen_an_interval_at_both_ends_and_more_of_them_end_it() -> None:
    """Of 1000 draws, 2.5 % are 25: with 20 unknown ones, five known ones are left beyond either bound."""
    drawn = np.arange(1000.0)
    found = interval(0.5, np.where(drawn < 980, drawn, np.nan))
    assert (found.low, found.high) == (4.0, 975.0)
    assert math.isnan(interval(0.5, np.where(drawn < 970, drawn, np.nan)).low)


# --- the harness


def test_an_ablation_is_measured_against_its_models_readings_of_other_cases_too() -> None:
    """All cases are read alike, so the model's reading of another case beats every trivial baseline. Left out for the
    ablation alone, its share would start from a worse one and look better than the model's own."""
    rng = np.random.default_rng(0)
    way = np.column_stack([np.linspace(0.2, 0.8, 8), np.linspace(0.1, 0.4, 8), np.full(8, 0.3)])

    def read(spread: float) -> np.ndarray:
        return way + np.column_stack([rng.normal(0, spread, (8, 2)), np.zeros(8)])

    cases = [PlainCase(f"c{i}", FILM, "", tuple((f"r{k}", read(0.03)) for k in range(2))) for i in range(8)]
    elsewhere = [PlainCase(f"t{i}", FILM, "", (("r", np.tile([0.9, 0.9, 0.2], (5, 1))),)) for i in range(4)]
    whole = ModelRun("whole", [Prediction(way)] * 8)
    blind = replace(whole, name="blind", predictions=[Prediction(read(0.1)) for _ in cases], ablation_of="whole")
    shares = evaluate(cases, [whole, blind], elsewhere, metrics=("ScanMatch",), limit=4).shares["ScanMatch"]
    baselines = {name: share.baseline for name, share in shares.items() if share is not None}
    assert baselines == {"whole": shuffled("whole"), "blind": shuffled("whole")}


def doubt(spread: list[float], *truths: list[float]) -> Calibration:
    """What is found of one prediction at the film's middle with that spread, and readers who looked at these places."""
    case = PlainCase("c", FILM, "", tuple((f"r{k}", np.array([[*xy, 0.3]])) for k, xy in enumerate(truths)))
    said = Prediction(np.array([[0.5, 0.5, 0.3]]), spread=np.array([spread]), duration_interval=np.array([[0.2, 0.4]]))
    return calibration([case], ModelRun("m", [said]))


def shares_inside(found: Calibration) -> dict[float, float]:
    return {level: estimate.value for level, estimate in found.in_order.items()}


def test_an_ellipse_lies_along_the_axis_that_its_deviations_say() -> None:
    """One deviation away: half the squared distance is 1/2, and 1 - exp(-1/2) = 39 % of a Gaussian lies nearer."""
    along = shares_inside(doubt([0.2, 0.02, 0.0], [0.7, 0.5], [0.5, 0.52], [0.3, 0.5], [0.5, 0.48]))
    assert (along[0.3], along[0.4]) == (0, 1)
    across = shares_inside(doubt([0.2, 0.02, 0.0], [0.5, 0.7]))
    assert set(across.values()) == {0}


def test_a_correlated_ellipse_leans_down_to_the_right() -> None:
    """At one deviation in both, rho .9: (1 + 1 - 1.8) / .19 = 1.05 along it, (1 + 1 + 1.8) / .19 = 20 across."""
    along = shares_inside(doubt([0.1, 0.1, 0.9], [0.6, 0.6]))
    assert (along[0.4], along[0.5]) == (0, 1)
    assert set(shares_inside(doubt([0.1, 0.1, 0.9], [0.6, 0.4])).values()) == {0}


# --- places


def test_cells_are_numbered_row_by_row_from_the_upper_left() -> None:
    path = np.array([[0.1, 0.1, 1], [0.9, 0.1, 1], [0.1, 0.9, 1], [0.25, 0.5, 1], [1.0, 1.0, 1]])
    assert cells(path, columns=4, rows=2).tolist() == [0, 3, 4, 5, 7]


def test_dwell_and_its_centre_tell_across_from_down() -> None:
    path, mask = np.array([[0.2, 0.8, 0.5], [0.8, 0.2, 0.1]]), np.ones(2)
    assert (dwell_s(path, mask, LOW_LEFT), dwell_s(path, mask, HIGH_RIGHT)) == (0.5, 0.1)
    assert dwell_share(path, mask, LOW_LEFT) == pytest.approx(5 / 6)
    assert dwell_s(path, np.array([0, 1]), (0.0, 0.0, 1.0, 1.0)) == 0.1
    assert centroid(path, mask) == pytest.approx([0.3, 0.7])  # (.2 * .5 + .8 * .1) / .6 and the other way round


def test_a_box_holds_its_left_and_upper_edge_and_not_the_others() -> None:
    edge = np.array([[0.5, 0.0, 1.0], [1.0, 0.2, 1.0], [0.7, 0.5, 1.0]])
    assert dwell_s(edge, np.ones(3), HIGH_RIGHT) == 1.0


def test_visits_to_boxes_tell_across_from_down_and_what_lies_between_ends_none() -> None:
    path = np.array([[0.2, 0.8], [0.3, 0.9], [0.8, 0.2], [0.2, 0.2], [0.8, 0.3], [0.1, 0.6]])
    assert visits(np.column_stack([path, np.ones(6)]), 4, 4, (LOW_LEFT, HIGH_RIGHT)).tolist() == [0, 1, 0]


def test_grids_that_are_not_square_have_as_many_columns_as_they_say() -> None:
    """Half a column of 16 apart is one cell or none; half a row of 12 would be the other way round."""
    here, beside = [[0.5 / 16, 0.5 / 12, 0.05]], [[0.5 / 16, 1.5 / 12, 0.05]]
    assert ScanMatch()(here, beside) == pytest.approx(2.5 / 3.5)
    assert ScanMatch()([[1.05 / 16, 0.5, 0.05]], [[1.05 / 12, 0.5, 0.05]]) == pytest.approx(1.0)
    assert StringEdit(columns=2, rows=1)([[0.2, 0.2, 0.1]], [[0.2, 0.9, 0.1]]) == 0
    assert StringEdit(columns=1, rows=2)([[0.2, 0.2, 0.1]], [[0.2, 0.9, 0.1]]) == 1


def test_time_delay_embedding_counts_in_diagonals_of_a_wide_screen() -> None:
    """Half of a width of 200 on a screen with a diagonal of 223.6."""
    wide = TimeDelayEmbedding(screen=(200.0, 100.0))
    assert wide([[0.0, 0.0, 0.1]], [[0.5, 0.0, 0.1]]) == pytest.approx(1 - 100 / math.hypot(200, 100))
    assert wide([[0.0, 0.0, 0.1]], [[0.0, 0.5, 0.1]]) == pytest.approx(1 - 50 / math.hypot(200, 100))


def test_map_scores_on_four_pixels_by_hand() -> None:
    """Two by two pixels of which one holds everything: in deviations it is 3/sqrt(3), each other -1/sqrt(3)."""
    tiny = Heat(canvas=2, sigma=1.0, reach=0.5)
    right_top, left_low = [[0.75, 0.25, 0.2]], [[0.25, 0.75, 0.2]]
    assert tiny.map(np.array(right_top)).tolist() == [[0, 0.2], [0, 0]]
    nss = NormalisedScanpathSaliency(tiny)
    assert nss(right_top, right_top) == pytest.approx(math.sqrt(3))
    assert nss(right_top, left_low) == pytest.approx(-1 / math.sqrt(3))
    assert Correlation(tiny)(right_top, left_low) == pytest.approx(-1 / 3)
    assert AucJudd(tiny)(right_top, right_top) == 1.0
    assert AucJudd(tiny)(right_top, left_low) == 0.5  # one step from nothing to everything
    assert Divergence(tiny)(right_top, left_low) == pytest.approx(7 * math.log(10), abs=1e-5)  # log of 1 / 1e-7


def test_saliency_asks_the_predicted_map_at_the_true_fixations() -> None:
    """Predicted: two of four pixels alike, so one deviation above the mean; the reader looked at one of them."""
    tiny = Heat(canvas=2, sigma=1.0, reach=0.5)
    both, one = [[0.25, 0.25, 0.2], [0.75, 0.25, 0.2]], [[0.25, 0.25, 0.2]]
    assert NormalisedScanpathSaliency(tiny)(both, one) == pytest.approx(1.0)
    assert NormalisedScanpathSaliency(tiny)(one, both) == pytest.approx((3 - 1) / math.sqrt(3) / 2)


def test_the_curve_of_judd_falls_from_the_highest_value_by_hand() -> None:
    """Pixels .3, .2, .1 and 0, looked at the first and the third: (0, 0), (0, 1/2), (1/2, 1), (1, 1): 3/8 + 1/2."""
    tiny = Heat(canvas=2, sigma=1.0, reach=0.5)
    predicted = [[0.25, 0.25, 0.3], [0.75, 0.25, 0.2], [0.25, 0.75, 0.1]]
    assert AucJudd(tiny)(predicted, [[0.25, 0.25, 0.2], [0.25, 0.75, 0.2]]) == pytest.approx(7 / 8)
