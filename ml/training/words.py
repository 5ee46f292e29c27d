"""The first stage: the report's reader learns which regions and findings a report asserts, from
simulated reports alone.

It takes a minute and spares the second stage many: gaze says little about words, the simulator's truth says it all.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from ml.models.medgaze import MedGazeModel
from ml.training.data import CaseBank


def teach_words(
    model: MedGazeModel, bank: CaseBank, *, steps: int, seed: int, batch: int = 32, learning_rate: float = 2e-3
) -> float:
    """Train ``model.match.words`` for a pinned number of steps; the mean loss of the last fifth."""
    if model.match is None:
        raise ValueError("this model has no report reader: set region_match")
    reader = model.match.words
    optimiser = torch.optim.AdamW(reader.parameters(), lr=learning_rate, weight_decay=0.02, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, learning_rate, total_steps=steps, pct_start=0.1)
    rng = np.random.default_rng([seed, 0x7E])
    losses: list[float] = []
    for _ in range(steps):
        index = rng.integers(0, len(bank), batch)
        text, mask = bank.reports(index)
        read, named = reader(text, mask), torch.from_numpy(bank.named[index])
        told = named
        if model.config.finding_match:
            told = torch.cat([named, torch.from_numpy(bank.facts[index]).flatten(1)], 1)
        loss = F.binary_cross_entropy_with_logits(read, told)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
    return float(np.mean(losses[-max(1, steps // 5) :]))
