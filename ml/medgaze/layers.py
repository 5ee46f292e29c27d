"""Attention layers that take positions apart from content, as detection transformers do, and sine positions.

Positions are added to queries and keys of every layer, never to values. With ``norm_first`` false the layers are
post-norm, as published.
"""

from __future__ import annotations

import functools
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Attention(nn.Module):
    """Multi-head attention. query (B, Q, D), key and value (B, K, D), padding (B, K) True = ignore -> (B, Q, D)."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def forward(self, query: Tensor, key: Tensor, value: Tensor, padding: Tensor | None = None) -> Tensor:
        q, k, v = (
            project(x).reshape(*x.shape[:2], self.heads, -1).transpose(1, 2)
            for project, x in ((self.query, query), (self.key, key), (self.value, value))
        )
        mask = None if padding is None else ~padding[:, None, None, :]
        dropped = self.dropout if self.training else 0.0
        mixed = attend(q, k, v, mask, dropped)
        out: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return out


def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, dropout: float) -> Tensor:
    """Scaled dot-product attention. query (B, H, Q, d), key and value (B, H, K, d), mask broadcastable to (B, H, Q, K)
    True = look -> (B, H, Q, d).

    Written out where a CPU will want gradients: PyTorch's fused way back is three to five times as slow there for the
    few hundred tokens of a film (30 % of a demo training step).
    """
    if query.device.type != "cpu" or not (torch.is_grad_enabled() and query.requires_grad):
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=dropout)
    scores = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    return F.dropout(scores.softmax(-1), dropout).to(value.dtype) @ value


class FeedForward(nn.Sequential):
    """Two linear maps with a ReLU (post-norm, as published) or a GELU (pre-norm) between. (..., D) -> (..., D)."""

    def __init__(self, width: int, hidden: int, dropout: float, gelu: bool) -> None:
        super().__init__(
            nn.Linear(width, hidden), nn.GELU() if gelu else nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, width)
        )


class SelfLayer(nn.Module):
    """Self-attention and feed-forward. x (B, N, D), positions broadcastable to x, padding (B, N) -> (B, N, D)."""

    def __init__(self, width: int, heads: int, hidden: int, dropout: float, norm_first: bool) -> None:
        super().__init__()
        self.norm_first = norm_first
        self.attention = Attention(width, heads, dropout)
        self.feed_forward = FeedForward(width, hidden, dropout, gelu=norm_first)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, positions: Tensor | None = None, padding: Tensor | None = None) -> Tensor:
        if self.norm_first:
            y = self.norm1(x)
            x = x + self.dropout(self._attend(y, positions, padding))
            ahead: Tensor = x + self.dropout(self.feed_forward(self.norm2(x)))
            return ahead
        x = self.norm1(x + self.dropout(self._attend(x, positions, padding)))
        out: Tensor = self.norm2(x + self.dropout(self.feed_forward(x)))
        return out

    def _attend(self, x: Tensor, positions: Tensor | None, padding: Tensor | None) -> Tensor:
        placed = x if positions is None else x + positions
        out: Tensor = self.attention(placed, placed, x, padding)
        return out


class CrossLayer(nn.Module):
    """Self-attention within a scanpath, attention to the memory, feed-forward.

    Every mode of a case looks at the same memory, so the modes are folded into the query axis there and into the batch
    axis for self-attention. x (B, M, L, D), places (M, L, D), memory and keys (B, N, D), padding (B, N) -> (B, M, L,
    D). x may come with a batch of 1 (the start, alike for all cases): it is widened to B where the memory comes in.
    """

    def __init__(self, width: int, heads: int, hidden: int, dropout: float, norm_first: bool) -> None:
        super().__init__()
        self.norm_first = norm_first
        self.self_attention = Attention(width, heads, dropout)
        self.cross_attention = Attention(width, heads, dropout)
        self.feed_forward = FeedForward(width, hidden, dropout, gelu=norm_first)
        self.norm1, self.norm2, self.norm3 = nn.LayerNorm(width), nn.LayerNorm(width), nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, places: Tensor, memory: Tensor, keys: Tensor, padding: Tensor | None) -> Tensor:
        if self.norm_first:
            x = (x + self.dropout(self._within(self.norm1(x), places))).expand(memory.shape[0], -1, -1, -1)
            x = x + self.dropout(self._across(self.norm2(x), places, memory, keys, padding))
            ahead: Tensor = x + self.dropout(self.feed_forward(self.norm3(x)))
            return ahead
        x = self.norm1(x + self.dropout(self._within(x, places))).expand(memory.shape[0], -1, -1, -1)
        x = self.norm2(x + self.dropout(self._across(x, places, memory, keys, padding)))
        out: Tensor = self.norm3(x + self.dropout(self.feed_forward(x)))
        return out

    def _within(self, x: Tensor, places: Tensor) -> Tensor:
        placed = (x + places).flatten(0, 1)
        out: Tensor = self.self_attention(placed, placed, x.flatten(0, 1))
        return out.reshape(x.shape)

    def _across(self, x: Tensor, places: Tensor, memory: Tensor, keys: Tensor, padding: Tensor | None) -> Tensor:
        out: Tensor = self.cross_attention((x + places).flatten(1, 2), keys, memory, padding)
        return out.reshape(x.shape)


def mlp(width: int, out: int, layers: int) -> nn.Module:
    """One linear map, or with ``layers`` 2 one GELU layer before it. (..., width) -> (..., out)."""
    if layers == 1:
        return nn.Linear(width, out)
    return nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, out))


def grid_centres(side: int, device: torch.device | None = None) -> Tensor:
    """(side*side, 2) x and y of the centres of a square grid's cells, row by row, in fractions of the square."""
    centre = (torch.arange(side, device=device, dtype=torch.float32) + 0.5) / side
    y, x = torch.meshgrid(centre, centre, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], dim=-1)


def sine_positions(places: Tensor, width: int) -> Tensor:
    """(..., 2) x and y in fractions -> (..., width): sines and cosines of y in the first half, of x in the second."""
    quarter = width // 4
    steps = torch.arange(quarter, device=places.device, dtype=torch.float32)
    frequency = torch.exp(-math.log(10000.0) * steps / quarter) * 2 * math.pi
    angle = places.float().flip(-1)[..., None] * frequency
    return torch.cat([angle.sin(), angle.cos()], dim=-1).flatten(-2)


@functools.lru_cache(maxsize=16)
def _sine_grid(side: int, width: int, device: torch.device) -> Tensor:
    with torch.inference_mode(False), torch.no_grad():
        return sine_positions(grid_centres(side, device), width)


def sine_grid(side: int, width: int, device: torch.device) -> Tensor:
    """(side*side, width) sine positions of a square grid; computed once a device, held by no checkpoint."""
    return _sine_grid(side, width, device)
