"""The distribution over scanpaths of the walking decoder: likelihoods by teacher forcing, walks by drawing.

Offers what :class:`ml.models.distribution.PathDistribution` offers to training, predictor and evaluation; it has one
mode. Places are fractions of the square, durations seconds. B cases, R readings, K walks, L slots, A anchors.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from ml.models.distribution import LOG_2PI, SHORTEST_S, Z95, Drawn
from ml.models.quickwalk import Walks, quick_walks
from ml.models.stride import Stride, Trail
from ml.models.walk import FADING, NEAR, Anchors, Walker, log_normal_2d, marks, squared_distance, traces

WORTH_DROPPING = 0.5  # share of the walks that still go on, of those carried along, at which the others are let go
SLIP = 0.01  # in training, noise on the places fed back: drawn walks never fall exactly where readers look


@dataclass(frozen=True)
class Forced:
    """What the model says of each fixation of given readings, knowing those before it. (B, N, L, ...)."""

    log_weights: Tensor  # (B, N, L, A) of the anchors
    going_on: Tensor  # (B, N, L) logit that there is such a fixation
    time: Tensor  # (B, N, L) mean of log duration
    time_log_sd: Tensor  # (B, N, L)


@dataclass(frozen=True)
class WalkPaths:
    walker: Walker
    anchors: Anchors
    slots: int  # longest walk
    stride: Stride | None = None  # the walker's, where it is known to be that of its weights

    @property
    def gate(self) -> Tensor:
        """(B, 1) log probability of the only mode."""
        return self.anchors.start.new_zeros(len(self.anchors.start), 1)

    def detach(self) -> WalkPaths:
        return replace(self, anchors=self.anchors.map("detach"))

    def case(self, index: int) -> WalkPaths:
        """The distribution of one case of the batch, as a batch of one."""
        return replace(self, anchors=self.anchors.case(index))

    def forced(self, fixations: Tensor, slip: float = 0.0) -> Forced:
        """fixations (B, N, L, 3), rows beyond a reading's end anything finite -> the laws at each slot.

        All slots at once: only the recurrent net goes step by step.
        """
        walker, anchors = self.walker, self.anchors
        cases, walks, slots = fixations.shape[:3]
        with torch.no_grad():
            true = fixations[..., :2].float()
            fed = true + slip * torch.randn_like(true) if slip else true
            seconds = fixations[..., 2].float().clamp_min(SHORTEST_S)
            flat = squared_distance(fed.flatten(1, 2), anchors.centres)
            near, spent = marks(flat, seconds.flatten(1, 2))
            apart = near.reshape(cases, len(NEAR), walks, slots, -1)
            near = F.pad(apart[..., :-1, :], (0, 0, 1, 0)).flatten(2, 3)
            age = torch.arange(slots, device=fed.device)
            gap = (age[:, None] - 1 - age[None]).float()  # how many fixations ago, at each slot
            lasting = (gap >= 0).float()
            kernel = torch.stack([lasting * FADING ** gap.clamp_min(0), lasting])  # (2, L, L)
            with torch.autocast(fed.device.type, enabled=False):
                spent = kernel[:, None] @ spent.reshape(cases, 1, walks, slots, -1)
            traced = traces(near, spent.flatten(2, 3))
        content = walker.take_in(anchors, flat)  # (B, N*L, D)
        before = torch.cat([fed[:, :, :1], fed[:, :, :-1]], 2)
        told = walker.told_step(content.reshape(cases, walks, slots, -1), fed, before, seconds.log())
        first = anchors.start[:, None].expand(-1, walks, -1).flatten(0, 1)
        state = first[:, None]
        if slots > 1:
            with torch.autocast(fed.device.type, enabled=False):
                kept = walker.query.weight.dtype
                after, _ = walker.step(told[:, :, :-1].flatten(0, 1).to(kept), first[None].contiguous().to(kept))
            state = torch.cat([state, after.float()], 1)
        state = state.reshape(cases, walks * slots, -1)
        log_weights = walker.pointer(anchors, state, traced)
        going_on = walker.remaining(state, log_weights.exp(), anchors)
        here = content
        if slip:
            here = walker.take_in(anchors, squared_distance(true.flatten(1, 2), anchors.centres))
        time, time_log_sd = walker.durations(state, here)
        each = (x.reshape(cases, walks, slots) for x in (going_on, time, time_log_sd))
        return Forced(log_weights.reshape(cases, walks, slots, -1), *each)

    def log_likelihood(self, fixations: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """How likely each reading is, in nats, summed over its fixations.

        fixations (B, R, L, 3) x, y in fractions and s; mask (B, R, L) -> ``stop``, ``place``, ``time``, (B, 1, R) each.
        """
        mask = mask.float()
        known = torch.where(mask[..., None] > 0, fixations.float(), torch.full_like(fixations, 0.5, dtype=torch.float))
        said = self.forced(known, SLIP if self.walker.training else 0.0)
        each = log_normal_2d(known[..., :2].flatten(1, 2), self.anchors).reshape(said.log_weights.shape)
        place = (said.log_weights + each).logsumexp(-1)
        log_s = known[..., 2].clamp_min(SHORTEST_S).log()
        error = (log_s - said.time) * (-said.time_log_sd).exp()
        time = -0.5 * (LOG_2PI + error.square()) - said.time_log_sd - log_s
        first_pad = (1 - mask) * F.pad(mask, (1, 0), value=1.0)[..., :-1]
        goes = F.logsigmoid(said.going_on) * mask
        goes[..., 0] = 0.0  # slot 0 always holds a fixation
        stop = goes + F.logsigmoid(-said.going_on) * first_pad
        return {
            "stop": stop.sum(-1)[:, None],
            "place": (place * mask).sum(-1)[:, None],
            "time": (time * mask).sum(-1)[:, None],
        }

    def sample(self, count: int, generator: torch.Generator, temperature: float = 1.0) -> Drawn:
        """``count`` scanpaths a case, with the laws each fixation was drawn from, at temperature 1; one mode.

        ``temperature`` sharpens which anchor is chosen and scales the scatter about it and of log durations.
        Randomness is drawn on the CPU, so that one seed gives one path on every device.
        """
        walker, anchors = self.walker, self.anchors
        cases, device = len(anchors.start), anchors.start.device
        uniform = torch.rand(self.slots, cases, count, generator=generator).to(device)
        noise = torch.randn(self.slots, cases, count, 3, generator=generator).to(device) * temperature
        last = torch.rand(cases, count, generator=generator).log().to(device)  # goes on while survival is above
        stride = self.stride or Stride(walker)
        ground = stride.ground(anchors)
        if self.stride is not None and cases == 1 and device.type == "cpu":
            return self._quickly(quick_walks(stride, ground, uniform[:, 0], noise[:, 0], last[0], temperature))
        trail = Trail.begin(ground, count)
        survival = trail.state.new_zeros(cases, count)
        sharper = trail.state.new_tensor(1 / max(temperature, 1e-3))  # as a number it would be made one at each step
        stretches = [_Stretch(torch.arange(count, device=device))]
        goes_on = torch.ones(cases, count, dtype=torch.bool, device=device)
        for slot in range(self.slots):
            ahead = stride.ahead(ground, trail)
            if slot:
                survival = survival + F.logsigmoid(ahead.going_on)
                goes_on = survival >= last
                left = int(goes_on.sum())
                if not left:
                    break
                if left <= WORTH_DROPPING * goes_on.numel():
                    rows = goes_on.any(0).nonzero()[:, 0]
                    if len(rows) < len(stretches[-1].walks):  # of several cases, others may still go on
                        stretches.append(_Stretch(stretches[-1].walks[rows]))
                        trail, ahead = trail.only(rows), ahead.only(rows)
                        survival, last, goes_on = survival[:, rows], last[:, rows], goes_on[:, rows]
                        uniform, noise = uniform[:, :, rows], noise[:, :, rows]
            chances = (ahead.log_weights * sharper).softmax(-1)
            landing, trail = stride.move(ground, trail, ahead, chances, uniform[slot], noise[slot])
            laws = (ahead.log_weights, ahead.going_on, landing.time, landing.time_log_sd)
            stretches[-1].steps.append((goes_on, trail.place, landing.seconds, *laws))
        alive, places, seconds, *said = _laid_out(stretches, count)
        out = F.pad(torch.cat([places, seconds[..., None]], -1), (0, 0, 0, self.slots - places.shape[2]))
        lengths = alive.sum(-1)
        return Drawn(out, lengths, torch.zeros_like(lengths), tuple(said))

    def _quickly(self, walks: Walks) -> Drawn:
        places, seconds, lengths, *laws = (torch.from_numpy(each)[None] for each in walks)
        out = F.pad(torch.cat([places, seconds[..., None]], -1), (0, 0, 0, self.slots - places.shape[2]))
        return Drawn(out, lengths, torch.zeros_like(lengths), tuple(laws))

    def spread(self, drawn: Drawn) -> Tensor:
        """How sure each drawn fixation was: (B, K, L, 5) standard deviations of x and y, correlation, 5 % and 95 %
        quantiles of the duration, s. L slots as far as its laws go, which is as far as its longest walk.

        Of the place: about the spot that was chosen. The anchors count by how likely each made this very fixation, so
        the ellipse says how far a look meant for this spot may fall, not where else the reading could have gone.
        """
        said = Forced(*drawn.laws)
        paths = drawn.paths[:, :, : said.time.shape[2]]
        each = log_normal_2d(paths[..., :2].flatten(1, 2), self.anchors).reshape(said.log_weights.shape)
        share = (said.log_weights + each).softmax(-1)
        means, variance = self.anchors.means[:, None], (2 * self.anchors.log_sd).exp()[:, None]
        mean = share @ means
        second = share @ (means.square() + variance)
        cross = (share @ (means[..., :1] * means[..., 1:])).squeeze(-1) - mean[..., 0] * mean[..., 1]
        sd = (second - mean.square()).clamp_min(1e-8).sqrt()
        rho = (cross / sd.prod(-1)).clamp(-0.95, 0.95)
        reach = Z95 * said.time_log_sd.exp()
        low, high = (said.time - reach).exp(), (said.time + reach).exp()
        return torch.cat([sd, torch.stack([rho, low, high], -1)], -1)


@dataclass
class _Stretch:
    """Steps that the same walks took together."""

    walks: Tensor  # (n,) which of all the walks of a case
    steps: list[tuple[Tensor, ...]] = field(default_factory=list)  # what came of each step, (B, n, ...) each


def _laid_out(stretches: list[_Stretch], count: int) -> list[Tensor]:
    """What came of each step, for all ``count`` walks of a case: (B, count, steps, ...), 0 once a walk was dropped."""
    laid_out = []
    for each in range(len(stretches[0].steps[0])):
        parts = [(stretch.walks, torch.stack([step[each] for step in stretch.steps], 2)) for stretch in stretches]
        whole = [
            part
            if len(walks) == count
            else part.new_zeros(len(part), count, *part.shape[2:]).index_copy_(1, walks, part)
            for walks, part in parts
        ]
        laid_out.append(torch.cat(whole, 2))
    return laid_out
