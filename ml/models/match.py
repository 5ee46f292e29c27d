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

HIDDEN = 256  # of the word reader
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


class RegionMatch(nn.Module):
    """film (B, G, D) grid tokens and text (B, T, W) language states -> film tokens with what they match, and the
    logits."""

    def __init__(self, config: MedGazeConfig) -> None:
        super().__init__()
        regions = config.region_match
        self.zones = nn.Linear(config.width, regions)
        self.words = nn.Sequential(nn.Linear(config.language_width, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, regions))
        self.shown = nn.Linear(regions, config.width)
        self.wanted = nn.Linear(regions, config.width, bias=False)

    def forward(self, film: Tensor, text: Tensor, attention_mask: Tensor) -> tuple[Tensor, Matched]:
        zones = self.zones(film)
        said = self.words(text.to(film.dtype)).masked_fill(attention_mask[..., None] == 0, -30.0)
        named = said.amax(1)
        shown = zones.sigmoid()
        film = film + self.shown(shown) + self.wanted(shown * named.sigmoid()[:, None])
        return film, Matched(zones, named)


def build_match(config: MedGazeConfig) -> RegionMatch | None:
    return RegionMatch(config) if config.region_match else None
