"""One step of the autoregressive decoder for drawing, with its weights folded into what they are applied to.

:mod:`ml.medgaze.decoders.autoregressive` says what is computed; here the same sums are taken in another order, for a
step is many small operations that take longer to start than to compute. Linear maps that follow one another are one
map, those of the same hidden state one product, those of the anchors are cached before the first step, and constants
that are added or multiplied stand in the maps. All in float32. Shapes as in :mod:`ml.medgaze.decoders.anchors`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ml.medgaze.decoders.anchors import (
    CONTINUE_BIAS,
    DECAY,
    FEATURES,
    LOG_S,
    LOG_SD,
    LOG_SD_RANGE,
    MOVE_SCALE,
    NEAR_SD,
    RECENCY_WIDTH,
    SHARPNESS,
    USUAL_S,
    Anchors,
)
from ml.medgaze.decoders.distribution import SHORTEST_S

if TYPE_CHECKING:
    from ml.medgaze.decoders.autoregressive import AutoregressiveDecoder

FAINTEST = -60.0  # log weights below count for nothing; as subnormal numbers they made products eight times as slow


class CachedKeys(NamedTuple):
    """What stays the same from step to step: the anchors of B cases, and the decoder's maps of them."""

    centres: Tensor  # (B, 2, A) where each anchor stands
    means: Tensor  # (B, A, 2) where fixations on it fall
    sd: Tensor  # (B, A, 2) how far they scatter
    keys: Tensor  # (B, H, A) of the pointer
    key_bias: Tensor  # (B, 1, A) of the pointer, whatever the hidden state
    recency_keys: Tensor  # (B, F, RECENCY_WIDTH, A)
    stop_values: Tensor  # (B, A, H) of the stop head's hidden layer: by what is likely next
    values: Tensor  # (B, A + 2, 4 H) of the GRU's gates, biases and all, and of the duration head's hidden layer: by
    #                 what stands there; then by the saccade across and down
    initial: Tensor  # (B, H) the hidden state before the first fixation


class DecoderState(NamedTuple):
    """Where N scanpaths of a case have come to: the hidden state and what fixations left on the anchors."""

    hidden: Tensor  # (B, N, H)
    nearness: Tensor  # (B, len(NEAR_SD), N, A) of the last fixation
    dwell: Tensor  # (B, 2, N, A) 1 + time in usual fixations: the recent ones counting most, and all alike
    place: Tensor  # (B, N, 2) the last fixation's, NaN before the first

    @classmethod
    def initial(cls, cached: CachedKeys, count: int) -> DecoderState:
        """Before the first fixation of ``count`` scanpaths a case."""
        hidden = cached.initial[:, None].expand(-1, count, -1).contiguous()
        cases, _, anchors = cached.centres.shape
        nearness = hidden.new_zeros(cases, len(NEAR_SD), count, anchors)
        dwell = hidden.new_ones(cases, 2, count, anchors)
        return cls(hidden, nearness, dwell, hidden.new_full((cases, count, 2), torch.nan))


class Step(NamedTuple):
    """A further fixation of each scanpath, and what it was drawn from."""

    place: Tensor  # (B, N, 2)
    duration_s: Tensor  # (B, N)
    log_weights: Tensor  # (B, N, A) of the anchors
    continue_logit: Tensor  # (B, N) whether there is this fixation, given those before
    time: Tensor  # (B, N) mean of log duration
    time_log_sd: Tensor  # (B, N)


