"""Walks drawn quickly are the walks that are drawn."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from ml.medgaze.modeling import MedGazeModel
from ml.models.distribution import Drawn
from ml.models.stride import Stride
from ml.models.walkpath import WalkPaths
from tests.ml.kit import batch, walk_config, without_fixations


@pytest.fixture(scope="module")
def paths() -> WalkPaths:
    """Walks of one case by random weights, made larger so that they go somewhere and end."""
    model = MedGazeModel.build(walk_config(), seed=0).eval()
    assert model.walker is not None
    with torch.no_grad():
        for parameter in model.walker.parameters():
            parameter.mul_(2.0)
        model.walker.stop[2].bias.sub_(1.5)  # else hardly a walk ends
    return paths_of(model, cases=1)


def paths_of(model: MedGazeModel, cases: int) -> WalkPaths:
    with torch.inference_mode():
        paths = model(**without_fixations(batch(model.config, cases=cases))).paths
    assert isinstance(paths, WalkPaths)
    return paths


def quick(paths: WalkPaths) -> WalkPaths:
    with torch.no_grad():
        return replace(paths, stride=Stride(paths.walker))


def drawn(paths: WalkPaths, count: int, seed: int, temperature: float) -> Drawn:
    with torch.inference_mode():
        return paths.sample(count, torch.Generator().manual_seed(seed), temperature)


@pytest.mark.parametrize("temperature", [1.0, 0.7, 1e-4])
@pytest.mark.parametrize("count", [1, 2, 40])
def test_the_same_walks_with_the_same_laws(paths: WalkPaths, count: int, temperature: float) -> None:
    for seed in range(5):
        plain, fast = (drawn(each, count, seed, temperature) for each in (paths, quick(paths)))
        assert plain.paths.shape == fast.paths.shape
        assert torch.equal(plain.lengths, fast.lengths)
        steps = plain.laws[0].shape[2]
        assert steps == fast.laws[0].shape[2] == int(plain.lengths.max())
        alive = torch.arange(steps) < plain.lengths[..., None]
        pairs = zip((plain.paths[:, :, :steps], *plain.laws), (fast.paths[:, :, :steps], *fast.laws), strict=True)
        for wanted, got in pairs:
            torch.testing.assert_close(got[alive], wanted[alive], rtol=1e-4, atol=1e-4)


def test_these_walks_end_at_different_lengths(paths: WalkPaths) -> None:
    """Else the test above would not see how a walk ends."""
    assert len(drawn(paths, 40, 0, 1.0).lengths.unique()) > 2


def test_spreads_come_from_the_same_laws(paths: WalkPaths) -> None:
    plain, fast = (each.spread(drawn(each, 3, 1, 0.8)) for each in (paths, quick(paths)))
    alive = torch.arange(plain.shape[2]) < drawn(paths, 3, 1, 0.8).lengths[..., None]
    torch.testing.assert_close(fast[alive], plain[alive], rtol=1e-3, atol=1e-4)


def test_one_seed_gives_one_pool(paths: WalkPaths) -> None:
    one, again = (drawn(quick(paths), 5, 3, 0.8) for _ in range(2))
    assert torch.equal(one.paths, again.paths)


def test_several_cases_are_drawn_together() -> None:
    several = paths_of(MedGazeModel.build(walk_config(), seed=0).eval(), cases=3)
    wanted, got = (drawn(each, 4, 0, 0.8) for each in (several, quick(several)))
    torch.testing.assert_close(got.paths, wanted.paths)
