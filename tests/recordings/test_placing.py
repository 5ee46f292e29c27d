"""From a file's places to places on a film. The numbers are worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from gazeapp.recordings.importers.placing import Box, film_fractions, fitted, mean_of_eyes, off_film
from gazeapp.recordings.importers.session import Frame, Samples


@pytest.mark.parametrize(
    ("screen", "aspect", "box"),
    [
        ((1920, 1080), 1.0, (420, 0, 1080, 1080)),  # a square film stands between two bars
        ((1920, 1080), 1.2, (510, 0, 900, 1080)),  # a high one between wider bars: 1080 / 1.2 = 900
        ((1920, 1080), 0.5, (0, 60, 1920, 960)),  # a wide one under and over bars
        ((1080, 1920), 1.25, (0, 285, 1080, 1350)),  # a screen on its side
        ((1000, 800), 0.8, (0, 0, 1000, 800)),  # the same shape: no bars
    ],
)
def test_a_film_is_fitted_into_the_middle_of_the_screen(
    screen: tuple[int, int], aspect: float, box: tuple[float, ...]
) -> None:
    found = fitted(screen, aspect)
    assert (found.left, found.top, found.width, found.height) == pytest.approx(box)


def of(x: float, y: float, frame: Frame, **more: object) -> tuple[float, float]:
    across, down = film_fractions(np.array([x]), np.array([y]), frame, **more)  # type: ignore[arg-type]
    return float(across[0]), float(down[0])


def test_pixels_of_a_letterboxed_screen_become_fractions_of_the_film() -> None:
    box = fitted((1920, 1080), 0.5)  # 0, 60, 1920 × 960
    assert of(960, 540, Frame.SCREEN_PX, box=box) == pytest.approx((0.5, 0.5))
    assert of(480, 300, Frame.SCREEN_PX, box=box) == pytest.approx((0.25, 0.25))
    assert of(1920, 1080, Frame.SCREEN_PX, box=box) == pytest.approx((1.0, 1.0625))  # on the lower bar


def test_pixels_beside_a_square_film_lie_off_it() -> None:
    box = fitted((1920, 1080), 1.0)
    assert of(420, 0, Frame.SCREEN_PX, box=box) == pytest.approx((0, 0))
    assert of(150, 540, Frame.SCREEN_PX, box=box) == pytest.approx((-0.25, 0.5))


def test_fractions_of_the_screen_are_its_pixels_first() -> None:
    box = fitted((1920, 1080), 1.0)
    assert of(0.5, 0.5, Frame.SCREEN, box=box, screen_px=(1920, 1080)) == pytest.approx((0.5, 0.5))
    # .3 of 1920 is 576 px, 156 px from the film's left edge of 1080 px.
    assert of(0.3, 0.1, Frame.SCREEN, box=box, screen_px=(1920, 1080)) == pytest.approx((0.14444444, 0.1))


def test_a_box_that_somebody_says_is_taken_as_it_is() -> None:
    assert of(200, 150, Frame.SCREEN_PX, box=Box(100, 50, 400, 200)) == pytest.approx((0.25, 0.5))


def test_pixels_of_the_film_are_divided_by_its_size_and_fractions_stay() -> None:
    assert of(32, 16, Frame.FILM_PX, film_px=(128, 64)) == (0.25, 0.25)
    assert of(0.3, 0.7, Frame.FILM) == (0.3, 0.7)


def test_a_lost_eye_stays_lost() -> None:
    assert np.isnan(of(float("nan"), 3, Frame.SCREEN_PX, box=Box(0, 0, 10, 10))[0])


def test_the_mean_of_two_eyes_is_one_eye_where_the_other_is_lost() -> None:
    time, nan = np.array([0.0, 1.0, 2.0]), float("nan")
    left = Samples(time, np.array([0.0, 1.0, nan]), np.array([0.0, 1.0, nan]))
    right = Samples(time, np.array([2.0, nan, nan]), np.array([4.0, nan, nan]))
    mean = mean_of_eyes(left, right)
    assert mean.x[:2].tolist() == [1.0, 1.0]
    assert mean.y[:2].tolist() == [2.0, 1.0]
    assert np.isnan(mean.x[2])


def test_places_that_are_not_known_are_neither_on_the_film_nor_off_it() -> None:
    nan = float("nan")
    assert off_film(np.array([0.5, 1.5, nan]), np.array([0.5, 0.5, nan])) == 0.5
    assert off_film(np.array([nan]), np.array([nan])) == 0.0
