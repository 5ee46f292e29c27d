"""The fixation decoder: all fixations of all modes at once, non-autoregressive, looking at the joined memory."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ml.medgaze.config import MedGazeConfig
from ml.medgaze.layers import CrossLayer, sine_positions


class FixationDecoder(nn.Module):
    """memory (B, N, D), positions (N, D) or (B, N, D), padding (B, N) True = ignore -> states (B, M, L, D).

    The target starts as zeros except in slot 0, which holds a projection of the centre's sine position. What tells the
    slots apart is one learned query a slot; where several scanpaths are kept apart, one learned embedding a mode and
    slot is added to queries and start. (One embedding a mode, the same for all its slots, makes 'first up, then down'
    against 'first down, then up' an exclusive or, which small decoders learn badly: all modes then stay the same
    average.)
    """

    def __init__(self, config: MedGazeConfig) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.zeros(config.decoder.max_fixations, config.width))
        several = (config.decoder.num_modes, config.decoder.max_fixations, config.width)
        self.modes = nn.Parameter(torch.zeros(several)) if config.decoder.num_modes > 1 else None
        self.first = nn.Linear(config.width, config.width)
        self.layers = nn.ModuleList(
            CrossLayer(
                config.width,
                config.attention_heads,
                config.feedforward_width,
                config.decoder.dropout,
                config.norm_first,
            )
            for _ in range(config.decoder.layers)
        )
        self.norm = nn.LayerNorm(config.width)

    def forward(self, memory: Tensor, positions: Tensor | None = None, padding: Tensor | None = None) -> Tensor:
        places = self.queries[None] if self.modes is None else self.queries[None] + self.modes
        centre = sine_positions(torch.full((2,), 0.5, device=memory.device), self.queries.shape[-1])
        slot0 = torch.zeros(len(self.queries), 1, device=memory.device, dtype=memory.dtype)
        slot0[0] = 1.0
        start = (slot0 * self.first(centre.to(memory.dtype))).expand_as(places)
        if self.modes is not None:
            start = start + self.modes
        x = start.to(memory.dtype)[None]
        keys = memory if positions is None else memory + positions.to(memory.dtype)
        places = places.to(memory.dtype)
        for layer in self.layers:
            x = layer(x, places, memory, keys, padding)
        out: Tensor = self.norm(x)
        return out
