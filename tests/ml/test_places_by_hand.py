"""Numbers between film, square, grid and reading by hand, where x and y, pixels and fractions, s and log s differ."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
import torch

from ml.demo.auxiliary import gaze_shares
from ml.medgaze.decoders.anchors import LOG_S, Anchors, nearness_and_dwell, squared_distance
from ml.medgaze.decoders.autoregressive import AutoregressiveDecoder
from ml.medgaze.decoders.autoregressive_paths import AutoregressivePaths
from ml.medgaze.decoders.distribution import Drawn, PathDistribution
from ml.medgaze.decoders.parallel import PathHeads
from ml.medgaze.fusion import Memory
from ml.medgaze.geometry import FilmTransform
from ml.medgaze.guard import guard
from ml.medgaze.layers import grid_centres, sine_positions
from ml.medgaze.losses import balanced_shares, path_losses
from ml.medgaze.processing import _fixations
from tests.ml.kit import autoregressive_config, tiny_config

WIDE = FilmTransform.fit(400, 200, 100, letterbox=True)
HIGH = FilmTransform.fit(200, 400, 100, letterbox=True)


def test_gaze_time_is_shared_out_over_cells_row_by_row() -> None:
    """Of a 4 x 4 grid: .3 s in the upper row's last cell, .1 s in the third row's first; the padding's 9 s nowhere."""
    fixations = torch.tensor([[[[0.9, 0.1, 0.3], [0.5, 0.5, 9.0]], [[0.1, 0.6, 0.1], [0.5, 0.5, 9.0]]]])
    shares = gaze_shares(fixations, torch.tensor([[[1.0, 0.0], [1.0, 0.0]]]), side=4)
    expected = torch.zeros(1, 16)
    expected[0, 3], expected[0, 8] = 0.75, 0.25
    torch.testing.assert_close(shares, expected)


def test_gaze_on_the_far_edge_lies_in_the_last_cell() -> None:
    shares = gaze_shares(torch.tensor([[[[1.0, 1.0, 0.2]]]]), torch.ones(1, 1, 1), side=3)
    assert shares.argmax() == 8


def test_a_wide_film_has_bars_above_and_below_and_a_high_one_at_its_sides() -> None:
    assert (WIDE.left, WIDE.top, WIDE.width, WIDE.height) == (0, 25, 100, 50)
    assert (HIGH.left, HIGH.top, HIGH.width, HIGH.height) == (25, 0, 50, 100)
    corner = np.array([0.2, 0.1])
    assert WIDE.to_square(corner) == pytest.approx([0.2, 0.3])  # .25 + .1 * .5
    assert HIGH.to_square(corner) == pytest.approx([0.35, 0.1])  # .25 + .2 * .5
    assert WIDE.to_film(np.array([0.2, 0.3])) == pytest.approx(corner)
    assert WIDE.to_film(np.array([0.5, 0.0])) == pytest.approx([0.5, -0.5])  # on the bar: half a film above it


def test_a_deviation_grows_on_the_film_along_the_side_that_was_shrunk() -> None:
    assert WIDE.spread_to_film(np.array([0.1, 0.1])) == pytest.approx([0.1, 0.2])
    assert HIGH.spread_to_film(np.array([0.1, 0.1])) == pytest.approx([0.2, 0.1])


def test_the_guard_keeps_to_the_outermost_pixel_centres_of_each_side() -> None:
    """A film of 100 x 50: half a pixel is .005 of its width and .01 of its height."""
    film, counts = FilmTransform.fit(100, 50, 100, letterbox=True), Counter[str]()
    path = np.array([[-0.2, 0.5, 0.10], [0.5, 1.3, 0.01], [1.0, 0.0, 0.05], [0.5, 0.5, 0.07]])
    kept = guard(path, film, 0.05, counts)
    np.testing.assert_allclose(kept, [[0.005, 0.5, 0.1], [0.5, 0.99, 0.05], [0.995, 0.01, 0.05], [0.5, 0.5, 0.07]])
    assert counts == {"clamped": 2, "lengthened": 1}  # an edge is still on the film


def test_fixations_begin_when_those_before_them_end_and_carry_the_doubt_of_the_film() -> None:
    path = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.2], [0.6, 0.7, 0.1]])
    spread = np.tile([0.05, 0.1, -0.3, 0.08, 0.9], (3, 1))  # sd x, sd y of the square, rho, low and high s
    found = _fixations(path, spread, WIDE, fixed_start=False)
    assert [f.onset_s for f in found] == pytest.approx([0.0, 0.3, 0.5])
    assert [(f.x, f.y, f.duration_s) for f in found] == [(0.1, 0.2, 0.3), (0.4, 0.5, 0.2), (0.6, 0.7, 0.1)]
    ellipse = found[1].ellipse
    assert ellipse is not None
    assert (ellipse.sd_x, ellipse.sd_y, ellipse.rho) == pytest.approx((0.05, 0.2, -0.3))
    assert (found[1].duration_low_s, found[1].duration_high_s) == (0.08, 0.9)


