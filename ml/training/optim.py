"""The published optimiser as one AdamW with three groups, where the authors kept three optimisers.

Pretrained or fragile parts learn slowest (encoder, MedFormer, projection into the language model, stop head), the
duration heads a little faster, the fixation decoder and the place heads a hundred times faster.
"""

from __future__ import annotations

import torch
from torch import nn

from ml.training.settings import OptimizerSettings

# Which parameters learn at which rate, by the start of their names; the first match wins.
SLOW = ("backbone.", "vision.", "medformer.", "fusion.to_language.", "heads.stop.")
TIME = ("heads.t_mean.", "heads.t_logvar.")


def group_of(name: str) -> str:
    """``slow``, ``time`` or ``fast`` for a parameter's name."""
    if name.startswith(SLOW):
        return "slow"
    return "time" if name.startswith(TIME) else "fast"


def paper_optimizer(model: nn.Module, settings: OptimizerSettings | None = None) -> torch.optim.AdamW:
    """AdamW over every trainable parameter, each in exactly one of the groups slow, time, fast.

    Without ``decay_vectors`` the vectors of each group stand apart, in a group without weight decay.
    """
    settings = settings or OptimizerSettings()
    rates = {"slow": settings.slow_rate, "time": settings.time_rate, "fast": settings.fast_rate}
    members: dict[tuple[str, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            free = parameter.ndim <= 1 and not settings.decay_vectors
            members.setdefault((group_of(name), free), []).append(parameter)
    groups = [
        {
            "params": members[name, free],
            "lr": rate,
            "name": f"{name} vectors" if free else name,
            "weight_decay": 0.0 if free else settings.weight_decay,
        }
        for name, rate in rates.items()
        for free in (False, True)
        if (name, free) in members
    ]
    fused = all(
        p.device.type in {"cpu", "cuda"} for p in model.parameters()
    )  # one kernel a group; else the same, slower
    return torch.optim.AdamW(
        groups, betas=settings.betas, eps=settings.eps, weight_decay=settings.weight_decay, fused=fused or None
    )
