"""Is the autoregressive decoder as sure as it should be? How often the next fixation falls where the model expects it.

At each fixation of true readings the model, conditioned on all those before it, has a density over the place of this
one. Its highest-density region of mass p is the smallest area that holds p of it; a calibrated model finds p of the
fixations inside. (Hyndman, "Computing and graphing highest density regions", The American Statistician 50, 1996: a
place lies inside when less than p of the model's own draws fall where the density is higher.)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ml.medgaze.decoders.anchors import log_normal_2d
from ml.medgaze.decoders.autoregressive_paths import AutoregressivePaths
from ml.medgaze.predictor import MedGazePredictor
from ml.metrics.cases import EvaluationCase, truths
from ml.metrics.intervals import Estimate, bootstrap_mean

MASSES = (0.5, 0.9)
DRAWS = 200  # a fixation


def mass_above(paths: AutoregressivePaths, fixations: Tensor, mask: Tensor, generator: torch.Generator) -> Tensor:
    """fixations (B, R, L, 3), mask (B, R, L) -> (fixations,) for each true one, in order, the share of the model's mass
    that lies where its density is higher: uniform 0..1 for a calibrated model. By ``DRAWS`` draws a fixation.
    """
    anchors = paths.anchors
    known = torch.where(mask[..., None] > 0, fixations, torch.full_like(fixations, 0.5))
    weights = paths.forced(known).log_weights.flatten(1, 2)  # (B, N, A)
    cases, places = weights.shape[:2]
    chosen = torch.multinomial(weights.exp().flatten(0, 1), DRAWS, replacement=True, generator=generator)
    flat = chosen.reshape(cases, -1, 1).expand(-1, -1, 2)  # (B, N * DRAWS, 2)
    noise = torch.randn(flat.shape, generator=generator)
    drawn = anchors.means.gather(1, flat) + anchors.log_sd.gather(1, flat).exp() * noise
    higher = []
    for case in range(cases):
        one = anchors.case(case)
        true = (log_normal_2d(known[case, ..., :2].flatten(0, 1)[None], one)[0] + weights[case]).logsumexp(-1)
        each = log_normal_2d(drawn[case][None], one)[0].reshape(places, DRAWS, -1)
        density = (each + weights[case][:, None]).logsumexp(-1)
        higher.append((density > true[:, None]).float().mean(-1))
    return torch.stack(higher).reshape(mask.shape)[mask > 0]


def coverage(above: Tensor) -> dict[float, float]:
    """Share of fixations inside the highest-density region of each mass; equal to the mass where calibrated."""
    return {mass: float((above < mass).float().mean()) for mass in MASSES}


@torch.inference_mode()
def next_fixation_coverage(predictor: MedGazePredictor, cases: Sequence[EvaluationCase]) -> dict[float, Estimate]:
    """Of each mass, the share of the readers' fixations inside its region: means over cases with 95 % intervals. Raises
    ``TypeError`` for a model with another decoder."""
    model, processor = predictor.model, predictor.processor
    generator = torch.Generator().manual_seed(0)
    inside: dict[float, list[float]] = {mass: [] for mass in MASSES}
    for case in cases:
        pixels, transform = processor.film(case.film)
        fixations, mask = processor.fixations(truths(case), transform)
        ids, words = processor.collate_reports([processor.report(case.report)])
        paths = model(pixel_values=pixels[None], input_ids=ids, attention_mask=words).paths
        if not isinstance(paths, AutoregressivePaths):
            raise TypeError("only an autoregressive decoder says where the next fixation falls")
        above = mass_above(paths, fixations[None], mask[None], generator)
        for mass, share in coverage(above).items():
            inside[mass].append(share)
    return {mass: bootstrap_mean(np.array(shares)) for mass, shares in inside.items()}
