"""Where what the report names lies on this film: an explicit meeting point of text and picture.

Each grid token says which regions of the chest it lies in, the report says which regions it asserts something about,
and the products of the two are given to the grid token before the joint layers. Each region is also found as a whole:
a token that says what it is, what it looks like and whether it is named, and the place of its centre, which a pointer
can aim at. Where the configuration asks for it, findings meet in the same way: each grid token says which kinds of
finding can be seen there, the report which kinds it asserts in which region and whether in doubt or as known, and the
token learns whether what can be seen there is what the report speaks of. Gaze then moves with the anatomy wherever that
lies on the film, and "look at what is named" need not be discovered through the gaze alone. All of it is trained on the
simulator's truth (:meth:`Grounded.losses`); gradients of the gaze reach everything but the places.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ml.demo.config import STANCES, DemoConfig
from ml.medgaze.fusion import Regions
from ml.medgaze.layers import grid_centres

HIDDEN = 128  # channels of the report's reader
REACH = 5  # words a convolution sees at once
SCALE = 4.0  # most targets are 0, so plain means would weigh little beside the gaze
SPOTS = 24.0  # findings are rarer still, and seeing them is the hardest part
PLACES = 10.0  # distances are small fractions of the square


@dataclass(kw_only=True)
class Grounded(Regions):
    """Regions, and logits of both sides: ``zones`` (B, G, Z) and ``named`` (B, Z). With K kinds of finding, those of
    the findings on the film, ``spots`` (B, G, K), and of what is said of each region, ``stated`` (B, Z, K + 2)."""

    zones: Tensor
    named: Tensor
    spots: Tensor | None = None
    stated: Tensor | None = None

    def losses(self, aux: dict[str, Tensor]) -> dict[str, Tensor]:
        """``aux["zones"]`` (B, G, Z) shares 0..1, ``aux["named"]`` (B, Z) 0/1 and ``aux["places"]`` (B, Z, 2), NaN
        where a region is not on the film, ``aux["spots"]`` (B, G, K) shares, ``aux["facts"]`` (B, Z, K + 2) 0/1, each
        where given."""
        out: dict[str, Tensor] = {}
        each = {"zones": self.zones, "named": self.named, "spots": self.spots, "facts": self.stated}
        for name, logits in each.items():
            if name in aux and logits is not None:
                wrong = F.binary_cross_entropy_with_logits(logits.float(), aux[name].float())
                out[name] = (SPOTS if name == "spots" else SCALE) * wrong
        if "places" in aux:
            known = ~aux["places"].isnan()
            away = (self.places - aux["places"].nan_to_num()).abs() * known
            out["places"] = PLACES * away.sum() / known.sum().clamp_min(1)
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


class Grounding(nn.Module):
    """film (B, G, D) grid tokens and text (B, T, W) language states -> film tokens with what they match, and the
    regions."""

    def __init__(self, config: DemoConfig) -> None:
        super().__init__()
        regions, findings, facts = config.grounding.regions, config.grounding.findings, config.grounding.facts
        self.zones = nn.Linear(config.width, regions)
        self.centre = nn.Linear(config.width, regions)
        self.findings = findings
        self.words = ReportReader(config.language.width, regions * (1 + facts))
        self.spots = nn.Linear(config.width, findings) if facts else None
        self.met = nn.Linear(2 * findings + STANCES, config.width) if facts else None
        self.said = nn.Linear(facts, config.width, bias=False) if facts else None
        self.shown = nn.Linear(regions, config.width)
        self.wanted = nn.Linear(regions, config.width, bias=False)
        self.kinds = nn.Embedding(regions, config.width)
        self.asserted = nn.Linear(1, config.width, bias=False)
        self.norm = nn.LayerNorm(config.width)

    def forward(self, film: Tensor, text: Tensor, attention_mask: Tensor) -> tuple[Tensor, Grounded]:
        zones = self.zones(film)
        read = self.words(text.to(film.dtype), attention_mask)
        named, stated = read[:, : zones.shape[-1]], None
        shown = zones.sigmoid()
        wanted = named.sigmoid()
        aim, places = self._aimed(film)
        seen = torch.einsum("bgz,bgd->bzd", aim.detach().to(film.dtype), film)
        tokens = self.norm(self.kinds.weight + seen) + self.asserted(wanted[..., None])
        spots = None
        if self.spots is not None and self.met is not None and self.said is not None:
            spots, stated = self.spots(film), read[:, zones.shape[-1] :].unflatten(1, (zones.shape[-1], -1))
            sure = stated.sigmoid()
            tokens = tokens + self.said(sure)
            seen_here, here = spots.sigmoid(), (shown @ sure).clamp_max(1.0)  # what is said of this cell's regions
            both = seen_here * here[..., : self.findings]
            stance = both.amax(-1, keepdim=True) * here[..., self.findings :]
            film = film + self.met(torch.cat([seen_here, both, stance], -1))
        film = film + self.shown(shown) + self.wanted(shown * wanted[:, None])
        return film, Grounded(
            places=places, tokens=tokens, facts=read.sigmoid(), zones=zones, named=named, spots=spots, stated=stated
        )

    @torch.inference_mode()
    def regions(self, film: Tensor) -> tuple[Tensor, Tensor]:
        """film (B, G, D) grid tokens -> how much of each token lies in each region (B, G, Z), 0..1, and the regions'
        centres (B, Z, 2) in fractions of the square. No report has a part in it."""
        return self.zones(film).sigmoid(), self._aimed(film)[1]

    def _aimed(self, film: Tensor) -> tuple[Tensor, Tensor]:
        """Shares (B, G, Z) that make up each region's centre, and the centres (B, Z, 2).

        A softmax over the film finds a centre more sharply than shares do: their faint tails pull to the middle.
        """
        aim = self.centre(film).float().softmax(1)
        return aim, torch.einsum("bgz,gc->bzc", aim, grid_centres(round(film.shape[1] ** 0.5), film.device))
