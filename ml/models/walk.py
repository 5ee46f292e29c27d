"""The walking decoder: one fixation after the other, each a choice among places that stand on the film.

Readers skip stations at random, so that the n-th fixation of a reading smears over several places. Given where the
reading has been, though, only a few places are likely next. A step's place is therefore a mixture over *anchors*, the
memory's grid tokens and the regions found on the film: ``sum_a pi_a N(x; c_a + o_a, sd_a^2)``. The weights point with
the state of a recurrent net, which has taken in what was looked at and for how long, and with how near each anchor is
to the last fixation and how long it was looked at already, so that a walk neither dwells for ever nor forgets what the
report names. Who reads is inferred from the walk so far.

The state is told what stands at a place, never where on the square it is: a moved film moves the walk along.
B cases, N walks of a case, A anchors, F traces, D the model's width, H the state's. Places are fractions of the square.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor, nn

from ml.medgaze.config import MedGazeConfig
from ml.medgaze.fusion import Memory
from ml.medgaze.layers import grid_centres
from ml.medgaze.match import STANCES

STATE = 192  # numbers of the recurrent state
HABIT = 24  # numbers in which state and anchor meet, a trace
NEAR = (0.05, 0.12, 0.25)  # distances at which the last fixation marks the anchors about it
HERE = 0  # number in NEAR of the distance (standard deviation) within which it takes in what stands on them
VISIT = 0.08  # distance within which a look counts as spent on an anchor
FADING = 0.8  # what a fixation leaves of the fading trace of those before it
LOOK_S = 0.3  # a usual fixation, s: traces of time are counted in it
TRACES = len(NEAR) + 2
SHARPNESS = torch.tensor([-0.5 / s**2 for s in (*NEAR, VISIT)])
GOING_ON = 3.0  # logit: untrained, a reading mostly goes on
LOG_S, LOG_SD = -1.2, -1.0  # mean and log standard deviation of log durations, untrained
LOG_SD_RANGE = (-4.0, 1.0)
MOVED = 4.0  # about one over a usual move
NARROWEST, WIDEST = 0.008, 0.3  # standard deviations of an anchor's fixations


@dataclass(frozen=True)
class Anchors:
    """What one memory offers a walk, computed once. All of a batch of B cases."""

    centres: Tensor  # (B, A, 2) where each stands
    means: Tensor  # (B, A, 2) where fixations on it fall
    log_sd: Tensor  # (B, A, 2) how far they scatter
    keys: Tensor  # (B, A, D)
    habits: Tensor  # (B, F, A, HABIT)
    values: Tensor  # (B, A, D) what a fixation there takes in
    start: Tensor  # (B, H) the state before anything was looked at

    def map(self, change: str, *arguments: object) -> Anchors:
        """The same with a method of tensors called on each."""
        return replace(self, **{f.name: getattr(getattr(self, f.name), change)(*arguments) for f in fields(self)})

    def case(self, index: int) -> Anchors:
        return replace(self, **{f.name: getattr(self, f.name)[index : index + 1] for f in fields(self)})


class Walker(nn.Module):
    """All learned maps; :class:`ml.models.walkpath.WalkPaths` puts them together into likelihoods and walks."""

    def __init__(self, config: MedGazeConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.habit = nn.Linear(width, TRACES * HABIT)
        self.shape = nn.Linear(width, 4)
        self.start = nn.Linear(width, STATE)
        said = (
            config.grounding.regions * (1 + config.grounding.findings + STANCES)
            if config.grounding.findings
            else config.grounding.regions
        )
        self.told = nn.Linear(said, STATE) if said else None
        self.step = nn.GRU(width + 3, STATE, batch_first=True)
        self.query = nn.Linear(STATE, width)
        self.urge = nn.Linear(STATE, TRACES * HABIT)
        self.stop = nn.Sequential(nn.Linear(STATE + width, STATE), nn.GELU(), nn.Linear(STATE, 1))
        self.time = nn.Sequential(nn.Linear(STATE + width, STATE), nn.GELU(), nn.Linear(STATE, 2))

    def forward(self, memory: Memory) -> Anchors:
        """What the walk can go to, from the memory's grid and region tokens."""
        assert memory.grid is not None
        tokens, side = memory.grid, self.config.vision.grid_side
        centres = grid_centres(side, tokens.device).expand(tokens.shape[0], -1, -1)
        start = self.start(memory.pooled())
        if memory.matched is not None:
            matched = memory.matched
            tokens = torch.cat([tokens, matched.tokens.to(tokens.dtype)], 1)
            # Gaze must not bend where a region is said to lie: that is learnt from anatomy alone.
            centres = torch.cat([centres, matched.places.detach().float()], 1)
            if self.told is not None:
                said = [matched.named] if matched.facts is None else [matched.named, matched.facts.flatten(1)]
                start = start + self.told(torch.cat(said, -1).sigmoid().to(tokens.dtype))
        offset, log_sd = self.shape(tokens).float().chunk(2, -1)
        habits = self.habit(tokens).reshape(*tokens.shape[:2], TRACES, HABIT).transpose(1, 2)
        return Anchors(
            centres=centres,
            means=centres + offset.tanh() / side,
            log_sd=(log_sd - 3.0).clamp(math.log(NARROWEST), math.log(WIDEST)),
            keys=self.key(tokens) * tokens.shape[-1] ** -0.5,
            habits=habits * HABIT**-0.5,
            values=self.value(tokens),
            start=start.float().tanh(),
        )

    def pointer(self, anchors: Anchors, state: Tensor, traces: Tensor) -> Tensor:
        """state (B, N, H), traces (B, F, N, A) -> log weight of each anchor (B, N, A), float32."""
        state = state.to(self.query.weight.dtype)
        scores = (self.query(state) @ anchors.keys.transpose(1, 2)).float()
        urge = self.urge(state).reshape(*state.shape[:2], TRACES, HABIT).transpose(1, 2)
        pulls = (urge @ anchors.habits.transpose(-1, -2)).float()  # (B, F, N, A)
        weighed: Tensor = scores + (pulls * traces).sum(1)
        return weighed.log_softmax(-1)

    def take_in(self, anchors: Anchors, squared: Tensor) -> Tensor:
        """Squared distances (B, N, A) of fixations to the anchors -> what stands where they fall (B, N, D)."""
        return (squared * (-0.5 / NEAR[HERE] ** 2)).softmax(-1).to(anchors.values.dtype) @ anchors.values

    def remaining(self, state: Tensor, weights: Tensor, anchors: Anchors) -> Tensor:
        """Logit that the reading goes on, from the state and from what it would look at next: (B, N)."""
        ahead = weights.to(anchors.values.dtype) @ anchors.values
        out: Tensor = self.stop(torch.cat([state.to(ahead.dtype), ahead], -1))
        return out.float().squeeze(-1) + GOING_ON

    def durations(self, state: Tensor, content: Tensor) -> tuple[Tensor, Tensor]:
        """State before and content of fixations -> mean and log standard deviation of their log durations (s)."""
        out: Tensor = self.time(torch.cat([state.to(content.dtype), content], -1))
        mean, log_sd = out.float().unbind(-1)
        return mean + LOG_S, (log_sd + LOG_SD).clamp(*LOG_SD_RANGE)

    def told_step(self, content: Tensor, place: Tensor, before: Tensor, log_s: Tensor) -> Tensor:
        """What the recurrent net gets of a fixation, (..., D + 3): content, move since the last one, log duration,
        both of about unit size."""
        return torch.cat([content.float(), (place - before) * MOVED, log_s[..., None] - LOG_S], -1)


