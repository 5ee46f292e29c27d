"""The first stage: the report labeller learns which regions and findings a report asserts, from simulated reports.

It takes minutes and spares the second stage many: gaze says little about words, the simulator's truth says it all. The
reports are made for it, because those of the cases are too few: what it learns by heart it does not understand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ml.demo import targets
from ml.demo.modeling import DemoMedGazeModel
from ml.demo.simulated_set import padded_words, read_reports
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.processing import MedGazeProcessor
from ml.simulator.findings import ANYWHERE, COARSE, KINDS, Finding
from ml.simulator.regions import REGIONS
from ml.simulator.reports import Report, write_report

Floats = NDArray[np.float32]
BATCH, LEARNING_RATE = 32, 3e-3  # reports a step; peak, of AdamW


@dataclass(frozen=True, slots=True)
class Sentences:
    """Reports as the frozen language model reads them, (T, W) float16 each, and what they state: (n, columns) 0/1."""

    words: list[NDArray[np.float16]]
    stated: Floats
    most: int  # words read of any report

    def batch(self, index: NDArray[np.int64]) -> tuple[Tensor, Tensor, Tensor]:
        """(B, T, W) states, (B, T) 1 on real words, (B, columns)."""
        return *padded_words([self.words[i] for i in index], self.most), torch.from_numpy(self.stated[index])


def simulate_report(rng: np.random.Generator) -> tuple[Report, list[Finding]]:
    """A report without a film, and the findings it names."""
    named: list[Finding] = []
    for _ in range(int(rng.integers(0, 4))):
        kind = str(rng.choice(list(KINDS)))
        places = COARSE if kind in ANYWHERE and rng.random() < 0.4 else KINDS[kind][0]
        place = places[int(rng.integers(len(places)))]
        if all(f.place != place for f in named):
            named.append(Finding(kind, place, (), 0.0))
    return write_report(named, REGIONS, bool(rng.random() < 0.3), rng), named


def prepare_sentences(model: MedGazeModel, processor: MedGazeProcessor, *, count: int, seed: int) -> Sentences:
    """``count`` invented reports, read by the model's language model in bfloat16."""
    made = [simulate_report(np.random.default_rng([seed, number, 0x3E])) for number in range(count)]
    with torch.autocast("cpu", torch.bfloat16):
        words = read_reports(model, processor, [report.text for report, _ in made])
    stated = [
        np.concatenate([targets.named_regions(report.asserted), targets.stated_facts(report, findings).ravel()])
        for report, findings in made
    ]
    return Sentences(words, np.stack(stated), processor.settings.max_text_tokens)


def train_report_labeller(model: DemoMedGazeModel, sentences: Sentences, *, steps: int, seed: int) -> float:
    """Train the report labeller for a pinned number of steps and leave it frozen; the mean loss of the last fifth."""
    if model.grounding is None:
        raise ValueError("this model has no report labeller: set region_match")
    labeller = model.grounding.report_labeller
    labeller.requires_grad_(True)
    optimiser = torch.optim.AdamW(labeller.parameters(), lr=LEARNING_RATE, weight_decay=0.02, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps, pct_start=0.1)
    rng = np.random.default_rng([seed, 0x7E])
    losses: list[float] = []
    for _ in range(steps):
        text, mask, stated = sentences.batch(rng.integers(0, len(sentences.words), BATCH))
        with torch.autocast("cpu", torch.bfloat16):
            read = labeller(text, mask).float()
        loss = F.binary_cross_entropy_with_logits(read, stated[:, : read.shape[1]])
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
    labeller.requires_grad_(False)
    return float(np.mean(losses[-max(1, steps // 5) :]))
