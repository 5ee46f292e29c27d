"""The autoregressive decoder's distribution over scanpaths: likelihoods by teacher forcing, samples step by step.

Offers what :class:`ml.medgaze.decoders.distribution.PathDistribution` offers to training, predictor and evaluation; it
has one mode. Places are fractions of the square, durations seconds. B cases, R readings, K samples, L slots, A anchors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from ml.medgaze.decoders.anchors import (
    DECAY,
    NEAR_SD,
    Anchors,
    log_normal_2d,
    nearness_and_dwell,
    recency,
    squared_distance,
)
from ml.medgaze.decoders.distribution import LOG_2PI, SHORTEST_S, Z95, Drawn
from ml.medgaze.decoders.step import DecoderState, FoldedStep

if TYPE_CHECKING:
    from ml.medgaze.decoders.autoregressive import AutoregressiveDecoder

FED_NOISE = 0.01  # in training, noise on the places fed back: drawn fixations never fall exactly where readers look


@dataclass(frozen=True)
class Forced:
    """What the model says of each fixation of given readings, conditioned on those before it. (B, N, L, ...)."""

    log_weights: Tensor  # (B, N, L, A) of the anchors
    continue_logit: Tensor  # (B, N, L) logit that there is such a fixation
    time: Tensor  # (B, N, L) mean of log duration
    time_log_sd: Tensor  # (B, N, L)


@dataclass(frozen=True)
class AutoregressivePaths:
    decoder: AutoregressiveDecoder
    anchors: Anchors
    slots: int  # longest scanpath

    @property
    def gate(self) -> Tensor:
        """(B, 1) log probability of the only mode."""
        return self.anchors.initial.new_zeros(len(self.anchors.initial), 1)

    def detach(self) -> AutoregressivePaths:
        return replace(self, anchors=self.anchors.map("detach"))

    def case(self, index: int) -> AutoregressivePaths:
        """The distribution of one case of the batch, as a batch of one."""
        return replace(self, anchors=self.anchors.case(index))

    def forced(self, fixations: Tensor, noise: float = 0.0) -> Forced:
        """fixations (B, N, L, 3), rows beyond a reading's end anything finite -> what each is drawn from, conditioned
        on those before it. ``noise`` is added to the places fed back.

        All slots at once: only the GRU goes step by step.
        """
        decoder, anchors = self.decoder, self.anchors
        cases, count, slots = fixations.shape[:3]
        with torch.no_grad():
            true = fixations[..., :2].float()
            fed = true + noise * torch.randn_like(true) if noise else true
            duration_s = fixations[..., 2].float().clamp_min(SHORTEST_S)
            squared = squared_distance(fed.flatten(1, 2), anchors.centres)
            nearness, dwell = nearness_and_dwell(squared, duration_s.flatten(1, 2))
            nearness = nearness.reshape(cases, len(NEAR_SD), count, slots, -1)
            nearness = F.pad(nearness[..., :-1, :], (0, 0, 1, 0)).flatten(2, 3)
            slot = torch.arange(slots, device=fed.device)
            ago = (slot[:, None] - 1 - slot[None]).float()
            past = (ago >= 0).float()
            kernel = torch.stack([past * DECAY ** ago.clamp_min(0), past])  # (2, L, L)
            with torch.autocast(fed.device.type, enabled=False):
                dwell = kernel[:, None] @ dwell.reshape(cases, 1, count, slots, -1)
            features = recency(nearness, dwell.flatten(2, 3))
        content = decoder.read(anchors, squared)  # (B, N*L, D)
        before = torch.cat([fed[:, :, :1], fed[:, :, :-1]], 2)
        given = decoder.gru_input(content.reshape(cases, count, slots, -1), fed, before, duration_s.log())
        initial = anchors.initial[:, None].expand(-1, count, -1).flatten(0, 1)
        hidden = initial[:, None]
        if slots > 1:
            with torch.autocast(fed.device.type, enabled=False):
                dtype = decoder.query.weight.dtype
                after, _ = decoder.gru(given[:, :, :-1].flatten(0, 1).to(dtype), initial[None].contiguous().to(dtype))
            hidden = torch.cat([hidden, after.float()], 1)
        hidden = hidden.reshape(cases, count * slots, -1)
        log_weights = decoder.pointer(anchors, hidden, features)
        continue_logit = decoder.continue_logit(hidden, log_weights.exp(), anchors)
        if noise:
            content = decoder.read(anchors, squared_distance(true.flatten(1, 2), anchors.centres))
        time, time_log_sd = decoder.duration(hidden, content)
        each = (x.reshape(cases, count, slots) for x in (continue_logit, time, time_log_sd))
        return Forced(log_weights.reshape(cases, count, slots, -1), *each)

    def log_likelihood(self, fixations: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """How likely each reading is, in nats, summed over its fixations.

        fixations (B, R, L, 3) x, y in fractions and s; mask (B, R, L) -> ``stop``, ``place``, ``time``, (B, 1, R) each.
        """
        mask = mask.float()
        known = torch.where(mask[..., None] > 0, fixations.float(), torch.full_like(fixations, 0.5, dtype=torch.float))
        forced = self.forced(known, FED_NOISE if self.decoder.training else 0.0)
        each = log_normal_2d(known[..., :2].flatten(1, 2), self.anchors).reshape(forced.log_weights.shape)
        place = (forced.log_weights + each).logsumexp(-1)
        log_s = known[..., 2].clamp_min(SHORTEST_S).log()
        error = (log_s - forced.time) * (-forced.time_log_sd).exp()
        time = -0.5 * (LOG_2PI + error.square()) - forced.time_log_sd - log_s
        first_pad = (1 - mask) * F.pad(mask, (1, 0), value=1.0)[..., :-1]
        continued = F.logsigmoid(forced.continue_logit) * mask
        continued[..., 0] = 0.0  # slot 0 always holds a fixation
        stop = continued + F.logsigmoid(-forced.continue_logit) * first_pad
        return {
            "stop": stop.sum(-1)[:, None],
            "place": (place * mask).sum(-1)[:, None],
            "time": (time * mask).sum(-1)[:, None],
        }

    @torch.no_grad()
    def sample(self, count: int, generator: torch.Generator, temperature: float = 1.0) -> Drawn:
        """``count`` scanpaths a case, with the parameters each fixation was drawn from, at temperature 1; one mode.

        ``temperature`` sharpens which anchor is chosen and scales the scatter about it and of log durations.
        Randomness is drawn on the CPU, so that one seed gives one path on every device.
        """
        cases, device = len(self.anchors.initial), self.anchors.initial.device
        uniform = torch.rand(self.slots, cases, count, generator=generator).to(device)
        noise = torch.randn(self.slots, cases, count, 3, generator=generator).to(device) * temperature
        least = torch.rand(cases, count, generator=generator).log().to(device)  # continues while survival is above
        step = self.decoder.folded or FoldedStep(self.decoder)
        cached = step.cache(self.anchors)
        state = DecoderState.initial(cached, count)
        tempered = noise.new_tensor(max(temperature, 1e-3))  # as a number it would be made a tensor at each step
        survival, alive, steps = torch.zeros_like(least), [torch.ones_like(least, dtype=torch.bool)], []
        for slot in range(self.slots):
            drawn, state = step(cached, state, uniform[slot], noise[slot], tempered)
            if slot:
                survival += F.logsigmoid(drawn.continue_logit)
                alive.append(survival >= least)
                if not alive[-1].any():
                    break
            steps.append(drawn)
        place, duration_s, *parameters = (torch.stack(each, 2) for each in zip(*steps, strict=True))
        lengths = torch.stack(alive, 2).sum(-1)
        paths = F.pad(torch.cat([place, duration_s[..., None]], -1), (0, 0, 0, self.slots - len(steps)))
        return Drawn(paths, lengths, torch.zeros_like(lengths), tuple(parameters))

    def spread(self, drawn: Drawn) -> Tensor:
        """How sure each drawn fixation was: (B, K, L, 5) standard deviations of x and y, correlation, 5 % and 95 %
        quantiles of the duration, s. L slots as far as the parameters go, which is as far as the longest scanpath.

        Of the place: about the spot that was chosen. The anchors count by how likely each made this very fixation, so
        the ellipse says how far a look meant for this spot may fall, not where else the reading could have gone.
        """
        forced = Forced(*drawn.parameters)
        paths = drawn.paths[:, :, : forced.time.shape[2]]
        each = log_normal_2d(paths[..., :2].flatten(1, 2), self.anchors).reshape(forced.log_weights.shape)
        share = (forced.log_weights + each).softmax(-1)
        means, variance = self.anchors.means[:, None], (2 * self.anchors.log_sd).exp()[:, None]
        mean = share @ means
        second = share @ (means.square() + variance)
        cross = (share @ (means[..., :1] * means[..., 1:])).squeeze(-1) - mean[..., 0] * mean[..., 1]
        sd = (second - mean.square()).clamp_min(1e-8).sqrt()
        rho = (cross / sd.prod(-1)).clamp(-0.95, 0.95)
        reach = Z95 * forced.time_log_sd.exp()
        low, high = (forced.time - reach).exp(), (forced.time + reach).exp()
        return torch.cat([sd, torch.stack([rho, low, high], -1)], -1)