def squared_distance(places: Tensor, centres: Tensor) -> Tensor:
    """(B, N, 2), (B, A, 2) -> (B, N, A)."""
    across, down = (places[..., axis, None] - centres[:, None, :, axis] for axis in (0, 1))
    return across.square() + down.square()  # apart: sums along a dimension of two are slow


def log_normal_2d(places: Tensor, anchors: Anchors) -> Tensor:
    """Log density of places (B, N, 2) under each anchor's Gaussian: (B, N, A)."""
    inverse = (-anchors.log_sd).exp()[:, None]
    error = (places[:, :, None] - anchors.means[:, None]) * inverse
    return -0.5 * error.square().sum(-1) - anchors.log_sd.sum(-1)[:, None] - 1.8378770664093453


def marks(squared: Tensor, traced_s: Tensor) -> tuple[Tensor, Tensor]:
    """What fixations leave on the anchors: nearness (B, len(NEAR), N, A), and time spent (B, N, A)."""
    marked = (squared[:, None] * SHARPNESS.to(squared)[:, None, None]).exp()
    return marked[:, :-1], marked[:, -1] * (traced_s / LOOK_S)[..., None]


def traces(near: Tensor, spent: Tensor) -> Tensor:
    """(B, F, N, A): nearness of the last fixation, fading and lasting trace of the time spent (B, 2, N, A)."""
    return torch.cat([near, torch.log1p(spent)], 1)
