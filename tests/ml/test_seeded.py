"""Seeds of more than 32 bits give numbers of their own: PyTorch's generator would take their lowest 32 bits alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ml.medgaze.predictor import MedGazePredictor
from ml.medgaze.seeded import generator_of
from tests.ml.kit import autoregressive_config, film, save_model


@pytest.mark.parametrize("seed", [0, 7, 2**31, 2**32 - 1])
def test_a_short_seed_is_pytorchs_own(seed: int) -> None:
    assert torch.equal(
        torch.rand(5, generator=generator_of(seed)), torch.rand(5, generator=torch.Generator().manual_seed(seed))
    )


def test_a_long_seed_is_numpys_mersenne_twister() -> None:
    """Of each of its 32-bit words PyTorch's float takes the lowest 24 bits; 700 are more than one state's 624 words."""
    seed = 2**40 + 5
    # NumPy would begin with the state's last word.
    twister = np.random.MT19937(np.random.SeedSequence(seed))
    twister.state = {
        **twister.state,
        "state": {**twister.state["state"], "pos": 624},
    }
    words = twister.random_raw(700)
    got = torch.rand(700, generator=generator_of(seed)).double().numpy()
    assert (got == (words & 0xFFFFFF) / 2**24).all()


def test_seeds_that_differ_above_the_32nd_bit_read_differently(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = save_model(tmp_path_factory.mktemp("model"), autoregressive_config())
    predictor = MedGazePredictor.load(folder, device="cpu")
    readings = [predictor.predict(film(), "Opacity.", seed=seed).samples for seed in (5, 2**32 + 5, 2**33 + 5)]
    assert readings[0] != readings[1] != readings[2] != readings[0]
    assert predictor.predict(film(), "Opacity.", seed=2**33 + 5).samples == readings[2]


def test_long_seeds_draw_evenly() -> None:
    """A thousand seeds' first numbers: mean 1/2 within four standard errors of .29 / sqrt(1000)."""
    first = np.array([float(torch.rand(1, generator=generator_of(2**50 + n))) for n in range(1000)])
    assert abs(first.mean() - 0.5) < 4 * 0.2887 / 1000**0.5 and len(set(first)) > 990
