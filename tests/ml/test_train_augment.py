"""Films that lie and look otherwise each time they are met, with the gaze and the regions on them."""

from __future__ import annotations

import numpy as np
import torch

from ml.training import augment

SIDE = 64


def lungs(x0: float = 0.2, y0: float = 0.2, x1: float = 0.8, y1: float = 0.7) -> np.ndarray:
    """(1, 7, 4): six zones that fill the box, and a region of its own at the bottom."""
    middle, thirds = (x0 + x1) / 2, np.linspace(y0, y1, 4)
    zones = [(a, thirds[i], b, thirds[i + 1]) for a, b in ((x0, middle), (middle, x1)) for i in range(3)]
    return np.array([[*zones, (0.4, 0.9, 0.6, 1.0)]], np.float32)


def dot(x: float, y: float) -> torch.Tensor:
    film = torch.zeros(1, 1, SIDE, SIDE)
    film[0, 0, int(y * SIDE), int(x * SIDE)] = 1.0
    return film


def test_the_gaze_goes_where_the_film_goes() -> None:
    """A bright dot that is looked at is, after the move, within a pixel of where the fixation says."""
    rng = np.random.default_rng(1)
    for _ in range(20):
        scale, shift = augment.draw_moves(lungs(), rng)
        x, y = rng.uniform(0.35, 0.65, 2)
        film = augment.move_films(dot(x, y), scale, shift)[0, 0].numpy()
        seen = np.array([[[[(int(x * SIDE) + 0.5) / SIDE, (int(y * SIDE) + 0.5) / SIDE, 0.3]]]], np.float32)
        fixations, lengths = augment.move_fixations(seen, np.array([[1]], np.int16), scale, shift)
        rows, columns = np.indices(film.shape)
        centre = [(film * axis).sum() / film.sum() + 0.5 for axis in (columns, rows)]
        assert lengths[0, 0] == 1
        np.testing.assert_allclose(fixations[0, 0, 0, :2] * SIDE, centre, atol=1.0)


def test_the_lungs_stay_on_the_film() -> None:
    for box in (lungs(), lungs(0.01, 0.02, 0.99, 0.95), lungs(0.0, 0.3, 0.5, 0.9)):
        for seed in range(40):
            scale, shift = augment.draw_moves(box, np.random.default_rng(seed))
            moved = box.reshape(-1, 2)[:12] * scale + shift
            assert moved.min() > -1e-5
            assert moved.max() < 1 + 1e-5


def test_films_move_both_ways_along_both_axes() -> None:
    box = np.repeat(lungs(), 400, axis=0)
    scale, shift = augment.draw_moves(box, np.random.default_rng(0))
    slid = shift - 0.5 * (1 - scale)
    for axis in (0, 1):
        assert slid[:, axis].min() < -0.1
        assert slid[:, axis].max() > 0.1
    assert (scale < 0.85).any()
    assert (scale > 1.15).any()


def test_a_film_without_lungs_may_go_anywhere() -> None:
    scale, shift = augment.draw_moves(np.full((3, 7, 4), np.nan, np.float32), np.random.default_rng(0))
    assert np.isfinite(scale).all()
    assert np.isfinite(shift).all()


def test_fixations_that_leave_the_square_are_dropped_and_the_others_keep_their_order() -> None:
    """Slid by .5 to the right: .2 and .4 stay (.7, .9), .6 leaves; the padding behind stays padding."""
    path = np.zeros((1, 1, 4, 3), np.float32)
    path[0, 0, :3] = [[0.2, 0.5, 0.1], [0.6, 0.5, 0.2], [0.4, 0.5, 0.3]]
    one, half = np.ones((1, 2), np.float32), np.array([[0.5, 0.0]], np.float32)
    moved, lengths = augment.move_fixations(path, np.array([[3]], np.int16), one, half)
    assert lengths.tolist() == [[2]]
    np.testing.assert_allclose(moved[0, 0, :2], [[0.7, 0.5, 0.1], [0.9, 0.5, 0.3]], atol=1e-6)


def test_a_region_that_is_mostly_off_the_square_is_unknown() -> None:
    """Slid down by .08 the lowest region keeps a fifth of its height, by .05 half of it."""
    one = np.ones((1, 2), np.float32)
    for down, known in ((0.08, False), (0.05, True)):
        moved = augment.move_boxes(lungs(), one, np.array([[0.0, down]], np.float32))
        assert bool(np.isfinite(moved[0, 6]).all()) is known
        assert np.nanmax(moved) <= 1.0


def test_films_are_exposed_anew_within_range_and_the_same_for_the_same_seed() -> None:
    films = torch.rand(6, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    first, again, other = (augment.expose_anew(films, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert 0 <= float(first.min()) <= float(first.max()) <= 1
    assert float((first - films).abs().mean(dim=(1, 2, 3)).min()) > 0.005
