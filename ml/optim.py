"""The published optimiser as one AdamW with three groups, where the authors kept three optimisers.

Pretrained or fragile parts learn slowest (encoder, MedFormer, projection into the language model, stop head), the
duration heads a little faster, the fixation decoder and the place heads a hundred times faster.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from ml.models.medgaze import MedGazeModel


@dataclass(frozen=True, slots=True)
class OptimizerSettings:
    """Rates and AdamW constants; the defaults are the published ones for stage 2."""

    slow_rate: float = 1e-6  # encoder, small backbone, MedFormer, projection into the language model, stop head
    time_rate: float = 2e-6  # duration heads
    fast_rate: float = 1e-4  # everything else: decoder, place heads, queries, first-fixation projection
    betas: tuple[float, float] = (0.9, 0.98)
    eps: float = 1e-9
    weight_decay: float = 1e-4


# Which parameters learn at which rate, by the start of their names; the first match wins.
SLOW = ("backbone.", "vision.", "medformer.", "fusion.to_language.", "heads.stop.")
TIME = ("heads.t_mean.", "heads.t_logvar.")


def group_of(name: str) -> str:
    """``slow``, ``time`` or ``fast`` for a parameter's name."""
    if name.startswith(SLOW):
        return "slow"
    return "time" if name.startswith(TIME) else "fast"


def paper_optimizer(model: MedGazeModel, settings: OptimizerSettings | None = None) -> torch.optim.AdamW:
    """AdamW over every trainable parameter of the model, each in exactly one of the groups slow, time, fast."""
    settings = settings or OptimizerSettings()
    rates = {"slow": settings.slow_rate, "time": settings.time_rate, "fast": settings.fast_rate}
    members: dict[str, list[nn.Parameter]] = {name: [] for name in rates}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            members[group_of(name)].append(parameter)
    groups = [{"params": members[name], "lr": rate, "name": name} for name, rate in rates.items()]
    return torch.optim.AdamW(groups, betas=settings.betas, eps=settings.eps, weight_decay=settings.weight_decay)