class FoldedStep:
    """The decoder's maps as a step needs them."""

    def __init__(self, decoder: AutoregressiveDecoder) -> None:
        size = decoder.gru.hidden_size
        (stop, stop_bias), (time, time_bias) = (_linear(head, 0) for head in (decoder.stop_head, decoder.duration_head))
        of_input, of_hidden, input_bias, hidden_bias = (each.float() for each in decoder.gru.all_weights[0])
        # Of the hidden state: recency queries, hidden layers of the stop and duration heads, the GRU's gates.
        self.sizes = [decoder.recency_query.out_features, size, size, 3 * size]
        columns = [each.T for each in (decoder.recency_query.weight.float(), stop[:, :size], time[:, :size], of_hidden)]
        self.weight = torch.cat(columns, 1).T  # laid out as the product of few rows reads it fastest
        self.bias = torch.cat([decoder.recency_query.bias.float(), stop_bias, time_bias, hidden_bias])
        self.gates = [2 * size, size]
        self.decay = of_hidden.new_tensor([DECAY, 1.0])[:, None, None]
        self.renewed = 1 - self.decay  # keeps the 1 in the dwell
        self.sharpness = SHARPNESS.to(of_hidden)[:, None, None]
        self.log_scale = of_hidden.new_tensor([0.0] * len(NEAR_SD) + [-math.log(USUAL_S)])[:, None, None]
        # Of the anchors, applied once a memory.
        self.query = decoder.query.weight.float().T, decoder.query.bias.float()
        self.stop_values = stop[:, size:].T
        # What is read about a fixation is weighed by shares that sum to 1, so a bias may stand on every anchor.
        self.values = torch.cat([of_input[:, :-3], time[:, size:]]).T
        self.values_bias = torch.cat([input_bias - LOG_S * of_input[:, -1], input_bias.new_zeros(size)])
        self.moved = F.pad(MOVE_SCALE * of_input[:, -3:-1].T, (0, size))
        self.lasted = of_input[:, -1].contiguous()
        (stop, stop_bias), (time, time_bias) = _linear(decoder.stop_head, 2), _linear(decoder.duration_head, 2)
        self.stop = stop, stop_bias + CONTINUE_BIAS
        self.time = time, time_bias + of_hidden.new_tensor([LOG_S, LOG_SD])

    def cache(self, anchors: Anchors) -> CachedKeys:
        """What is the same at every step among these anchors."""
        keys, values = anchors.keys.float().transpose(1, 2), anchors.values.float()
        query, query_bias = self.query
        return CachedKeys(
            centres=anchors.centres.transpose(1, 2).contiguous(),
            means=anchors.means,
            sd=anchors.log_sd.exp(),
            keys=query @ keys,
            key_bias=(query_bias @ keys)[:, None],
            recency_keys=anchors.recency_keys.float().transpose(2, 3).contiguous(),  # else copied at each step
            stop_values=values @ self.stop_values,
            values=torch.cat([values @ self.values + self.values_bias, self.moved.expand(values.shape[0], -1, -1)], 1),
            initial=anchors.initial,
        )

    def __call__(
        self, cached: CachedKeys, state: DecoderState, uniform: Tensor, noise: Tensor, temperature: Tensor
    ) -> tuple[Step, DecoderState]:
        """The next fixation, and the state after it. uniform (B, N) chooses the anchor, the sharper the lower the
        ``temperature``; noise (B, N, 3) scatters x, y and log duration.
        """
        queries, stop, time, gates = F.linear(state.hidden, self.weight, self.bias).split_with_sizes(self.sizes, -1)
        queries = queries.reshape(*queries.shape[:2], FEATURES, RECENCY_WIDTH).transpose(1, 2)
        # As ml.medgaze.decoders.anchors.recency, to rounding: log1p takes up to ten times as long on next to nothing.
        recency = torch.cat([state.nearness, state.dwell.log()], 1)
        bias = (queries @ cached.recency_keys).mul_(recency).sum(1).add_(cached.key_bias)
        log_weights = torch.baddbmm(bias, state.hidden, cached.keys).log_softmax(-1)
        hidden = F.gelu(torch.baddbmm(stop, log_weights.exp(), cached.stop_values))
        continue_logit = F.linear(hidden, *self.stop).squeeze(-1)

        edges = (log_weights / temperature).softmax(-1).cumsum(-1)
        reached = uniform.unsqueeze(-1) * edges.narrow(-1, -1, 1)  # uniform < 1: never past the last
        chosen = (edges < reached).sum(-1, keepdim=True).expand(-1, -1, 2)
        scatter, longer = noise.split_with_sizes([2, 1], -1)
        place = torch.addcmul(cached.means.gather(1, chosen), cached.sd.gather(1, chosen), scatter).clamp_(0, 1)

        across, down = (place.unsqueeze(-1) - cached.centres.unsqueeze(1)).square_().unbind(2)
        squared = (across + down).unsqueeze(1)
        weights = torch.addcmul(self.log_scale, squared, self.sharpness).clamp_min_(FAINTEST).exp_()
        nearness, visited = weights.split_with_sizes([len(NEAR_SD), 1], 1)
        here = nearness.select(1, 0)
        moved = (place - state.place).nan_to_num_(0.0)  # the first has moved nowhere
        read = torch.bmm(torch.cat([here / here.sum(-1, keepdim=True), moved], -1), cached.values)
        given, time_read = read.split_with_sizes([sum(self.gates), self.gates[1]], -1)
        mean, log_sd = F.linear(F.gelu(time + time_read), *self.time).split_with_sizes([1, 1], -1)
        log_sd = log_sd.clamp(*LOG_SD_RANGE)
        log_s = torch.addcmul(mean, log_sd.exp(), longer)
        duration_s = log_s.exp()
        given = torch.addcmul(given, log_s.clamp_min(math.log(SHORTEST_S)), self.lasted)
        dwell = torch.addcmul(self.renewed, visited, duration_s.unsqueeze(1)).addcmul_(state.dwell, self.decay)
        after = DecoderState(self.gru(given, gates, state.hidden), nearness, dwell, place)
        duration_s, mean, log_sd = (each.squeeze(-1) for each in (duration_s, mean, log_sd))
        return Step(place, duration_s, log_weights, continue_logit, mean, log_sd), after

    def gru(self, given: Tensor, again: Tensor, hidden: Tensor) -> Tensor:
        """The new hidden state from both halves of the three gates (B, N, 3 H), in the order of torch.nn.GRU."""
        (open_given, given), (open_again, again) = (each.split_with_sizes(self.gates, -1) for each in (given, again))
        reset, update = (open_given + open_again).sigmoid_().chunk(2, -1)
        return torch.lerp(torch.addcmul(given, reset, again).tanh_(), hidden, update)


def _linear(head: torch.nn.Sequential, at: int) -> tuple[Tensor, Tensor]:
    """Weight and bias of a head's map: 0 its first, (H, H + D), of hidden state and content; 2 its last."""
    layer = head[at]
    assert isinstance(layer, torch.nn.Linear)
    return layer.weight.float(), layer.bias.float()
