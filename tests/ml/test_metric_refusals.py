"""What no metric may score is refused by name, and never enters a mean."""

from __future__ import annotations

import numpy as np
import pytest

from ml.metrics.catalogue import METRICS, score_pairs
from ml.metrics.paths import PathRefused, Reason, checked

GOOD = np.array([[0.2, 0.2, 0.2], [0.5, 0.5, 0.3], [0.8, 0.2, 0.25]])


def spoilt(row: int, column: int, value: float) -> np.ndarray:
    out = GOOD.copy()
    out[row, column] = value
    return out


FAULTS = {
    "a place that is NaN": (spoilt(1, 0, np.nan), Reason.NOT_FINITE),
    "a duration that is infinite": (spoilt(1, 2, np.inf), Reason.NOT_FINITE),
    "a duration of zero": (spoilt(2, 2, 0.0), Reason.DURATION),
    "a negative duration": (spoilt(2, 2, -0.1), Reason.DURATION),
    "milliseconds": (GOOD * [1, 1, 1000], Reason.UNIT),
    "one fixation in milliseconds among seconds": (spoilt(0, 2, 240.0), Reason.UNIT),
    "a minute and more on one place": (spoilt(0, 2, 60.5), Reason.UNIT),
    "seconds divided by a thousand": (GOOD * [1, 1, 0.001], Reason.UNIT),
    "a place left of the film": (spoilt(0, 0, -0.01), Reason.OFF_FILM),
    "pixels": (GOOD * [128, 128, 1], Reason.OFF_FILM),
    "no fixation": (GOOD[:0], Reason.TOO_FEW),
    "a flat list": ([0.1, 0.2, 0.3], Reason.SHAPE),
    "words": ([["a", "b", "c"]], Reason.SHAPE),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", ["ScanMatch", "mMM", "KL", "length error"])
def test_a_faulty_path_is_refused_on_either_side(name: str, fault: str) -> None:
    path, reason = FAULTS[fault]
    for pair in ((path, GOOD), (GOOD, path)):
        with pytest.raises(PathRefused) as refusal:
            METRICS[name](*pair)
        assert refusal.value.reason is reason


def test_a_refusal_names_the_fixation_and_its_value() -> None:
    with pytest.raises(PathRefused, match=r"fixation 1 has x 0.5, y 0.5, duration 0$"):
        checked(spoilt(1, 2, 0.0))


def test_multimatch_wants_three_fixations_and_other_metrics_one() -> None:
    with pytest.raises(PathRefused, match="2, at least 3"):
        METRICS["mMM"](GOOD[:2], GOOD)
    assert METRICS["ScanMatch"](GOOD[:1], GOOD) > 0


def test_a_place_may_be_looked_at_for_as_long_as_somebody_thinks() -> None:
    """27.5 s of an aperture that rested while its reader thought."""
    assert checked(spoilt(1, 2, 27.5))[1, 2] == 27.5


def test_the_film_s_edges_belong_to_it() -> None:
    """Single precision may leave a place a rounding beyond the edge: it is taken as the edge."""
    assert checked([[0.0, 1.0000001, 0.2]]).tolist() == [[0.0, 1.0, 0.2]]


def test_refused_pairs_are_listed_and_have_no_score() -> None:
    predicted = [GOOD, spoilt(0, 0, np.nan), GOOD, GOOD[:2]]
    truth = [GOOD, GOOD, spoilt(1, 2, 0.0), GOOD]
    found = score_pairs(METRICS["mMM"], predicted, truth)
    assert found.scores[0] == pytest.approx(1.0)
    assert np.isnan(found.scores).tolist() == [False, True, True, True]
    assert [(r.index, r.side, r.reason) for r in found.refused] == [
        (1, "predicted", Reason.NOT_FINITE),
        (2, "truth", Reason.DURATION),
        (3, "predicted", Reason.TOO_FEW),
    ]


def test_the_rows_of_one_array_are_told_apart() -> None:
    """A three-dimensional array makes a new object at every look at a row."""
    stack = np.stack([GOOD, GOOD[::-1]])
    scores = score_pairs(METRICS["ScanMatch"], stack, stack[::-1]).scores
    assert scores[0] == scores[1] < 1
