"""Heads that only training has."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ml.medgaze.config import MedGazeConfig
from ml.medgaze.layers import grid_centres


class AuxiliaryHeads(nn.Module):
    """Supervision beside the gaze, only in training: each head exists where the configuration asks for it.

    Targets, all optional in ``aux``: ``zones`` (B, G, Z) share 0..1 of each grid cell that lies in each zone;
    ``landmarks`` (B, K, 2) x, y in fractions; ``named`` (B, Z) 1 where the report names the zone. NaN = unknown.
    """

    def __init__(self, config: MedGazeConfig) -> None:
        super().__init__()
        self.zones = nn.Linear(config.width, config.aux_zones) if config.aux_zones else None
        self.landmarks = nn.Linear(config.width, config.aux_landmarks) if config.aux_landmarks else None
        self.named = nn.Linear(config.width, config.aux_named) if config.aux_named else None
        self.gaze_map = nn.Linear(config.width, 1) if config.aux_gaze_map else None

    def losses(
        self, film: Tensor, text: Tensor | None, text_mask: Tensor | None, grid: Tensor | None, aux: dict[str, Tensor]
    ) -> dict[str, Tensor]:
        """film (B, G, D) encoder tokens, text (B, T, D) report tokens, grid (B, G, D) after fusion -> loss a head.

        ``aux["gaze_map"]`` (B, G) is the share of gaze time a cell; the model makes it from the fixations.
        """
        losses: dict[str, Tensor] = {}
        if self.zones is not None and "zones" in aux:
            losses["zones"] = F.binary_cross_entropy_with_logits(self.zones(film).float(), aux["zones"].float())
        if self.landmarks is not None and "landmarks" in aux:
            aim = self.landmarks(film).float().softmax(1)
            found = torch.einsum("bgk,gc->bkc", aim, grid_centres(round(film.shape[1] ** 0.5), film.device))
            losses["landmarks"] = _mean_where_known((found - aux["landmarks"].nan_to_num()).abs(), aux["landmarks"])
        if self.named is not None and text is not None and text_mask is not None and "named" in aux:
            logits = self.named(text).float().masked_fill(~text_mask.bool()[..., None], -30.0).amax(1)
            wrong = F.binary_cross_entropy_with_logits(logits, aux["named"].float().nan_to_num(), reduction="none")
            losses["named"] = _mean_where_known(wrong, aux["named"])
        if self.gaze_map is not None and grid is not None and "gaze_map" in aux:
            shares = self.gaze_map(grid).float().squeeze(-1).log_softmax(-1)
            losses["gaze_map"] = -(aux["gaze_map"] * shares).sum(-1).mean()
        return losses


def _mean_where_known(value: Tensor, target: Tensor) -> Tensor:
    known = ~target.isnan()
    return (value * known).sum() / known.sum().clamp_min(1)