def published(**fields: object) -> PathDistribution:
    """One fixation in the published space of 128 px: at (64, 32) with deviations of 12.8 and 6.4 px, .5 s."""
    one = torch.ones(1, 1, 1)
    values = {
        "place": torch.tensor([[[[64.0, 32.0]]]]),
        "place_logvar": 2 * torch.tensor([[[[12.8, 6.4]]]]).log(),
        "rho": 0.6 * one,
        "time": 0.5 * one,
        "time_logvar": 2 * (0.1 * one).log(),
        "log_valid": 0 * one,
        "log_pad": -30 * one,
        "gate": torch.zeros(1, 1),
        "space": 128.0,
        "duration_law": "relu",
        "stop_law": "hazard",
        "fixed_start": False,
    }
    return PathDistribution(**{**values, **fields})  # type: ignore[arg-type]


def test_pixels_of_the_published_space_leave_it_as_fractions() -> None:
    paths = published()
    mean, _ = paths.mean()
    assert mean.flatten().tolist() == pytest.approx([0.5, 0.25, 0.5])
    said = paths.spread(Drawn(mean, torch.ones(1, 1), torch.zeros(1, 1, dtype=torch.long)))
    # 5 % and 95 % of N(.5, .1^2) lie 1.645 deviations off
    assert said.flatten().tolist() == pytest.approx([0.1, 0.05, 0.6, 0.5 - 0.1645, 0.5 + 0.1645], abs=1e-4)


def test_the_density_of_a_place_in_pixels_by_hand() -> None:
    """At (.6, .25), 12.8 px or one deviation to the right: exp(-1/2 / (1 - r^2)) / (2 pi s_x s_y sqrt(1 - r^2))."""
    said = published().log_likelihood(torch.tensor([[[[0.6, 0.25, 0.5]]]]), torch.ones(1, 1, 1))
    assert said["place"].item() == pytest.approx(-math.log(2 * math.pi * 12.8 * 6.4 * 0.8) - 0.5 / 0.64, abs=1e-4)
    assert said["time"].item() == pytest.approx(-math.log(math.sqrt(2 * math.pi) * 0.1), abs=1e-4)


def test_the_published_loss_of_places_is_in_pixels_and_of_time_in_seconds() -> None:
    """Without spread the sample is the mean, 6.4 px right of and 12.8 px above the truth, and .2 s too long."""
    nothing = torch.full((1, 1, 1, 2), float("-inf"))
    paths = published(place_logvar=nothing, time_logvar=nothing[..., 0], rho=None)
    config = tiny_config(fixation_space=128.0, place_weight=1.0, time_weight=10.0, stop_weight=0.0)
    parts = path_losses(config, paths, torch.tensor([[[[0.45, 0.35, 0.3]]]]), torch.ones(1, 1, 1))
    assert parts["place"].item() == pytest.approx(6.4 + 12.8, abs=1e-3)
    assert parts["time"].item() == pytest.approx(0.2, abs=1e-6)
    assert parts["path"].item() == pytest.approx(19.2 + 2.0, abs=1e-3)


def test_the_heads_say_x_and_then_y() -> None:
    heads = PathHeads(tiny_config(coordinate_law="sigmoid", force_centre=False, fixation_space=1.0))
    with torch.no_grad():
        for parameter in heads.parameters():
            parameter.zero_()
        for mean, place in ((heads.x_mean, 0.2), (heads.y_mean, 0.7)):
            last = [layer for layer in mean.modules() if isinstance(layer, torch.nn.Linear)][-1]
            last.bias.fill_(math.log(place / (1 - place)))
        width = heads.config.width
        said = heads.eval()(torch.zeros(1, 1, 1, width), Memory(torch.zeros(1, 1, width), None, None, None))
    assert said.place.flatten().tolist() == pytest.approx([0.2, 0.7])


def test_a_grids_centres_run_row_by_row_and_say_x_and_then_y() -> None:
    assert grid_centres(2).tolist() == [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]]


def test_sine_positions_tell_y_in_their_first_half_and_x_in_their_second() -> None:
    """Width 4: one frequency each, a whole turn over the square. y a quarter: sine 1; x a half: cosine -1."""
    said = sine_positions(torch.tensor([0.5, 0.25]), 4)
    torch.testing.assert_close(said, torch.tensor([1.0, 0.0, 0.0, -1.0]), atol=1e-6, rtol=0)


