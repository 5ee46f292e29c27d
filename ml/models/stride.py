"""One step of drawn walks, with the walker's maps folded into what they are applied to.

:mod:`ml.models.walk` says what is computed; here the same sums are taken in another order. Maps that follow one another
without a bend between them are one map; those of the same state are one product; those of an anchor's values are taken
once for the anchors and not at each step; what laws add to what they get or multiply it by is in their maps, for an
operation with a number costs as much as one with thousands. All in float32. B cases, N walks of a case, A anchors, F
traces, H the state's width, D the model's.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ml.models.distribution import SHORTEST_S
from ml.models.walk import (
    FADING,
    GOING_ON,
    HABIT,
    HERE,
    LOG_S,
    LOG_SD,
    LOG_SD_RANGE,
    LOOK_S,
    MOVED,
    NEAR,
    SHARPNESS,
    TRACES,
    Anchors,
    Walker,
)


class Ground(NamedTuple):
    """What walks of a batch of B cases tread on: the anchors, and the walker's maps of them. Computed once."""

    centres: Tensor  # (B, 2, A) where each anchor stands
    means: Tensor  # (B, A, 2) where fixations on it fall
    sd: Tensor  # (B, A, 2) how far they scatter
    keys: Tensor  # (B, H, A) pointer: from the state
    bias: Tensor  # (B, 1, A) pointer: whatever the state
    habits: Tensor  # (B, F, HABIT, A)
    ahead: Tensor  # (B, A, H) of the stop law's hidden layer: by what is likely next
    told: Tensor  # (B, A + 2, 4 H) of the recurrent net's gates, bias and all, and of the time law's hidden layer: by
    #               what stands there; then by the move across and down
    start: Tensor  # (B, H) the state before anything was looked at


class Trail(NamedTuple):
    """Where N walks of a case have come to: the recurrent state and what fixations left on the anchors."""

    state: Tensor  # (B, N, H)
    near: Tensor  # (B, len(NEAR), N, A) nearness of the last fixation
    spent: Tensor  # (B, 2, N, A) 1 + time spent: recent fixations counting most, all alike
    place: Tensor  # (B, N, 2) the last fixation's, NaN before the first

    @classmethod
    def begin(cls, ground: Ground, walks: int) -> Trail:
        """Before anything was looked at."""
        state = ground.start[:, None].expand(-1, walks, -1).contiguous()
        cases, _, size = ground.centres.shape
        near = state.new_zeros(cases, len(NEAR), walks, size)
        spent = state.new_ones(cases, 2, walks, size)
        return cls(state, near, spent, state.new_full((cases, walks, 2), torch.nan))

    def only(self, rows: Tensor) -> Trail:
        """Those of the N walks."""
        return Trail(self.state[:, rows], self.near[:, :, rows], self.spent[:, :, rows], self.place[:, rows])


class Ahead(NamedTuple):
    """What walks may do next."""

    log_weights: Tensor  # (B, N, A) of the anchors
    going_on: Tensor  # (B, N) logit that there is another fixation
    time: Tensor  # (B, N, H) the state's part of the time law's hidden layer
    gates: Tensor  # (B, N, 3 H) the state's part of the recurrent net's gates

    def only(self, rows: Tensor) -> Ahead:
        """Those of the N walks."""
        return Ahead(self.log_weights[:, rows], self.going_on[:, rows], self.time[:, rows], self.gates[:, rows])


class Landing(NamedTuple):
    """How long walks stay where they came down. Each (B, N)."""

    seconds: Tensor
    time: Tensor  # mean of log duration
    time_log_sd: Tensor


