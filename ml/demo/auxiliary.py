"""Heads that only training has."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ml.demo.config import DemoConfig
from ml.medgaze.layers import grid_centres


class AuxiliaryHeads(nn.Module):
    """Supervision beside the gaze, only in training: each head exists where the configuration asks for it.

    Targets, all optional in ``aux``: ``landmarks`` (B, K, 2) x, y in fractions, NaN = unknown; ``gaze_map`` (B, G) the
    share of gaze time a cell, which the model makes from the fixations.
    """

    def __init__(self, config: DemoConfig) -> None:
        super().__init__()
        landmarks = config.grounding.landmarks
        self.landmarks = nn.Linear(config.width, landmarks) if landmarks else None
        self.gaze_map = nn.Linear(config.width, 1) if config.grounding.gaze_map else None

    def losses(self, film: Tensor, grid: Tensor | None, aux: dict[str, Tensor]) -> dict[str, Tensor]:
        """film (B, G, D) encoder tokens, grid (B, G, D) after fusion -> loss a head."""
        losses: dict[str, Tensor] = {}
        if self.landmarks is not None and "landmarks" in aux:
            aim = self.landmarks(film).float().softmax(1)
            found = torch.einsum("bgk,gc->bkc", aim, grid_centres(round(film.shape[1] ** 0.5), film.device))
            known = ~aux["landmarks"].isnan()
            away = (found - aux["landmarks"].nan_to_num()).abs() * known
            losses["landmarks"] = away.sum() / known.sum().clamp_min(1)
        if self.gaze_map is not None and grid is not None and "gaze_map" in aux:
            shares = self.gaze_map(grid).float().squeeze(-1).log_softmax(-1)
            losses["gaze_map"] = -(aux["gaze_map"] * shares).sum(-1).mean()
        return losses


def gaze_shares(fixations: Tensor, mask: Tensor, side: int) -> Tensor:
    """Share of gaze time in each cell of a side x side grid, readings of a case pooled: (B, side*side), sums to 1."""
    time = fixations[..., 2].clamp_min(0) * mask
    cell = (fixations[..., :2].nan_to_num().clamp(0, 1 - 1e-6) * side).long()
    index = (cell[..., 1] * side + cell[..., 0]).flatten(1)
    shares = torch.zeros(len(fixations), side * side, device=fixations.device)
    shares.scatter_add_(1, index, time.flatten(1).float())
    return shares / shares.sum(-1, keepdim=True).clamp_min(1e-9)
