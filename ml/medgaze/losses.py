"""How far a predicted distribution is from true readings: the published loss and the scanpath likelihood."""

from __future__ import annotations

import torch
from torch import Tensor

from ml.medgaze.config import MedGazeConfig
from ml.medgaze.decoders import Paths
from ml.medgaze.decoders.distribution import PathDistribution


def path_losses(
    config: MedGazeConfig,
    paths: Paths,
    fixations: Tensor,
    mask: Tensor,
    generator: torch.Generator | None = None,
) -> dict[str, Tensor]:
    """fixations (B, R, L, 3) fractions of the square and s, mask (B, R, L) -> ``path`` (to minimise) and its parts."""
    mask = mask.float()
    if config.loss == "l1":
        assert isinstance(paths, PathDistribution)  # the configuration refuses it for the autoregressive decoder
        return _published(config, paths, fixations, mask, generator)
    return _mixture(config, paths, fixations, mask)


def _published(
    config: MedGazeConfig, paths: PathDistribution, fixations: Tensor, mask: Tensor, generator: torch.Generator | None
) -> dict[str, Tensor]:
    """L1 of one sample: x and y in units of the fixation space, durations in s, each a mean over true fixations;
    valid/pad as a mean over all slots of all readings. Readings without any fixation (they only pad a batch) count
    nowhere.
    """
    real = (mask.sum(-1, keepdim=True) > 0).to(mask.dtype)
    drawn = paths.rsample(generator)[:, :1]
    limit = config.decoder.fixation_space - config.coordinate_margin
    place = (fixations[..., :2] * config.decoder.fixation_space).clamp(0, limit)
    count = mask.sum().clamp_min(1)
    x, y = (((drawn[..., :2] - place).abs() * mask[..., None]).sum((0, 1, 2)) / count).unbind(-1)
    time = ((drawn[..., 2] - fixations[..., 2]).abs() * mask).sum() / count
    log_stop = mask * paths.log_valid[:, :1] + (1 - mask) * paths.log_pad[:, :1]
    stop = -(log_stop * real).sum() / (real.sum() * mask.shape[-1]).clamp_min(1)
    total = config.stop_weight * stop + config.place_weight * (x + y) + config.time_weight * time
    return {"path": total, "stop": stop.detach(), "place": (x + y).detach(), "time": time.detach()}


def _mixture(config: MedGazeConfig, paths: Paths, fixations: Tensor, mask: Tensor) -> dict[str, Tensor]:
    """-log of the sum over modes of gate times the likelihood of the *whole* reading, in nats a true fixation.

    Because one mode explains a reading from start to end, readers who order differently share no average. Left to
    itself that sum lets one mode win early and take every reading, and the average is back. With ``mode_temperature``
    the readings of a batch are therefore dealt out over the modes in equal shares (:func:`balanced_shares`), and each
    mode and the gate learn from their shares: a lower bound of the same likelihood. ``nll`` reports the likelihood
    itself either way.
    """
    parts = paths.log_likelihood(fixations, mask)
    weights = {"stop": config.stop_weight, "place": config.place_weight, "time": config.time_weight}
    likelihood = torch.stack([weights[name] * part for name, part in parts.items()]).sum(0)  # (B, M, R)
    joint = paths.gate[..., None] + likelihood
    real = (mask.sum(-1) > 0).to(mask.dtype)  # (B, R)
    seen = mask.sum().clamp_min(1)
    nll = -(joint.logsumexp(1) * real).sum() / seen
    share = joint.detach().softmax(1)
    path = nll
    if config.mode_temperature > 0 and config.decoder.num_modes > 1:
        share = balanced_shares(likelihood.detach() / config.mode_temperature, real)
        path = -((share * joint).sum(1) * real).sum() / seen
    report = {name: -((share * part.detach()).sum(1) * real).sum() / seen for name, part in parts.items()}
    return {"path": path, "nll": nll.detach(), **report}


def balanced_shares(scores: Tensor, real: Tensor, rounds: int = 20) -> Tensor:
    """Deal readings out over modes: (B, M, R) log scores, (B, R) 1 on true readings -> shares (B, M, R).

    Each reading's shares sum to 1 over the modes, each mode's to about the same over all true readings (Sinkhorn's
    alternating normalisation). Wants at least as many readings in a batch as there are modes.
    """
    cases, modes, readings = scores.shape
    rows = scores.permute(0, 2, 1).reshape(-1, modes).float()
    absent = real.flatten()[:, None] == 0
    for _ in range(rounds):
        rows = rows - rows.masked_fill(absent, float("-inf")).logsumexp(0, keepdim=True).nan_to_num(neginf=0.0)
        rows = rows.log_softmax(1)
    return rows.exp().reshape(cases, readings, modes).permute(0, 2, 1)
