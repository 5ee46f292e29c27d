"""The places that the autoregressive decoder chooses among, what fixations leave on them, and the decoder's constants.

B cases, N scanpaths of a case, A anchors, F recency features, D the model's width, H the hidden state's. Places are
fractions of the square.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

NEAR_SD = (0.05, 0.12, 0.25)  # distances over which anchors count as near the last fixation
READ_SD = NEAR_SD[0]  # distance over which a fixation reads what stands about it
DWELL_SD = 0.08  # distance over which a fixation's duration counts as dwell on an anchor
DECAY = 0.8  # what a further fixation leaves of the recent dwell
USUAL_S = 0.3  # a usual fixation, s: dwell is counted in it
FEATURES = len(NEAR_SD) + 2
RECENCY_WIDTH = 24  # of a recency query and key, a feature
SHARPNESS = torch.tensor([-0.5 / sd**2 for sd in (*NEAR_SD, DWELL_SD)])
CONTINUE_BIAS = 3.0  # logit: untrained, a reading mostly continues
LOG_S, LOG_SD = -1.2, -1.0  # mean and log standard deviation of log durations (s), untrained
LOG_SD_RANGE = (-4.0, 1.0)
MOVE_SCALE = 4.0  # about one over a usual saccade's length


@dataclass(frozen=True)
class Anchors:
    """What one memory offers a scanpath, computed once. All of a batch of B cases."""

    centres: Tensor  # (B, A, 2) where each stands
    means: Tensor  # (B, A, 2) where fixations on it fall
    log_sd: Tensor  # (B, A, 2) how far they scatter
    keys: Tensor  # (B, A, D)
    recency_keys: Tensor  # (B, F, A, RECENCY_WIDTH)
    values: Tensor  # (B, A, D) what a fixation there reads
    initial: Tensor  # (B, H) the hidden state before the first fixation

    def map(self, change: str, *arguments: object) -> Anchors:
        """The same with a method of tensors called on each."""
        return replace(self, **{f.name: getattr(getattr(self, f.name), change)(*arguments) for f in fields(self)})

    def case(self, index: int) -> Anchors:
        return replace(self, **{f.name: getattr(self, f.name)[index : index + 1] for f in fields(self)})


def squared_distance(places: Tensor, centres: Tensor) -> Tensor:
    """(B, N, 2), (B, A, 2) -> (B, N, A)."""
    across, down = (places[..., axis, None] - centres[:, None, :, axis] for axis in (0, 1))
    return across.square() + down.square()  # apart: sums along a dimension of two are slow


def log_normal_2d(places: Tensor, anchors: Anchors) -> Tensor:
    """Log density of places (B, N, 2) under each anchor's Gaussian: (B, N, A)."""
    inverse = (-anchors.log_sd).exp()[:, None]
    error = (places[:, :, None] - anchors.means[:, None]) * inverse
    return -0.5 * error.square().sum(-1) - anchors.log_sd.sum(-1)[:, None] - 1.8378770664093453


def nearness_and_dwell(squared: Tensor, durations_s: Tensor) -> tuple[Tensor, Tensor]:
    """Squared distances (B, N, A) and durations (B, N) of fixations -> how near each anchor is (B, len(NEAR_SD), N, A)
    and the dwell on it (B, N, A)."""
    weights = (squared[:, None] * SHARPNESS.to(squared)[:, None, None]).exp()
    return weights[:, :-1], weights[:, -1] * (durations_s / USUAL_S)[..., None]


def recency(nearness: Tensor, dwell: Tensor) -> Tensor:
    """(B, F, N, A): how near the last fixation is, and the dwell (B, 2, N, A): recent, and all of it."""
    return torch.cat([nearness, torch.log1p(dwell)], 1)
