"""The visual encoder: feature map -> tokens of width D, after self-attention."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ml.medgaze.config import MedGazeConfig
from ml.medgaze.layers import SelfLayer, sine_grid


def self_layers(config: MedGazeConfig, count: int) -> nn.ModuleList:
    """Self-attention layers over the film's tokens, or over those of film and report."""
    sizes = config.width, config.attention_heads, config.feedforward_width
    return nn.ModuleList(SelfLayer(*sizes, config.vision.encoder_dropout, config.norm_first) for _ in range(count))


class VisualEncoder(nn.Module):
    """Projection to width D, self-attention layers, a final norm. map (B, C, g, g) -> (B, g*g, D), row by row."""

    def __init__(self, config: MedGazeConfig) -> None:
        super().__init__()
        self.positions = config.vision.encoder_positions
        self.project = nn.Linear(config.vision.backbone_width, config.width)
        self.layers = self_layers(config, config.vision.encoder_layers)
        self.norm = nn.LayerNorm(config.width)

    def forward(self, features: Tensor) -> Tensor:
        tokens: Tensor = self.project(features.flatten(2).transpose(1, 2))
        places = None
        if self.positions:
            places = sine_grid(features.shape[-1], tokens.shape[-1], tokens.device).to(tokens.dtype)
        for layer in self.layers:
            tokens = layer(tokens, places)
        out: Tensor = self.norm(tokens)
        return out


class UnseenFilm(nn.Module):
    """In the encoder's place where the film is not to be seen: a learned token a place, the same for every film.

    anything (B, ...) -> (B, G, D). The decoder keeps places to aim at, and the report is all it knows of the case.
    """

    def __init__(self, config: MedGazeConfig) -> None:
        super().__init__()
        self.position_embedding = nn.Parameter(torch.zeros(config.vision.grid_tokens, config.width))
        self.norm = nn.LayerNorm(config.width)

    def forward(self, film: Tensor) -> Tensor:
        out: Tensor = self.norm(self.position_embedding).expand(film.shape[0], -1, -1)
        return out
