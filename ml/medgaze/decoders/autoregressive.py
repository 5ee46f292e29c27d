"""The autoregressive decoder: one fixation after the other, each a choice among places that stand on the film.

Readers skip stations at random, so that the n-th fixation of a reading smears over several places. Given where the
reading has been, though, only a few places are likely next. The next place is therefore a mixture over *anchors*, the
memory's grid tokens and the regions found on the film: ``sum_a pi_a N(x; c_a + o_a, sd_a^2)``. The weights come from a
pointer: attention by the hidden state of a GRU, which has read what was fixated and for how long, and a bias by how
near each anchor is to the last fixation and how long it was fixated already (recency and inhibition of return). Who
reads is inferred from the fixations so far.

The GRU reads what stands at a place, never where on the square it is: a moved film moves the scanpath along. Shapes as
in :mod:`ml.medgaze.decoders.anchors`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ml.medgaze.config import MedGazeConfig
from ml.medgaze.decoders.anchors import (
    CONTINUE_BIAS,
    FEATURES,
    LOG_S,
    LOG_SD,
    LOG_SD_RANGE,
    MOVE_SCALE,
    READ_SD,
    RECENCY_WIDTH,
    Anchors,
)
from ml.medgaze.decoders.autoregressive_paths import AutoregressivePaths
from ml.medgaze.decoders.step import FoldedStep
from ml.medgaze.fusion import Memory
from ml.medgaze.layers import grid_centres

HIDDEN = 192  # numbers of the hidden state
NARROWEST, WIDEST = 0.008, 0.3  # standard deviations of an anchor's fixations


class AutoregressiveDecoder(nn.Module):
    """All learned maps. Memory -> distribution over scanpaths."""

    def __init__(self, config: MedGazeConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.recency_key = nn.Linear(width, FEATURES * RECENCY_WIDTH)
        self.anchor_gaussian = nn.Linear(width, 4)  # mean and spread of fixations on an anchor
        self.initial_state = nn.Linear(width, HIDDEN)  # hidden state before the first fixation
        facts = config.region_facts
        self.report_embedding = nn.Linear(facts, HIDDEN) if facts else None
        self.gru = nn.GRU(width + 3, HIDDEN, batch_first=True)
        self.query = nn.Linear(HIDDEN, width)
        self.recency_query = nn.Linear(HIDDEN, FEATURES * RECENCY_WIDTH)
        self.stop_head = nn.Sequential(nn.Linear(HIDDEN + width, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, 1))
        self.duration_head = nn.Sequential(nn.Linear(HIDDEN + width, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, 2))
        self.folded: FoldedStep | None = None

    def fold(self) -> None:
        """Fold the weights for drawing once, where they change no more; else each drawing folds them anew."""
        with torch.no_grad():
            self.folded = FoldedStep(self)

    def forward(self, memory: Memory) -> AutoregressivePaths:
        return AutoregressivePaths(self, self.anchors(memory), self.config.decoder.max_fixations)

    def anchors(self, memory: Memory) -> Anchors:
        """The memory's grid and region tokens as places to fixate."""
        assert memory.grid is not None
        tokens, side = memory.grid, self.config.vision.grid_side
        centres = grid_centres(side, tokens.device).expand(tokens.shape[0], -1, -1)
        initial = self.initial_state(memory.pooled())
        if (regions := memory.regions) is not None:
            tokens = torch.cat([tokens, regions.tokens.to(tokens.dtype)], 1)
            # Gaze must not bend where a region is said to lie: that is learnt from anatomy alone.
            centres = torch.cat([centres, regions.places.detach().float()], 1)
            if self.report_embedding is not None and regions.facts is not None:
                initial = initial + self.report_embedding(regions.facts.to(tokens.dtype))
        offset, log_sd = self.anchor_gaussian(tokens).float().chunk(2, -1)
        recency_keys = self.recency_key(tokens).reshape(*tokens.shape[:2], FEATURES, RECENCY_WIDTH).transpose(1, 2)
        return Anchors(
            centres=centres,
            means=centres + offset.tanh() / side,
            log_sd=(log_sd - 3.0).clamp(math.log(NARROWEST), math.log(WIDEST)),
            keys=self.key(tokens) * tokens.shape[-1] ** -0.5,
            recency_keys=recency_keys * RECENCY_WIDTH**-0.5,
            values=self.value(tokens),
            initial=initial.float().tanh(),
        )

    def pointer(self, anchors: Anchors, hidden: Tensor, recency: Tensor) -> Tensor:
        """hidden (B, N, H), recency (B, F, N, A) -> log weight of each anchor (B, N, A), float32."""
        hidden = hidden.to(self.query.weight.dtype)
        logits = (self.query(hidden) @ anchors.keys.transpose(1, 2)).float()
        queries = self.recency_query(hidden).reshape(*hidden.shape[:2], FEATURES, RECENCY_WIDTH).transpose(1, 2)
        biases = (queries @ anchors.recency_keys.transpose(-1, -2)).float()  # (B, F, N, A)
        biased: Tensor = logits + (biases * recency).sum(1)
        return biased.log_softmax(-1)

    def read(self, anchors: Anchors, squared: Tensor) -> Tensor:
        """Squared distances (B, N, A) of fixations to the anchors -> what stands where they fall (B, N, D)."""
        return (squared * (-0.5 / READ_SD**2)).softmax(-1).to(anchors.values.dtype) @ anchors.values

    def continue_logit(self, hidden: Tensor, weights: Tensor, anchors: Anchors) -> Tensor:
        """Whether the reading continues, from the hidden state and from what it would look at next: (B, N)."""
        ahead = weights.to(anchors.values.dtype) @ anchors.values
        out: Tensor = self.stop_head(torch.cat([hidden.to(ahead.dtype), ahead], -1))
        return out.float().squeeze(-1) + CONTINUE_BIAS

    def duration(self, hidden: Tensor, content: Tensor) -> tuple[Tensor, Tensor]:
        """Hidden state before fixations, and what they read -> mean and log standard deviation of their log durations
        (s)."""
        out: Tensor = self.duration_head(torch.cat([hidden.to(content.dtype), content], -1))
        mean, log_sd = out.float().unbind(-1)
        return mean + LOG_S, (log_sd + LOG_SD).clamp(*LOG_SD_RANGE)

    def gru_input(self, content: Tensor, place: Tensor, before: Tensor, log_s: Tensor) -> Tensor:
        """What the GRU gets of a fixation, (..., D + 3): what it read, the saccade to it, its log duration, both of
        about unit size."""
        return torch.cat([content.float(), (place - before) * MOVE_SCALE, log_s[..., None] - LOG_S], -1)
