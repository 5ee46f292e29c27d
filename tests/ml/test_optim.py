"""One AdamW with the three published rates."""

from __future__ import annotations

import pytest
import torch

from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.presets import preset
from ml.training.optim import group_of, paper_optimizer
from tests.ml.kit import tiny_config


def test_every_trainable_parameter_is_in_exactly_one_group() -> None:
    model = MedGazeModel.build(tiny_config())
    optimizer = paper_optimizer(model)
    grouped = [id(p) for group in optimizer.param_groups for p in group["params"]]
    assert sorted(grouped) == sorted(id(p) for p in model.parameters())


def test_the_groups_have_the_published_rates_and_constants() -> None:
    optimizer = paper_optimizer(MedGazeModel.build(tiny_config()))
    assert {group["name"]: group["lr"] for group in optimizer.param_groups} == {
        "slow": 1e-6,
        "time": 2e-6,
        "fast": 1e-4,
    }
    assert optimizer.defaults["betas"] == (0.9, 0.98)
    assert optimizer.defaults["eps"] == 1e-9
    assert optimizer.defaults["weight_decay"] == 1e-4


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("vision.layers.0.attention.query.weight", "slow"),
        ("medformer.queries", "slow"),
        ("fusion.to_language.weight", "slow"),
        ("heads.stop.weight", "slow"),
        ("heads.t_logvar.bias", "time"),
        ("heads.x_mean.weight", "fast"),
        ("decoder.queries", "fast"),
        ("decoder.first.weight", "fast"),
    ],
)
def test_a_part_learns_at_its_published_rate(name: str, group: str) -> None:
    assert group_of(name) == group


def test_the_paper_presets_slow_group_is_encoder_medformer_projection_and_stop_head() -> None:
    with torch.device("meta"):
        model = MedGazeModel(preset("paper"))
        groups = {g["name"]: sum(p.numel() for p in g["params"]) for g in paper_optimizer(model).param_groups}
    assert groups["slow"] == pytest.approx((74.3 + 105.2 + 2.0) * 1e6, rel=0.01)
    assert groups["time"] == 2 * (1408 + 1)
