"""The overfit check: sixteen cases with one reading each, learnt by heart by the demo recipe without its augmentation.

Served as always, as the medoid of draws, but drawn almost without noise: what is known by heart needs no choice.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from ml.demo.loop import Trainer
from ml.demo.recipe import CASE_SEED, SCHEDULE, WORLD_SEED, build_demo
from ml.demo.simulated import METRICS
from ml.demo.simulated_set import prepare_cases
from ml.medgaze.decoders.autoregressive_paths import AutoregressivePaths
from ml.medgaze.medoid import medoid
from ml.metrics.catalogue import metric, score_pairs
from ml.metrics.intervals import bootstrap_mean
from ml.simulator.pool import make_pool

TEMPERATURE = 0.05


def overfit(*, cases: int, steps: int, threads: int) -> dict[str, Any]:
    """Learn, serve, and compare with what was learnt: the mean of each of the bench's metrics with its interval."""
    torch.set_num_threads(threads)
    model, processor = build_demo(SCHEDULE.seed)
    bank = prepare_cases(model, processor, make_pool(cases, WORLD_SEED), count=cases, seed=CASE_SEED)
    bank = replace(bank, fixations=bank.fixations[:, :1], lengths=bank.lengths[:, :1])
    trainer = Trainer(model, replace(SCHEDULE, steps=steps, batch=cases, warmup=20, average=0.9))
    batch = bank.batch(np.arange(cases), processor, model.config.vision.grid_side)
    model.train()
    while trainer.step < steps:
        trainer.train_step(batch)
    trainer.averaged_model()
    inputs = {
        name: value for name, value in batch.items() if name in ("pixel_values", "text_features", "attention_mask")
    }
    with torch.inference_mode():
        distribution = model(**inputs).paths
        assert isinstance(distribution, AutoregressivePaths)
        drawn = distribution.sample(model.config.decoding.samples, torch.Generator().manual_seed(0), TEMPERATURE)
    served, learnt = [], []
    for case in range(cases):
        lengths = drawn.lengths[case].numpy().astype(np.int_)
        paths = drawn.paths[case].double().numpy()
        paths[..., :2] = paths[..., :2].clip(0, 1)
        best = medoid(paths, lengths, model.config.decoding.medoid_order_weight)
        served.append(paths[best, : lengths[best]])
        learnt.append(bank.fixations[case, 0, : bank.lengths[case, 0]].astype(np.float64))
    found = {name: score_pairs(metric(name), served, learnt).scores for name in METRICS}
    return {name: bootstrap_mean(np.array(scores)) for name, scores in found.items()} | {"steps": steps}