def test_what_a_fixation_leaves_on_an_anchor_by_hand() -> None:
    """A look of .6 s, .08 to the right of one anchor and .05 below another: exp(-1/2) at one deviation."""
    anchors = torch.tensor([[[0.42, 0.5], [0.5, 0.45]]])
    squared = squared_distance(torch.tensor([[[0.5, 0.5]]]), anchors)
    torch.testing.assert_close(squared, torch.tensor([[[0.08**2, 0.05**2]]]))
    nearness, dwell = nearness_and_dwell(squared, torch.tensor([[0.6]]))
    assert nearness[0, 0, 0, 1].item() == pytest.approx(math.exp(-0.5), rel=1e-5)
    assert nearness[0, 1, 0, 0].item() == pytest.approx(math.exp(-0.5 * (0.08 / 0.12) ** 2), rel=1e-5)
    assert dwell[0, 0, 0].item() == pytest.approx(2 * math.exp(-0.5), rel=1e-5)  # .6 s are two usual looks of .3


def two_anchors(first: tuple[float, float], second: tuple[float, float], sd: tuple[float, float]) -> Anchors:
    places = torch.tensor([[first, second]])
    nothing = torch.zeros(1, 2, 1)
    log_sd = torch.tensor([[sd, sd]]).log()
    return Anchors(places, places, log_sd, nothing, nothing[:, None], nothing, torch.zeros(1, 1))


@pytest.mark.parametrize(
    ("first", "second", "sd", "expected"),
    [
        # one anchor far away: the near one's own deviations
        ((0.5, 0.5), (9.0, 9.0), (0.1, 0.02), (0.1, 0.02, 0.0)),
        # side by side: .1^2 within and .25^2 between them along x alone
        ((0.25, 0.5), (0.75, 0.5), (0.1, 0.02), (math.hypot(0.1, 0.25), 0.02, 0.0)),
        # along the falling diagonal: half of .1^2 + .1^2 is shared
        ((0.4, 0.4), (0.6, 0.6), (0.1, 0.1), (math.sqrt(0.02), math.sqrt(0.02), 0.5)),
    ],
)
def test_the_doubt_of_a_drawn_place_is_that_of_the_anchors_that_made_it(
    first: tuple[float, float], second: tuple[float, float], sd: tuple[float, float], expected: tuple[float, ...]
) -> None:
    paths = AutoregressivePaths(None, two_anchors(first, second, sd), 1)  # type: ignore[arg-type]
    log_s = torch.tensor([[[math.log(0.3)]]])
    parameters = (torch.zeros(1, 1, 1, 2), torch.zeros(1, 1, 1), log_s, torch.tensor([[[math.log(0.5)]]]))
    drawn = Drawn(torch.tensor([[[[0.5, 0.5, 0.3]]]]), torch.ones(1, 1), torch.zeros(1, 1), parameters)
    *place, low, high = paths.spread(drawn).flatten().tolist()
    assert place == pytest.approx(expected, abs=1e-5)
    assert (low, high) == pytest.approx((0.3 * math.exp(-0.8224), 0.3 * math.exp(0.8224)), rel=1e-3)


def test_the_gru_gets_where_a_saccade_went_and_how_long_the_fixation_was() -> None:
    """A quarter to the right and an eighth up is (1, -1/2); a usual look is 0."""
    given = AutoregressiveDecoder(autoregressive_config()).gru_input(
        torch.zeros(1, 2), torch.tensor([[0.75, 0.5]]), torch.tensor([[0.5, 0.625]]), torch.tensor([LOG_S])
    )
    assert given.flatten().tolist() == pytest.approx([0, 0, 1.0, -0.5, 0.0])


def test_readings_are_dealt_out_evenly_however_much_one_mode_is_liked() -> None:
    """Both readings prefer mode 0, the first more so: in equal shares it gets that one and mode 1 the other."""
    shares = balanced_shares(torch.tensor([[[9.0, 5.0], [0.0, 0.0]]]), torch.ones(1, 2), rounds=200)
    torch.testing.assert_close(shares.sum(1), torch.ones(1, 2))
    torch.testing.assert_close(shares.sum(2), torch.ones(1, 2), atol=1e-2, rtol=0)
    # the odds keep their ratio: s / (1 - s) squared is exp(9 - 5), so s is 1 / (1 + exp(-2))
    assert shares[0, 0, 0].item() == pytest.approx(1 / (1 + math.exp(-2)), abs=1e-3)
