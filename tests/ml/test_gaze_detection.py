"""Fixations from samples (I-DT): cases whose answer is worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ml.gaze.detection import Dispersion, SamplesRefused, detect_fixations

BY = Dispersion(max_spread=0.08, min_duration_s=0.1, max_gap_s=0.075)


def steady(places: list[tuple[float, float, int]], rate: float = 60.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Time, x, y of samples that stand at each place for a number of samples."""
    x = np.concatenate([np.full(n, at) for at, _, n in places])
    y = np.concatenate([np.full(n, at) for _, at, n in places])
    return np.arange(len(x)) / rate, x, y


def test_two_places_are_two_fixations_from_first_to_last_sample() -> None:
    """30 samples at 60 Hz last 29/60 s; the second place begins at sample 30, that is at .5 s, and lasts 59/60 s."""
    found = detect_fixations(*steady([(0.2, 0.3, 30), (0.7, 0.6, 60)]), aspect=1.0, by=BY)
    assert [(f.x, f.y) for f in found] == [pytest.approx((0.2, 0.3)), pytest.approx((0.7, 0.6))]
    assert [f.onset_s for f in found] == pytest.approx([0.0, 0.5])
    assert [f.duration_s for f in found] == pytest.approx([29 / 60, 59 / 60])


def test_a_window_shorter_than_the_shortest_duration_is_no_fixation() -> None:
    """At 100 Hz, 11 samples last .10 s and 10 samples .09 s."""
    path = [(0.1, 0.5, 10), (0.5, 0.5, 11), (0.9, 0.5, 10)]
    found = detect_fixations(*steady(path, 100.0), aspect=1.0, by=BY)
    assert [f.x for f in found] == pytest.approx([0.5])
    assert found[0].duration_s == pytest.approx(0.1)


def test_spread_is_the_range_of_x_plus_the_range_of_y_in_film_widths() -> None:
    """A drift of .05 across and .02 down on a film twice as high as wide spreads .05 + .04 = .09: too far in one piece
    for .08; on a square film it spreads .07 and is one fixation."""
    t = np.arange(61) / 60
    x, y = 0.4 + 0.05 * t, 0.4 + 0.02 * t
    assert len(detect_fixations(t, x, y, aspect=1.0, by=BY)) == 1
    assert len(detect_fixations(t, x, y, aspect=2.0, by=BY)) == 2
    assert len(detect_fixations(t, y, x, aspect=0.5, by=BY)) == 1  # across .02, down .05 x .5: .045


def test_a_spread_of_exactly_the_threshold_still_belongs_together() -> None:
    t = np.arange(20) / 60
    x = np.where(np.arange(20) % 2, 0.5, 0.25)
    assert len(detect_fixations(t, x, np.full(20, 0.5), aspect=1.0, by=Dispersion(max_spread=0.25))) == 1


def test_a_lost_eye_ends_a_fixation() -> None:
    time, x, y = steady([(0.5, 0.5, 90)])
    x[30:32] = np.nan  # one blink of two samples
    found = detect_fixations(time, x, y, aspect=1.0, by=BY)
    assert [f.onset_s for f in found] == pytest.approx([0.0, 32 / 60])
    assert [f.duration_s for f in found] == pytest.approx([29 / 60, 57 / 60])


def test_a_pause_longer_than_the_gap_ends_a_fixation_and_a_shorter_one_does_not() -> None:
    time, x, y = steady([(0.5, 0.5, 90)])
    short, long = time.copy(), time.copy()
    short[45:] += 0.05  # 1/60 + .05 = .067 s between two samples
    long[45:] += 0.06  # .077 s
    assert len(detect_fixations(short, x, y, aspect=1.0, by=BY)) == 1
    assert len(detect_fixations(long, x, y, aspect=1.0, by=BY)) == 2


@pytest.mark.parametrize("rate", [60.0, 250.0, 1000.0, 2000.0])
def test_long_fixations_end_where_the_eye_leaves_at_any_rate(rate: float) -> None:
    """Blocks of samples are looked at together; the border must not move by one sample for it."""
    n = int(3.21 * rate)
    found = detect_fixations(*steady([(0.3, 0.3, n), (0.6, 0.3, n)], rate), aspect=1.2, by=BY)
    assert [f.onset_s for f in found] == pytest.approx([0.0, n / rate])
    assert [f.duration_s for f in found] == pytest.approx([(n - 1) / rate] * 2)


def test_it_finds_what_the_textbook_algorithm_finds_sample_by_sample() -> None:
    """A plain reading of Salvucci and Goldberg's pseudocode, one sample at a time, on a noisy walk."""
    random = np.random.default_rng(7)
    centres = random.uniform(0.1, 0.9, (40, 2)).repeat(random.integers(5, 60, 40), axis=0)
    x, y = (centres + random.normal(0, 0.008, centres.shape)).T
    time = np.arange(len(x)) / 120
    found, start = [], 0
    while start < len(x):
        stop = start + 13  # 12 intervals of 1/120 s are .1 s
        if stop > len(x):
            break
        if np.ptp(x[start:stop]) + np.ptp(y[start:stop]) * 1.25 > BY.max_spread:
            start += 1
            continue
        while stop < len(x) and np.ptp(x[start : stop + 1]) + np.ptp(y[start : stop + 1]) * 1.25 <= BY.max_spread:
            stop += 1
        found.append((time[start], time[stop - 1] - time[start], x[start:stop].mean()))
        start = stop
    ours = detect_fixations(time, x, y, aspect=1.25, by=BY)
    assert len(ours) == len(found) > 20
    assert np.array([(f.onset_s, f.duration_s, f.x) for f in ours]) == pytest.approx(np.array(found))


@pytest.mark.parametrize(
    ("time", "x", "words"),
    [
        ([0, 1, 1], [0, 0, 0], "must grow"),
        ([0, 1, np.nan], [0, 0, 0], "must grow"),
        ([0, 1], [0, 0, 0], "do not belong together"),
        ([0, 1, 2], [0, np.inf, 0], "a number"),
    ],
)
def test_samples_that_cannot_be_are_refused_with_the_reason(time: list[float], x: list[float], words: str) -> None:
    with pytest.raises(SamplesRefused, match=words):
        detect_fixations(time, x, [0, 0, 0], aspect=1.0)


def test_no_samples_are_no_fixations() -> None:
    assert detect_fixations([], [], [], aspect=1.0) == ()
