"""Grounding of the report on the film: where the regions and findings that it asserts lie.

Each grid token is classified by the regions of the chest in which it lies, the report by the regions it asserts
something about, and the products of the two are given to the grid token before the joint layers. Each region is also
found as a whole: a token that says what it is, what it looks like and whether the report speaks of it, and the place
of its centre, which a pointer can aim at. Where the configuration asks for it, findings are grounded in the same way:
each grid token is classified by the kinds of finding visible there, the report by the kinds it asserts in which region
and how certainly, and the token gets where the two agree. Gaze then moves with the anatomy wherever that lies on the
film, and "look at what is named" need not be discovered through the gaze alone. All of it is trained on the
simulator's truth (:meth:`Grounded.losses`); gradients of the gaze reach everything but the places.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ml.demo.config import CERTAINTIES, DemoConfig
from ml.medgaze.fusion import Regions
from ml.medgaze.layers import grid_centres

HIDDEN = 128  # channels of the report labeller
KERNEL = 5  # words a convolution sees at once
# Of the losses. Most targets are 0, so plain means would weigh little beside the gaze; findings are rarer still, and
# seeing them is the hardest part. Dicertaintys are small fractions of the square.
WEIGHTS = {"cell_regions": 4.0, "asserted_regions": 4.0, "cell_findings": 24.0, "asserted_findings": 4.0}
CENTRES = 10.0


@dataclass(kw_only=True)
class Grounded(Regions):
    """Regions, and the logits that they come from: in which regions each grid cell lies, and which the report asserts
    something about. With K kinds of finding, also which are visible in each cell, and which are asserted in each
    region and how certainly."""

    cell_regions: Tensor  # (B, G, Z)
    asserted_regions: Tensor  # (B, Z)
    cell_findings: Tensor | None = None  # (B, G, K)
    asserted_findings: Tensor | None = None  # (B, Z, K + 2)

    def losses(self, aux: dict[str, Tensor]) -> dict[str, Tensor]:
        """``aux`` holds targets of the logits by their names, shares 0..1 of a cell and 0/1 of the report, and
        ``region_centres`` (B, Z, 2), NaN where a region is not on the film; each where given."""
        out: dict[str, Tensor] = {}
        for name, weight in WEIGHTS.items():
            logits: Tensor | None = getattr(self, name)
            if name in aux and logits is not None:
                out[name] = weight * F.binary_cross_entropy_with_logits(logits.float(), aux[name].float())
        if "region_centres" in aux:
            known = ~aux["region_centres"].isnan()
            away = (self.places - aux["region_centres"].nan_to_num()).abs() * known
            out["region_centres"] = CENTRES * away.sum() / known.sum().clamp_min(1)
        return out


class ReportLabeller(nn.Module):
    """Which regions the report asserts something about: text (B, T, W) language states -> logits (B, Z).

    Two convolutions over the words bring side, level and denial together ("no ... in the left lower zone"): the
    language model's states alone hardly tell left from right. The most convinced word speaks for the report.
    """

    def __init__(self, width: int, regions: int) -> None:
        super().__init__()
        self.project = nn.Linear(width, HIDDEN)
        self.conv1 = nn.Conv1d(HIDDEN, HIDDEN, KERNEL, padding=KERNEL // 2)
        self.conv2 = nn.Conv1d(HIDDEN, HIDDEN, KERNEL, padding=KERNEL // 2)
        self.classifier = nn.Linear(HIDDEN, regions)

    def forward(self, text: Tensor, attention_mask: Tensor) -> Tensor:
        real = attention_mask[:, None].to(text.dtype)
        x = F.gelu(self.project(text)).transpose(1, 2) * real
        x = x + F.gelu(self.conv1(x)) * real
        x = x + F.gelu(self.conv2(x)) * real
        logits: Tensor = self.classifier(x.transpose(1, 2))
        return logits.masked_fill(attention_mask[..., None] == 0, -30.0).amax(1)


class Grounding(nn.Module):
    """film (B, G, D) grid tokens and text (B, T, W) language states -> film tokens with what the report asserts of
    them, and the regions."""

    def __init__(self, config: DemoConfig) -> None:
        super().__init__()
        regions, findings, facts = config.grounding.regions, config.grounding.findings, config.grounding.facts
        self.cell_region_head = nn.Linear(config.width, regions)
        self.region_centre_head = nn.Linear(config.width, regions)
        self.findings = findings
        self.report_labeller = ReportLabeller(config.language.width, regions * (1 + facts))
        self.cell_finding_head = nn.Linear(config.width, findings) if facts else None
        self.finding_embedding = nn.Linear(2 * findings + CERTAINTIES, config.width) if facts else None
        self.asserted_finding_embedding = nn.Linear(facts, config.width, bias=False) if facts else None
        self.cell_region_embedding = nn.Linear(regions, config.width)
        self.asserted_region_embedding = nn.Linear(regions, config.width, bias=False)
        self.region_embedding = nn.Embedding(regions, config.width)
        self.assertion_embedding = nn.Linear(1, config.width, bias=False)
        self.norm = nn.LayerNorm(config.width)

    def forward(self, film: Tensor, text: Tensor, attention_mask: Tensor) -> tuple[Tensor, Grounded]:
        cell_regions = self.cell_region_head(film)
        labels = self.report_labeller(text.to(film.dtype), attention_mask)
        regions = cell_regions.shape[-1]
        asserted_regions, cell_findings, asserted_findings = labels[:, :regions], None, None
        inside, asserted = cell_regions.sigmoid(), asserted_regions.sigmoid()
        attention, places = self._centres(film)
        content = torch.einsum("bgz,bgd->bzd", attention.detach().to(film.dtype), film)
        tokens = self.norm(self.region_embedding.weight + content) + self.assertion_embedding(asserted[..., None])
        if self.cell_finding_head is not None:
            assert self.finding_embedding is not None and self.asserted_finding_embedding is not None
            cell_findings = self.cell_finding_head(film)
            asserted_findings = labels[:, regions:].unflatten(1, (regions, -1))
            facts = asserted_findings.sigmoid()
            tokens = tokens + self.asserted_finding_embedding(facts)
            visible, here = cell_findings.sigmoid(), (inside @ facts).clamp_max(1.0)  # here: of this cell's regions
            both = visible * here[..., : self.findings]
            certainty = both.amax(-1, keepdim=True) * here[..., self.findings :]
            film = film + self.finding_embedding(torch.cat([visible, both, certainty], -1))
        film = film + self.cell_region_embedding(inside) + self.asserted_region_embedding(inside * asserted[:, None])
        return film, Grounded(
            places=places,
            tokens=tokens,
            asserted=asserted,
            facts=labels.sigmoid(),
            cell_regions=cell_regions,
            asserted_regions=asserted_regions,
            cell_findings=cell_findings,
            asserted_findings=asserted_findings,
        )

    @torch.inference_mode()
    def regions(self, film: Tensor) -> tuple[Tensor, Tensor]:
        """film (B, G, D) grid tokens -> how much of each token lies in each region (B, G, Z), 0..1, and the regions'
        centres (B, Z, 2) in fractions of the square. No report has a part in it."""
        return self.cell_region_head(film).sigmoid(), self._centres(film)[1]

    def _centres(self, film: Tensor) -> tuple[Tensor, Tensor]:
        """Shares (B, G, Z) that make up each region's centre, and the centres (B, Z, 2).

        A softmax over the film finds a centre more sharply than shares do: their faint tails pull to the middle.
        """
        attention = self.region_centre_head(film).float().softmax(1)
        return attention, torch.einsum("bgz,gc->bzc", attention, grid_centres(round(film.shape[1] ** 0.5), film.device))