class Stride:
    """The walker's maps as a step needs them."""

    def __init__(self, walker: Walker) -> None:
        size = walker.step.hidden_size
        (stop, stop_bias), (time, time_bias) = (_linear(law, 0) for law in (walker.stop, walker.time))
        again, again_bias = (x.float() for x in walker.step.all_weights[0][1::2])
        self.sizes = [walker.urge.out_features, size, size, 3 * size]
        columns = [each.T for each in (walker.urge.weight.float(), stop[:, :size], time[:, :size], again)]
        self.weight = torch.cat(columns, 1).T  # laid out as the product of few rows reads it fastest
        self.bias = torch.cat([walker.urge.bias.float(), stop_bias, time_bias, again_bias])
        self.told, self.gates = [3 * size, size], [2 * size, size]
        self.lasting = again.new_tensor([FADING, 1.0])[:, None, None]
        self.begun = 1 - self.lasting  # keeps the 1 in what was spent
        self.sharpness = SHARPNESS.to(again)[:, None, None]
        in_looks = [0.0] * len(NEAR) + [-math.log(LOOK_S)]  # time spent is counted in usual looks
        self.looks = again.new_tensor(in_looks)[:, None, None]
        # Of the anchors, taken once a memory.
        self.query = walker.query.weight.float().T, walker.query.bias.float()
        gates, bias = (x.float() for x in walker.step.all_weights[0][::2])  # of what it is told, (3 H, D + 3)
        self.stands_ahead, stands = stop[:, size:].T, torch.cat([gates[:, :-3], time[:, size:]]).T
        # What stands about a fixation is taken in by shares that sum to 1, so a bias may stand on every anchor.
        self.stands = stands, torch.cat([bias - LOG_S * gates[:, -1], bias.new_zeros(size)])
        self.moved = F.pad(MOVED * gates[:, -3:-1].T, (0, size))
        self.lasted = gates[:, -1].contiguous()
        (stop, stop_bias), (time, time_bias) = _linear(walker.stop, 2), _linear(walker.time, 2)
        self.stop = stop, stop_bias + GOING_ON
        self.time = time, time_bias + again.new_tensor([LOG_S, LOG_SD])

    def ground(self, anchors: Anchors) -> Ground:
        """What walks among these anchors tread on."""
        keys, values = anchors.keys.float().transpose(1, 2), anchors.values.float()
        (query, bias), (stands, always) = self.query, self.stands
        return Ground(
            centres=anchors.centres.transpose(1, 2).contiguous(),
            means=anchors.means,
            sd=anchors.log_sd.exp(),
            keys=query @ keys,
            bias=(bias @ keys)[:, None],
            habits=anchors.habits.float().transpose(2, 3).contiguous(),  # the product would copy them at each step
            ahead=values @ self.stands_ahead,
            told=torch.cat([values @ stands + always, self.moved.expand(values.shape[0], -1, -1)], 1),
            start=anchors.start,
        )

    def ahead(self, ground: Ground, trail: Trail) -> Ahead:
        urge, stop, time, gates = F.linear(trail.state, self.weight, self.bias).split_with_sizes(self.sizes, -1)
        urges = urge.reshape(*urge.shape[:2], TRACES, HABIT).transpose(1, 2) @ ground.habits
        # What ml.models.walk.traces says, to rounding: log1p took up to ten times as long on what is all but nothing.
        traces = (*trail.near.unbind(1), *trail.spent.log().unbind(1))
        pull = ground.bias
        for urged, trace in zip(urges.unbind(1), traces, strict=True):
            pull = torch.addcmul(pull, urged, trace)
        log_weights = pull.baddbmm_(trail.state, ground.keys).log_softmax(-1)
        hidden = F.gelu(torch.baddbmm(stop, log_weights.exp(), ground.ahead))
        return Ahead(log_weights, F.linear(hidden, *self.stop).squeeze(-1), time, gates)

    def move(
        self, ground: Ground, trail: Trail, ahead: Ahead, chances: Tensor, uniform: Tensor, noise: Tensor
    ) -> tuple[Landing, Trail]:
        """The next fixation's durations and the trail that ends with it. chances (B, N, A) of the anchors;
        uniform (B, N) chooses the anchor, noise (B, N, 3) scatters x, y and log duration.
        """
        edges = chances.cumsum(-1)
        reached = uniform.unsqueeze(-1) * edges.narrow(-1, -1, 1)  # uniform < 1: never past the last
        chosen = (edges < reached).sum(-1, keepdim=True).expand(-1, -1, 2)
        off, longer = noise.split_with_sizes([2, 1], -1)
        place = torch.addcmul(ground.means.gather(1, chosen), ground.sd.gather(1, chosen), off).clamp_(0, 1)
        across, down = (place.unsqueeze(-1) - ground.centres.unsqueeze(1)).square_().unbind(2)
        squared = (across + down).unsqueeze(1)
        # Marks below e^-60 count for nothing, and as subnormal numbers made the products eight times as slow.
        marked = torch.addcmul(self.looks, squared, self.sharpness).clamp_min_(-60.0).exp_()
        near, visited = marked.split_with_sizes([len(NEAR), 1], 1)
        here = near.select(1, HERE)
        moved = (place - trail.place).nan_to_num_(0.0)  # the first has moved nowhere
        told = torch.bmm(torch.cat([here / here.sum(-1, keepdim=True), moved], -1), ground.told)
        told, time_told = told.split_with_sizes(self.told, -1)
        time, time_log_sd = F.linear(F.gelu(ahead.time + time_told), *self.time).split_with_sizes([1, 1], -1)
        time_log_sd = time_log_sd.clamp(*LOG_SD_RANGE)
        log_s = torch.addcmul(time, time_log_sd.exp(), longer)
        seconds = log_s.exp()
        told = torch.addcmul(told, log_s.clamp_min(math.log(SHORTEST_S)), self.lasted)
        spent = torch.addcmul(self.begun, visited, seconds.unsqueeze(1)).addcmul_(trail.spent, self.lasting)
        state = self.gated(told, ahead.gates, trail.state)
        landing = Landing(*(each.squeeze(-1) for each in (seconds, time, time_log_sd)))
        return landing, Trail(state, near, spent, place)

    def gated(self, given: Tensor, again: Tensor, state: Tensor) -> Tensor:
        """A gated recurrent unit's new state from both halves of its three gates (B, N, 3 H), as torch.nn.GRU has
        them."""
        (open_given, given), (open_again, again) = (each.split_with_sizes(self.gates, -1) for each in (given, again))
        reset, update = (open_given + open_again).sigmoid_().chunk(2, -1)
        return torch.lerp(torch.addcmul(given, reset, again).tanh_(), state, update)


def _linear(law: torch.nn.Sequential, at: int) -> tuple[Tensor, Tensor]:
    """Weight and bias of a law's map: 0 its first, (H, H + D), of state and content; 2 its last."""
    layer = law[at]
    assert isinstance(layer, torch.nn.Linear)
    return layer.weight.float(), layer.bias.float()
