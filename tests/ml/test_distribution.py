"""The distribution over scanpaths, against torch.distributions and counts of draws."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import distributions as td

from ml.medgaze.decoders.distribution import PathDistribution

SLOTS = 4


def make(**fields: Any) -> PathDistribution:
    source = torch.Generator().manual_seed(0)

    def rand(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=source)

    valid = torch.tensor([1.0, 0.9, 0.6, 0.3]).expand(2, 3, SLOTS)
    values: dict[str, Any] = {
        "place": rand(2, 3, SLOTS, 2),
        "place_logvar": rand(2, 3, SLOTS, 2) - 4,
        "rho": 0.8 * (2 * rand(2, 3, SLOTS) - 1),
        "time": rand(2, 3, SLOTS) - 1.5,
        "time_logvar": rand(2, 3, SLOTS) - 2,
        "log_valid": valid.log(),
        "log_pad": (1 - valid).clamp_min(1e-9).log(),
        "gate": torch.tensor([[0.2, 0.3, 0.5], [0.0, 1.0, 0.0]]).clamp_min(1e-9).log(),
        "space": 1.0,
        "duration_law": "lognormal",
        "stop_law": "hazard",
        "fixed_start": False,
    }
    return PathDistribution(**{**values, **fields})


def test_the_place_likelihood_is_a_bivariate_gaussian() -> None:
    paths = make()
    reading, mask = torch.rand(2, 1, SLOTS, 3) + 0.05, torch.ones(2, 1, SLOTS)
    sd, rho = (0.5 * paths.place_logvar).exp(), paths.rho
    assert rho is not None
    xy = rho * sd[..., 0] * sd[..., 1]
    covariance = torch.stack([sd[..., 0] ** 2, xy, xy, sd[..., 1] ** 2], -1).unflatten(-1, (2, 2))
    expected = td.MultivariateNormal(paths.place, covariance).log_prob(reading[..., :2]).sum(-1)
    torch.testing.assert_close(paths.log_likelihood(reading, mask)["place"][..., 0], expected, rtol=1e-4, atol=1e-4)


def test_the_duration_likelihood_is_log_normal_in_seconds() -> None:
    paths = make()
    reading = torch.rand(2, 1, SLOTS, 3) + 0.05
    expected = td.LogNormal(paths.time, (0.5 * paths.time_logvar).exp()).log_prob(reading[..., 2]).sum(-1)
    actual = paths.log_likelihood(reading, torch.ones(2, 1, SLOTS))["time"][..., 0]
    torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-4)


def test_hazard_lengths_make_one_probability() -> None:
    paths, total = make(), torch.zeros(2, 3)
    for length in range(1, SLOTS + 1):
        mask = (torch.arange(SLOTS) < length).float().expand(2, 1, SLOTS)
        total += paths.log_likelihood(torch.rand(2, 1, SLOTS, 3), mask)["stop"][..., 0].exp()
    torch.testing.assert_close(total, torch.ones(2, 3))


def test_drawn_lengths_follow_the_hazard() -> None:
    _, lengths, *_ = make().sample(4000, torch.Generator().manual_seed(0))
    shares = torch.bincount(lengths.flatten(), minlength=SLOTS + 1).float() / lengths.numel()
    expected = torch.tensor([0, 0.1, 0.9 * 0.4, 0.54 * 0.7, 0.54 * 0.3])
    torch.testing.assert_close(shares, expected, atol=0.02, rtol=0)


def test_the_median_length_ends_where_survival_falls_below_half() -> None:
    assert make().lengths().eq(3).all()  # survival 1, .9, .54, .162


def test_the_published_stop_law_ends_at_the_first_likely_pad_and_never_before_one_fixation() -> None:
    valid = torch.tensor([0.1, 0.9, 0.2, 0.9]).expand(2, 3, SLOTS)
    paths = make(stop_law="independent", log_valid=valid.log(), log_pad=(1 - valid).log())
    assert paths.lengths().eq(2).all()


def test_draws_have_the_predicted_mean_spread_and_correlation() -> None:
    paths = make()
    drawn, _, modes, _ = paths.sample(20000, torch.Generator().manual_seed(1))
    assert modes[1].eq(1).all()
    first = drawn[1, :, 0]
    log_time = first[:, 2].log()
    assert log_time.mean().item() == pytest.approx(paths.time[1, 1, 0].item(), abs=0.01)
    sd = (0.5 * paths.place_logvar[1, 1, 0]).exp()
    inside = make(place=torch.full((2, 3, SLOTS, 2), 0.5)).sample(20000, torch.Generator().manual_seed(1))[0][
        1, :, 0, :2
    ]
    torch.testing.assert_close(inside.std(0), sd, rtol=0.03, atol=0)
    assert paths.rho is not None
    assert torch.corrcoef(inside.T)[0, 1].item() == pytest.approx(paths.rho[1, 1, 0].item(), abs=0.03)


def test_modes_are_drawn_by_their_weight() -> None:
    _, _, modes, _ = make().sample(10000, torch.Generator().manual_seed(2))
    shares = torch.bincount(modes[0], minlength=3) / 10000
    torch.testing.assert_close(shares, torch.tensor([0.2, 0.3, 0.5]), atol=0.02, rtol=0)


def test_one_seed_gives_one_draw() -> None:
    first, second = (make().sample(5, torch.Generator().manual_seed(7))[:3] for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_no_temperature_means_no_noise() -> None:
    paths = make()
    drawn, _, modes, _ = paths.sample(3, torch.Generator().manual_seed(0), temperature=0.0)
    torch.testing.assert_close(drawn[..., :2], paths.take(modes).place)


def test_padded_rows_change_no_likelihood() -> None:
    paths, mask = make(), torch.tensor([1.0, 1.0, 0.0, 0.0]).expand(2, 1, SLOTS)
    reading = torch.rand(2, 1, SLOTS, 3)
    spoiled = torch.where(mask[..., None] > 0, reading, torch.tensor(float("nan")))
    for name, value in paths.log_likelihood(reading, mask).items():
        assert torch.equal(value, paths.log_likelihood(spoiled, mask)[name]), name


def test_the_duration_interval_holds_nine_draws_in_ten() -> None:
    for law in ("lognormal", "softplus"):
        paths = make(duration_law=law)
        low, high = paths.duration_interval()
        drawn, _, modes, _ = paths.sample(5000, torch.Generator().manual_seed(0))
        chosen = replace(paths, time=low).take(modes).time, replace(paths, time=high).take(modes).time
        inside = (drawn[..., 2] >= chosen[0]) & (drawn[..., 2] <= chosen[1])
        assert inside.float().mean().item() == pytest.approx(0.9, abs=0.01)


def test_a_mixture_of_known_parts_gives_the_log_sum() -> None:
    from ml.medgaze.losses import path_losses
    from tests.ml.kit import likelihood_config

    paths, reading, mask = make(), torch.rand(2, 1, SLOTS, 3) + 0.05, torch.ones(2, 1, SLOTS)
    parts = paths.log_likelihood(reading, mask)
    whole = (paths.gate.exp() * (parts["stop"] + parts["place"] + parts["time"])[..., 0].exp()).sum(1).log()
    loss = path_losses(likelihood_config(mode_temperature=0.0), paths, reading, mask)["path"]
    assert loss.item() == pytest.approx(-whole.sum().item() / (2 * SLOTS), rel=1e-4)
