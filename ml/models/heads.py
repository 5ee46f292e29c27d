"""From decoder states to a distribution over scanpaths, and the training-only heads."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ml.medgaze.config import MedGazeConfig
from ml.medgaze.layers import grid_centres, mlp
from ml.medgaze.match import Matched
from ml.models.distribution import PathDistribution

LARGEST_RHO = 0.95  # correlations beyond this make the likelihood explode


class PathHeads(nn.Module):
    """Mean and log variance of x, y and duration, valid/pad, and the weight of each mode.

    One output a head, as published, so that the optimiser can give place and time different rates.
    """

    def __init__(self, config: MedGazeConfig) -> None:
        super().__init__()
        self.config = config
        width, layers = config.width, config.decoder.head_layers
        self.x_mean, self.y_mean, self.t_mean = (mlp(width, 1, layers) for _ in range(3))
        if not config.decoder.deterministic:
            self.x_logvar, self.y_logvar, self.t_logvar = (mlp(width, 1, layers) for _ in range(3))
        self.stop = mlp(width, 2, layers)  # class 0: a fixation, class 1: PAD
        self.rho = mlp(width, 1, layers) if config.decoder.correlated_coordinates else None
        self.gate = mlp(width, config.decoder.num_modes, layers) if config.decoder.num_modes > 1 else None
        self.pointer = Pointer(width) if config.decoder.coordinate_law == "pointer" else None
        self.dropout = nn.Dropout(config.decoder.output_dropout)

    def forward(
        self, states: Tensor, pooled: Tensor, grid: Tensor | None = None, regions: Matched | None = None
    ) -> PathDistribution:
        """states (B, M, L, D), pooled memory (B, D); for the pointer the memory's grid tokens (B, G, D) and regions."""
        config = self.config
        states = self.dropout(states)
        place = torch.cat([self.x_mean(states), self.y_mean(states)], -1).float()
        if config.decoder.coordinate_law == "sigmoid":
            place = place.sigmoid() * config.decoder.fixation_space
        elif self.pointer is not None:
            assert grid is not None
            aimed = self.pointer(states, grid, regions)
            place = (aimed + place.tanh() / config.vision.grid_side).clamp(0, 1) * config.decoder.fixation_space
        if config.decoder.force_centre:
            centre = torch.full_like(place[..., :1, :], config.decoder.fixation_space / 2)
            place = torch.cat([centre, place[..., 1:, :]], -2)
        valid, pad = self.stop(states).float().log_softmax(-1).unbind(-1)
        gate = torch.zeros(states.shape[0], 1, device=states.device) if self.gate is None else self.gate(pooled).float()
        return PathDistribution(
            place=place,
            place_logvar=self._logvar(states, "x", "y"),
            rho=None if self.rho is None else LARGEST_RHO * self.rho(states).float().tanh().squeeze(-1),
            time=self.t_mean(states).float().squeeze(-1),
            time_logvar=self._logvar(states, "t").squeeze(-1),
            log_valid=valid,
            log_pad=pad,
            gate=gate.log_softmax(-1),
            space=config.decoder.fixation_space,
            duration_law=config.decoder.duration_law,
            stop_law=config.decoder.stop_law,
            fixed_start=config.decoder.force_centre,
        )

    def _logvar(self, states: Tensor, *of: str) -> Tensor:
        """(B, M, L, D) -> (B, M, L, one each); minus infinity, which is no spread at all, where ``deterministic``."""
        if self.config.decoder.deterministic:
            return torch.full((*states.shape[:-1], len(of)), float("-inf"), device=states.device)
        logvar = torch.cat([getattr(self, f"{name}_logvar")(states) for name in of], -1).float()
        bounds = self.config.decoder.logvar_bounds
        return logvar if bounds is None else logvar.clamp(bounds[0], bounds[1])


class Pointer(nn.Module):
    """Aims at places of the film, weighted by attention: the centres of the grid's cells and, where there are any, of
    the regions found on it. In fractions of the square.

    Gaze is tied to what stands at a place rather than to the place, so a moved film moves it along.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)

    def forward(self, states: Tensor, grid: Tensor, regions: Matched | None = None) -> Tensor:
        """states (B, M, L, D), grid (B, G, D) row by row -> (B, M, L, 2) float32."""
        places = grid_centres(round(grid.shape[1] ** 0.5), grid.device).expand(grid.shape[0], -1, -1)
        if regions is not None:
            # Gaze must not bend where a region is said to lie: that is learnt from anatomy alone.
            places = torch.cat([places, regions.places.detach()], 1)
            grid = torch.cat([grid, regions.tokens.to(grid.dtype)], 1)
        key = self.key(grid)
        scores = torch.einsum("bmld,bgd->bmlg", self.query(states), key).float() * key.shape[-1] ** -0.5
        aimed: Tensor = torch.einsum("bmlg,bgc->bmlc", scores.softmax(-1), places)
        return aimed


class AuxiliaryHeads(nn.Module):
    """Supervision beside the gaze, only in training: each head exists where the configuration asks for it.

    Targets, all optional in ``aux``: ``landmarks`` (B, K, 2) x, y in fractions, NaN = unknown; ``gaze_map`` (B, G) the
    share of gaze time a cell, which the model makes from the fixations.
    """

    def __init__(self, config: MedGazeConfig) -> None:
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
