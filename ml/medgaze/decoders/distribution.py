"""What the model says about a reading: a mixture over whole scanpaths, each a row of Gaussians with a stop law.

Places live in the square model space: inside as units of ``space`` (the paper's 128 px, or 1), outside as fractions
0..1 of the square. Durations are seconds. L slots, M modes, B cases, R readings.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

LOG_2PI = math.log(2 * math.pi)
SHORTEST_S = 1e-3  # shortest true duration the log-normal law is asked about, s
Z95 = 1.6448536  # 95 % quantile of the standard normal


class Drawn(NamedTuple):
    """Scanpaths drawn for B cases, K each."""

    paths: Tensor  # (B, K, L, 3) fractions and seconds
    lengths: Tensor  # (B, K)
    modes: Tensor  # (B, K)
    parameters: tuple[Tensor, ...] = ()  # (B, K, L, ...) each fixation's, where the mode alone does not say them

    def only(self, rows: list[int]) -> Drawn:
        """Those of the K."""
        paths, lengths, modes, parameters = self
        return Drawn(paths[:, rows], lengths[:, rows], modes[:, rows], tuple(each[:, rows] for each in parameters))


@dataclass(frozen=True)
class PathDistribution:
    """All tensors float32. ``time`` is in the duration law's own space: seconds, or log seconds for ``lognormal``."""

    place: Tensor  # (B, M, L, 2) mean x, y; units of `space`
    place_logvar: Tensor  # (B, M, L, 2) log variance of x, y; units of `space` squared
    rho: Tensor | None  # (B, M, L) correlation of the x and y errors
    time: Tensor  # (B, M, L)
    time_logvar: Tensor  # (B, M, L)
    log_valid: Tensor  # (B, M, L) log probability that the slot holds a fixation (hazard law: given all before do)
    log_pad: Tensor  # (B, M, L) log probability of the contrary
    gate: Tensor  # (B, M) log probability of each mode
    space: float
    duration_law: str
    stop_law: str
    fixed_start: bool  # slot 0 stands at the centre

    def detach(self) -> PathDistribution:
        tensors: dict[str, Any] = {
            f.name: v.detach() for f in fields(self) if isinstance(v := getattr(self, f.name), Tensor)
        }
        return replace(self, **tensors)

    def case(self, index: int) -> PathDistribution:
        """The distribution of one case of the batch, as a batch of one."""
        tensors: dict[str, Any] = {
            f.name: v[index : index + 1] for f in fields(self) if isinstance(v := getattr(self, f.name), Tensor)
        }
        return replace(self, **tensors)

    def durations(self, z: Tensor) -> Tensor:
        """From the law's own space to seconds, same shape."""
        if self.duration_law == "lognormal":
            return z.exp()
        return F.softplus(z) if self.duration_law == "softplus" else z.relu()

    def fractions(self, z: Tensor) -> Tensor:
        """From units of ``space`` to fractions of the square, never below 0 (the published ReLU); not clamped above."""
        return z.relu() / self.space

    def lengths(self, survival: Tensor | float = 0.5) -> Tensor:
        """(B, M) number of fixations; ``survival`` is the chance a hazard path needs to go on (.5: the median).

        Slot 0 always holds a fixation. The ``independent`` law ends before the first slot where pad is likelier.
        """
        if self.stop_law == "hazard":
            logs = self.log_valid.clone()
            logs[..., 0] = 0.0
            alive = logs.cumsum(-1).exp() >= survival
        else:
            alive = self.log_valid >= self.log_pad
        alive[..., 0] = True
        return alive.int().cumprod(-1).sum(-1)

    def mean(self) -> tuple[Tensor, Tensor]:
        """The mean path of every mode: (B, M, L, 3) fractions and seconds, and (B, M) lengths. No randomness."""
        return torch.cat([self.fractions(self.place), self.durations(self.time)[..., None]], -1), self.lengths()

    def noise(self, shape: torch.Size, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """Independent standard normal errors of place (*shape, 2) and of time (*shape)."""
        eps = torch.randn(*shape, 3, generator=generator, device="cpu").to(self.place.device)
        return eps[..., :2], eps[..., 2]

    def rsample(self, generator: torch.Generator | None = None) -> Tensor:
        """One reparametrised sample of every mode, differentiable: (B, M, L, 3) in units of ``space`` and seconds."""
        place_eps, time_eps = self.noise(self.time.shape, generator)
        place = self.place + (0.5 * self.place_logvar).exp() * self._correlate(place_eps, self.rho)
        if self.fixed_start:
            place = torch.cat([self.place[..., :1, :], place[..., 1:, :]], -2)
        time = self.durations(self.time + (0.5 * self.time_logvar).exp() * time_eps)
        return torch.cat([place.relu(), time[..., None]], -1)

    def sample(self, count: int, generator: torch.Generator, temperature: float = 1.0) -> Drawn:
        """``count`` scanpaths a case.

        Randomness is drawn on the CPU, so that one seed gives one path on every device.
        """
        cases, slots = len(self.gate), self.time.shape[-1]
        uniform = torch.rand(cases, count, 2, generator=generator).to(self.gate.device)
        edges = self.gate.exp().cumsum(-1)
        mode = (uniform[..., :1] >= edges[:, None, :-1]).sum(-1)
        place_eps, time_eps = self.noise(torch.Size((cases, count, slots)), generator)
        drawn = self.take(mode)
        place = drawn.place + temperature * (0.5 * drawn.place_logvar).exp() * self._correlate(place_eps, drawn.rho)
        if self.fixed_start:
            place[..., 0, :] = drawn.place[..., 0, :]
        time = self.durations(drawn.time + temperature * (0.5 * drawn.time_logvar).exp() * time_eps)
        paths = torch.cat([self.fractions(place), time[..., None]], -1)
        return Drawn(paths, drawn.lengths(uniform[..., 1:]), mode)

    def take(self, mode: Tensor) -> PathDistribution:
        """The components that (B, K) mode numbers point at, in the place of the M modes."""
        picked: dict[str, Any] = {}
        for f in fields(self):
            value = getattr(self, f.name)
            if isinstance(value, Tensor) and f.name != "gate":
                index = mode.view(*mode.shape, *(1,) * (value.ndim - 2)).expand(*mode.shape, *value.shape[2:])
                picked[f.name] = value.gather(1, index)
        return replace(self, **picked, gate=self.gate.gather(1, mode))

    def duration_interval(self) -> tuple[Tensor, Tensor]:
        """5 % and 95 % quantiles of every slot's duration, s, (B, M, L) each."""
        spread = Z95 * (0.5 * self.time_logvar).exp()
        return self.durations(self.time - spread), self.durations(self.time + spread)

    def spread(self, drawn: Drawn) -> Tensor:
        """How sure each drawn fixation was: (B, K, L, 5) standard deviations of x and y in fractions, their
        correlation, 5 % and 95 % quantiles of the duration, s.
        """
        chosen = self.take(drawn.modes)
        low, high = chosen.duration_interval()
        rho = torch.zeros_like(low) if chosen.rho is None else chosen.rho
        return torch.cat([(0.5 * chosen.place_logvar).exp() / chosen.space, torch.stack([rho, low, high], -1)], -1)

    def log_likelihood(self, fixations: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """How likely each mode makes each reading, in nats, summed over its fixations.

        fixations (B, R, L, 3) x, y in fractions and s; mask (B, R, L) -> ``stop``, ``place``, ``time``, (B, M, R) each.
        """
        mask = mask.to(self.place.dtype)
        target = torch.where(mask[..., None] > 0, fixations, torch.full_like(fixations, 0.5))[:, None]
        here = mask[:, None]  # (B, 1, R, L)
        error = target[..., :2] * self.space - self.place[:, :, None]
        logvar = self.place_logvar[:, :, None]
        place = -0.5 * (2 * LOG_2PI + logvar.sum(-1) + self._mahalanobis(error, logvar))
        if self.rho is not None:
            place = place - 0.5 * torch.log1p(-self.rho[:, :, None].square())
        if self.fixed_start:
            place = torch.cat([torch.zeros_like(place[..., :1]), place[..., 1:]], -1)
        time_logvar = self.time_logvar[:, :, None]
        seconds = target[..., 2]
        if self.duration_law == "lognormal":
            log_s = seconds.clamp_min(SHORTEST_S).log()
            deviation, jacobian = log_s - self.time[:, :, None], log_s
        else:
            deviation, jacobian = seconds - self.durations(self.time)[:, :, None], torch.zeros_like(seconds)
        time = -0.5 * (LOG_2PI + time_logvar + deviation.square() * (-time_logvar).exp()) - jacobian
        return {"stop": self._stop_term(mask), "place": (place * here).sum(-1), "time": (time * here).sum(-1)}

    def _stop_term(self, mask: Tensor) -> Tensor:
        """(B, R, L) -> (B, M, R): valid where the mask is, pad elsewhere; the hazard law judges the first pad alone."""
        judged_pad = 1 - mask
        log_valid = self.log_valid
        if self.stop_law == "hazard":
            before = F.pad(mask, (1, 0), value=1.0)[..., :-1]
            judged_pad = judged_pad * before
            log_valid = torch.cat([torch.zeros_like(log_valid[..., :1]), log_valid[..., 1:]], -1)
        return torch.einsum("bml,brl->bmr", log_valid, mask) + torch.einsum("bml,brl->bmr", self.log_pad, judged_pad)

    def _mahalanobis(self, error: Tensor, logvar: Tensor) -> Tensor:
        scaled = error * (-0.5 * logvar).exp()
        if self.rho is None:
            return scaled.square().sum(-1)
        rho = self.rho[:, :, None]
        a, b = scaled.unbind(-1)
        return (a.square() - 2 * rho * a * b + b.square()) / (1 - rho.square())

    @staticmethod
    def _correlate(eps: Tensor, rho: Tensor | None) -> Tensor:
        if rho is None:
            return eps
        a, b = eps.unbind(-1)
        return torch.stack([a, rho * a + (1 - rho.square()).clamp_min(0).sqrt() * b], -1)
