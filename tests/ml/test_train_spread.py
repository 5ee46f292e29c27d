"""What the Gaussians learn: under the likelihood they say how far readers differ, under the published loss nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor

from ml.medgaze.modeling import MedGazeModel
from ml.training.settings import parse_settings
from ml.training.trainer import MedGazeTrainer
from tests.ml.kit import likelihood_config

FAR, NEAR = 0.15, 0.02  # standard deviation of readers' places where they differ and where they agree, film fractions
SLOTS = 4


@dataclass(frozen=True)
class TwoKinds:
    """Plain films, on which readers agree, and striped ones, on which they differ; their reports differ too.

    The mean reading is the same on both, so only the spread can tell them apart.
    """

    films: int = 32
    readers: int = 6

    def __len__(self) -> int:
        return self.films

    def batch(self, index: Sequence[int]) -> dict[str, Tensor]:
        source = torch.Generator().manual_seed(int(index[0]))
        kind = torch.tensor([i % 2 for i in index])
        pixels = 0.2 * torch.randn(len(index), 1, 32, 32, generator=source)
        pixels[kind == 1, :, :, ::4] += 2.0
        middle = torch.linspace(0.35, 0.65, SLOTS)[:, None].expand(SLOTS, 2)
        spread = torch.where(kind == 1, FAR, NEAR)[:, None, None, None]
        noise = torch.randn(len(index), self.readers, SLOTS, 2, generator=source)
        places = (middle + spread * noise).clamp(0, 1)
        fixations = torch.full((len(index), self.readers, SLOTS + 2, 3), -3.0)
        fixations[:, :, :SLOTS] = torch.cat([places, torch.full_like(places[..., :1], 0.3)], -1)
        mask = torch.zeros(fixations.shape[:-1])
        mask[:, :, :SLOTS] = 1
        text = (7 + 60 * kind)[:, None].expand(-1, 3).clone()
        return {
            "pixel_values": pixels, "input_ids": text, "attention_mask": torch.ones_like(text),
            "fixations": fixations, "fixation_mask": mask,
        }  # fmt: skip


def learnt_spread(loss: str, steps: int, run: Path) -> tuple[float, float]:
    """Train the tiny model; the mean predicted deviation where readers agree, and where they differ."""
    config = likelihood_config(
        num_modes=1, coordinate_law="sigmoid", correlated_coordinates=False, norm_first=True, loss=loss
    )
    model, cases = MedGazeModel.build(config, seed=3), TwoKinds()
    rate = 1e-2
    settings = parse_settings(
        {
            "stage": "vlc", "model": {"preset": "tiny"}, "steps": steps, "batch": 8, "law": "cosine", "warmup": 10,
            "optimizer": {"slow_rate": rate, "time_rate": rate, "fast_rate": rate}, "save_every": steps,
        }
    )  # fmt: skip
    MedGazeTrainer(model, settings, run, cases, show=False, cpu=True).train()
    batch = cases.batch(list(range(8)))
    with torch.no_grad():
        paths = model.train(False)(**{k: v for k, v in batch.items() if "fixation" not in k}).paths
    deviation = (0.5 * paths.place_logvar[:, 0, :SLOTS]).exp().mean((1, 2))
    return float(deviation[0::2].mean()), float(deviation[1::2].mean())


def test_the_likelihood_is_wide_where_readers_differ_and_narrow_where_they_agree(tmp_path: Path) -> None:
    near, far = learnt_spread("nll", 350, tmp_path)
    assert near == pytest.approx(NEAR, abs=0.02)
    assert far == pytest.approx(FAR, abs=0.04)
    assert far > 3 * near


def test_the_published_loss_collapses_the_spread_even_where_readers_differ(tmp_path: Path) -> None:
    """The mean of |mu + sd e - x| over e and x is least at sd = 0 whatever the spread of x, so sd only ever falls."""
    _, far = learnt_spread("l1", 150, tmp_path)
    assert far < FAR / 3
