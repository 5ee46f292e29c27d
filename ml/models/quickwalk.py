"""Drawn walks of one case on a CPU: the steps of :mod:`ml.models.stride`, in NumPy where an operation is small.

A step is some fifty operations on a few thousand numbers each. Starting one takes torch longer than computing it, and
NumPy a fraction of that; products and bent functions stay torch's, on the same memory. The same numbers to rounding.
N walks, A anchors, F traces, H the state's width, S slots. Float32 throughout.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ml.models.distribution import SHORTEST_S
from ml.models.stride import Ground, Stride
from ml.models.walk import FADING, HABIT, HERE, LOG_SD_RANGE, NEAR, TRACES

Singles = NDArray[np.float32]
FAINT = np.float32(-60.0)  # marks below e^-60 count for nothing, and as subnormal numbers made products slow


class Walks(NamedTuple):
    """What was drawn, and the laws it was drawn from, as far as the longest of N walks goes, L slots."""

    places: Singles  # (N, L, 2)
    seconds: Singles  # (N, L)
    lengths: NDArray[np.int64]  # (N,)
    log_weights: Singles  # (N, L, A)
    going_on: Singles  # (N, L)
    time: Singles  # (N, L)
    time_log_sd: Singles  # (N, L)


@torch.no_grad()
def quick_walks(
    stride: Stride, ground: Ground, uniform: Tensor, noise: Tensor, last: Tensor, temperature: float
) -> Walks:
    """uniform (S, N) chooses anchors, noise (S, N, 3), at this temperature already, scatters x, y and log duration,
    a walk goes on while its log survival is above ``last`` (N,). ``ground`` of one case.
    """
    (slots, count), (width, anchors) = uniform.shape, ground.keys.shape[1:]
    chooses, scatters, ends = (each.numpy() for each in (uniform, noise, last))
    across, down = ground.centres[0].numpy()
    means, sd, bias = (each[0].numpy() for each in (ground.means, ground.sd, ground.bias))
    sharpness, looks = stride.sharpness.numpy(), stride.looks.numpy()
    (stops, stop_bias), *times = zip(  # rows of the laws' last maps: a product of one column is slow
        (*stride.stop[0], *stride.time[0]), (*stride.stop[1].numpy(), *stride.time[1].numpy()), strict=True
    )
    sharper = np.float32(1 / max(temperature, 1e-3))

    # Products' answers, and the same memory as NumPy sees it.
    of_state, pulls, pointed, hidden, told = (
        torch.empty(shape)
        for shape in (
            (count, len(stride.bias)), (TRACES, count, anchors), (count, anchors), (count, width), (count, 4 * width),
        )
    )  # fmt: skip
    urge, stop_state, time_state, again = of_state.split_with_sizes(stride.sizes, -1)
    urges = urge.reshape(count, TRACES, HABIT).transpose(0, 1)
    gates, told_time = told.split_with_sizes(stride.told, -1)
    state = ground.start.repeat(count, 1)
    landed = torch.zeros(count, anchors + 2)  # shares of the anchors that stand about it, and the move there
    here, moved = landed.numpy()[:, :anchors], landed.numpy()[:, anchors:]
    weighed, squared, other = np.empty((3, count, anchors), np.float32)
    traces = np.zeros((TRACES, count, anchors), np.float32)
    marked = np.empty((len(sharpness), count, anchors), np.float32)
    spent = np.ones((2, count, anchors), np.float32)
    place = np.empty((count, 2), np.float32)

    survival = np.zeros(count, np.float32)
    said = np.empty((slots, count, anchors), np.float32)
    lengths = np.zeros(count, np.int64)
    walks = Walks(
        places=np.zeros((count, slots, 2), np.float32),
        seconds=np.zeros((count, slots), np.float32),
        lengths=lengths,
        log_weights=said.transpose(1, 0, 2),
        going_on=np.zeros((count, slots), np.float32),
        time=np.zeros((count, slots), np.float32),
        time_log_sd=np.zeros((count, slots), np.float32),
    )
    steps = 0
    for slot in range(slots):
        torch.addmm(stride.bias, state, stride.weight.T, out=of_state)
        torch.bmm(urges, ground.habits[0], out=pulls)
        torch.mm(state, ground.keys[0], out=pointed)
        np.log(spent, out=traces[len(NEAR) :])
        pull = np.multiply(pulls.numpy(), traces, out=pulls.numpy()).sum(0, out=other)
        log_weights = np.add(pointed.numpy(), bias, out=said[slot])
        log_weights += pull
        log_weights -= log_weights.max(1, keepdims=True)
        np.exp(np.multiply(log_weights, sharper, out=other), out=other)
        edges = torch.from_numpy(other).cumsum(1).numpy()
        np.exp(log_weights, out=weighed)
        total = weighed.sum(1, keepdims=True)
        log_weights -= np.log(total)
        weighed /= total
        torch.addmm(stop_state, torch.from_numpy(weighed), ground.ahead[0], out=hidden)
        going_on = F.gelu(hidden).mv(stops).numpy() + stop_bias
        if slot:
            survival -= np.logaddexp(np.float32(0), -going_on)
        goes_on = survival >= ends if slot else np.ones(count, bool)
        if not goes_on.any():
            break

        chosen = (edges >= chooses[slot][:, None] * edges[:, -1:]).argmax(1)  # uniform < 1: the last is always reached
        before, place = place, (means[chosen] + sd[chosen] * scatters[slot, :, :2]).clip(0, 1)
        np.square(np.subtract(place[:, :1], across, out=squared), out=squared)
        squared += np.square(np.subtract(place[:, 1:], down, out=other), out=other)
        np.multiply(squared, sharpness, out=marked)
        marked += looks
        np.exp(np.maximum(marked, FAINT, out=marked), out=marked)
        traces[: len(NEAR)] = marked[:-1]
        np.divide(marked[HERE], marked[HERE].sum(1, keepdims=True), out=here)
        if slot:  # the first has moved nowhere
            np.subtract(place, before, out=moved)
        torch.mm(landed, ground.told[0], out=told)
        bent = F.gelu(time_state + told_time)
        mean, log_sd = (bent.mv(row).numpy() + add for row, add in times)
        log_sd = log_sd.clip(*LOG_SD_RANGE)
        log_s = mean + np.exp(log_sd) * scatters[slot, :, 2]
        seconds = np.exp(log_s)
        lasts = torch.from_numpy(np.maximum(log_s, np.float32(math.log(SHORTEST_S))))
        state = stride.gated(gates.addcmul_(lasts.unsqueeze(1), stride.lasted), again, state)
        spent[0] *= np.float32(FADING)
        spent[0] += np.float32(1 - FADING)
        spent += np.multiply(marked[-1], seconds[:, None], out=other)

        lengths += goes_on
        walks.places[:, slot], walks.seconds[:, slot] = place, seconds
        walks.going_on[:, slot], walks.time[:, slot], walks.time_log_sd[:, slot] = going_on, mean, log_sd
        steps = slot + 1
    laid = (walks.log_weights, walks.going_on, walks.time, walks.time_log_sd)
    return Walks(walks.places[:, :steps], walks.seconds[:, :steps], lengths, *(each[:, :steps] for each in laid))
