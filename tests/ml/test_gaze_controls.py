"""Controls, and the one form in which every path is shown to raters."""

from __future__ import annotations

import numpy as np
import pytest

from ml.gaze import render
from ml.gaze.controls import centre, displaced, shuffled
from ml.gaze.render import NOISE_S, STEP_S, rendered

PATH = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9], [0.2, 0.9, 0.2]])


def test_a_shuffled_path_has_the_same_fixations_in_another_order() -> None:
    for seed in range(30):
        other = shuffled(PATH, seed)
        assert sorted(map(tuple, other)) == sorted(map(tuple, PATH))
        assert not np.array_equal(other, PATH)


def test_two_fixations_shuffled_have_changed_places() -> None:
    for seed in range(10):
        assert np.array_equal(shuffled(PATH[:2], seed), PATH[1::-1])


def test_of_one_fixation_there_is_no_other_order() -> None:
    assert np.array_equal(shuffled(PATH[:1], 3), PATH[:1])


def test_a_centre_path_keeps_durations_and_lies_around_the_middle() -> None:
    many = np.column_stack([np.zeros(2000), np.ones(2000), np.linspace(0.1, 2, 2000)])
    made = centre(many, 1)
    assert np.array_equal(made[:, 2], many[:, 2])
    assert made[:, :2].mean(axis=0) == pytest.approx([0.5, 0.5], abs=0.02)
    assert made[:, :2].std(axis=0) == pytest.approx([0.15, 0.15], abs=0.02)
    assert made[:, :2].min() >= 0 and made[:, :2].max() <= 1


@pytest.mark.parametrize("control", [shuffled, centre, displaced])
def test_a_control_is_a_function_of_path_and_seed(control: object) -> None:
    made = [control(PATH, seed) for seed in (5, 6, 7, 8, 5)]  # type: ignore[operator]
    assert np.array_equal(made[0], made[-1])
    assert len({path.tobytes() for path in made}) > 1


def test_a_displaced_path_is_the_same_way_with_other_numbers() -> None:
    many = np.column_stack([np.full((4000, 2), 0.5), np.full(4000, 0.4)])
    made = displaced(many, 3)
    assert made[:, :2].std(axis=0) == pytest.approx([0.02, 0.02], rel=0.05)
    assert np.log(made[:, 2] / 0.4).std() == pytest.approx(0.25, rel=0.05)
    corner = displaced([[0.0, 1.0, 0.2]] * 50, 1)
    assert corner[:, :2].min() >= 0 and corner[:, :2].max() <= 1


def test_a_trackers_and_a_models_numbers_look_alike_to_a_rater(monkeypatch: pytest.MonkeyPatch) -> None:
    """By hand, without noise: .12345 is nearest to .125, .8771 to .875; .3312 s is nearest to .35 s; 20 ms become a
    tenth of a second; the second onset is .35 s + .05 s, the third .40 + .1 + .05."""
    monkeypatch.setattr(render, "NOISE_S", 0.0)
    shown = rendered([[0.12345, 0.8771, 0.3312], [1.02, -0.01, 0.02], [0.5, 0.5, 1.0]])
    assert shown == [
        {"x": 0.125, "y": 0.875, "onset_s": 0.0, "duration_s": 0.35},
        {"x": 1.0, "y": 0.0, "onset_s": 0.4, "duration_s": 0.1},
        {"x": 0.5, "y": 0.5, "onset_s": 0.55, "duration_s": 1.0},
    ]


def test_a_path_is_shown_alike_each_time() -> None:
    assert rendered(PATH) == rendered(PATH.tolist())


@pytest.mark.parametrize("hz", [10, 15, 20, 25, 30, 50])
def test_a_tracker_s_samples_are_not_heard_in_the_durations(hz: int) -> None:
    """Durations of 6 to 14 steps, equally often; 10 Hz stands for tables in tenths of a second. Rounded as they are,
    some steps come 1.6 (50 Hz) to 2.4 times (30 Hz) as often as others, or never (10 to 20 Hz), by the samples; with
    the noise 1.1 to 1.25 times, which 12,000 random durations do nearly too."""
    rng = np.random.default_rng(1)
    samples = rng.integers(round(0.1 * hz), round(1.1 * hz), (400, 30))
    paths = [np.column_stack([rng.random((30, 2)), row / hz]) for row in samples]
    steps = [round(one["duration_s"] / STEP_S) for path in paths for one in rendered(path)]
    often = np.bincount(steps)[6:15]
    assert often.max() / often.min() < 1.3
    assert max(abs(duration - row / hz) for path, rows in zip(paths, samples, strict=True) for duration, row in zip(
        (one["duration_s"] for one in rendered(path)), rows, strict=True)) <= NOISE_S + STEP_S  # fmt: skip


def test_of_no_fixations_nothing_is_shown() -> None:
    assert rendered(np.empty((0, 3))) == []
