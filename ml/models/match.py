"""Where what the report names lies on this film: an explicit meeting point of text and picture.

Each grid token says which regions of the chest it lies in, the report says which regions it asserts something about,
and the products of the two are given to the grid token before the joint layers. A pointer can then aim at "a place
that is named" without having to discover that relation through the gaze alone. Both sides are trained on the
simulator's truth (see
``losses``); gradients of the gaze reach them too.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

from ml.config import MedGazeConfig

HIDDEN = 128  # channels of the report's reader
REACH = 5  # words a convolution sees at once
SCALE = 4.0  # most targets are 0, so plain means would weigh little beside the gaze


@dataclass
class Matched:
    """Logits of both sides: ``zones`` (B, G, Z), ``named`` (B, Z)."""

    zones: Tensor
    named: Tensor

    def losses(self, aux: dict[str, Tensor]) -> dict[str, Tensor]:
        """``aux["zones"]`` (B, G, Z) shares 0..1 and ``aux["named"]`` (B, Z) 0/1, each where given."""
        out: dict[str, Tensor] = {}
        for name, logits in (("zones", self.zones), ("named", self.named)):
            if name in aux:
                out[name] = SCALE * F.binary_cross_entropy_with_logits(logits.float(), aux[name].float())
        return out


class ReportReader(nn.Module):
    """Which regions the report asserts something about: text (B, T, W) language states -> logits (B, Z).

    Two convolutions over the words bring side, level and denial together ("no ... in the left lower zone"): the
    language model's states alone hardly tell left from right. The most convinced word speaks for the report.
    """

    def __init__(self, width: int, regions: int) -> None:
        super().__init__()
        self.enter = nn.Linear(width, HIDDEN)
        self.near = nn.Conv1d(HIDDEN, HIDDEN, REACH, padding=REACH // 2)
        self.far = nn.Conv1d(HIDDEN, HIDDEN, REACH, padding=REACH // 2)
        self.leave = nn.Linear(HIDDEN, regions)

    def forward(self, text: Tensor, attention_mask: Tensor) -> Tensor:
        real = attention_mask[:, None].to(text.dtype)
        x = F.gelu(self.enter(text)).transpose(1, 2) * real
        x = x + F.gelu(self.near(x)) * real
        x = x + F.gelu(self.far(x)) * real
        logits: Tensor = self.leave(x.transpose(1, 2))
        return logits.masked_fill(attention_mask[..., None] == 0, -30.0).amax(1)


class RegionMatch(nn.Module):
    """film (B, G, D) grid tokens and text (B, T, W) language states -> film tokens with what they match, and the
    logits."""

    def __init__(self, config: MedGazeConfig) -> None:
        super().__init__()
        regions = config.region_match
        self.zones = nn.Linear(config.width, regions)
        self.words = ReportReader(config.language_width, regions)
        self.shown = nn.Linear(regions, config.width)
        self.wanted = nn.Linear(regions, config.width, bias=False)

    def forward(self, film: Tensor, text: Tensor, attention_mask: Tensor) -> tuple[Tensor, Matched]:
        zones = self.zones(film)
        named = self.words(text.to(film.dtype), attention_mask)
        shown = zones.sigmoid()
        film = film + self.shown(shown) + self.wanted(shown * named.sigmoid()[:, None])
        return film, Matched(zones, named)


def build_match(config: MedGazeConfig) -> RegionMatch | None:
    return RegionMatch(config) if config.region_match else None
