"""The parallel decoder: all fixations of all modes at once, each from a query of its own, looking at the memory."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ml.medgaze.config import MedGazeConfig
from ml.medgaze.decoders.distribution import PathDistribution
from ml.medgaze.fusion import Memory, Regions
from ml.medgaze.layers import CrossLayer, grid_centres, mlp, sine_positions

LARGEST_RHO = 0.95  # correlations beyond this make the likelihood explode


class ParallelDecoder(nn.Module):
    """Memory of N tokens -> states (B, M, L, D).

    The target starts as zeros except in slot 0, which holds a projection of the centre's sine position. What makes the
    slots differ is one learned query a slot; where several scanpaths are kept apart, one learned embedding a mode and
    slot is added to queries and target. (One embedding a mode, the same for all its slots, makes 'first up, then down'
    against 'first down, then up' an exclusive or, which small decoders learn badly: all modes then stay the same
    average.)
    """

    def __init__(self, config: MedGazeConfig) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.zeros(config.decoder.max_fixations, config.width))
        several = (config.decoder.num_modes, config.decoder.max_fixations, config.width)
        self.modes = nn.Parameter(torch.zeros(several)) if config.decoder.num_modes > 1 else None
        self.first = nn.Linear(config.width, config.width)
        sizes = config.width, config.attention_heads, config.feedforward_width
        self.layers = nn.ModuleList(
            CrossLayer(*sizes, config.decoder.dropout, config.norm_first) for _ in range(config.decoder.layers)
        )
        self.norm = nn.LayerNorm(config.width)

    def forward(self, memory: Memory) -> Tensor:
        tokens, positions = memory.tokens, memory.positions
        queries = self.queries[None] if self.modes is None else self.queries[None] + self.modes
        centre = sine_positions(torch.full((2,), 0.5, device=tokens.device), self.queries.shape[-1])
        slot0 = torch.zeros(len(self.queries), 1, device=tokens.device, dtype=tokens.dtype)
        slot0[0] = 1.0
        target = (slot0 * self.first(centre.to(tokens.dtype))).expand_as(queries)
        if self.modes is not None:
            target = target + self.modes
        x = target.to(tokens.dtype)[None]
        keys = tokens if positions is None else tokens + positions.to(tokens.dtype)
        queries = queries.to(tokens.dtype)
        for layer in self.layers:
            x = layer(x, queries, tokens, keys, memory.padding)
        out: Tensor = self.norm(x)
        return out


class PathHeads(nn.Module):
    """The parallel decoder's heads: mean and log variance of x, y and duration, valid/pad, and the weight of each mode.

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

    def forward(self, states: Tensor, memory: Memory) -> PathDistribution:
        """states (B, M, L, D) and the memory that they come from."""
        config = self.config
        states = self.dropout(states)
        place = torch.cat([self.x_mean(states), self.y_mean(states)], -1).float()
        if config.decoder.coordinate_law == "sigmoid":
            place = place.sigmoid() * config.decoder.fixation_space
        elif self.pointer is not None:
            assert memory.grid is not None
            aimed = self.pointer(states, memory.grid, memory.regions)
            place = (aimed + place.tanh() / config.vision.grid_side).clamp(0, 1) * config.decoder.fixation_space
        if config.decoder.force_centre:
            centre = torch.full_like(place[..., :1, :], config.decoder.fixation_space / 2)
            place = torch.cat([centre, place[..., 1:, :]], -2)
        valid, pad = self.stop(states).float().log_softmax(-1).unbind(-1)
        gate = torch.zeros(states.shape[0], 1, device=states.device)
        if self.gate is not None:
            gate = self.gate(memory.pooled()).float()
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

    def forward(self, states: Tensor, grid: Tensor, regions: Regions | None = None) -> Tensor:
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
