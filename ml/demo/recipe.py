"""The recipe of the bundled demo model: simulated cases only, fixed seeds, a pinned number of steps."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import torch

from ml.demo.loop import Schedule, Trainer
from ml.demo.modeling import DemoMedGazeModel
from ml.demo.presets import demo
from ml.demo.report_stage import prepare_sentences, train_report_labeller
from ml.demo.simulated_set import load_cases
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.processing import MedGazeProcessor
from ml.simulator.pool import load_pool

WORLDS, WORLD_SEED = 1200, 11
CASES, CASE_SEED = 5000, 2026
REPORTS, REPORT_SEED = 12000, 7  # invented for the report labeller
TEXT_STEPS = 4000  # of the labeller, before anything else learns
SCHEDULE = Schedule(steps=3200, batch=24, learning_rate=8e-4, warmup=60, save_every=200, average=0.995)
ASSERTION_GAIN = 4.0  # on the first weights of what the report asserts: gaze then finds out sooner what it means
PREPARERS = 2  # processes that make worlds and cases; any number makes the same ones
THREADS = 2  # of PyTorch; another number makes slightly other weights


def build_demo(seed: int) -> tuple[DemoMedGazeModel, MedGazeProcessor]:
    """A new demo model."""
    config = demo(simulated=True)
    model = DemoMedGazeModel.build(config, seed=seed)
    assert model.grounding is not None
    with torch.no_grad():
        model.grounding.asserted_region_embedding.weight.mul_(ASSERTION_GAIN)
        model.grounding.assertion_embedding.weight.mul_(4 * ASSERTION_GAIN)
    # Trained by itself: through the gaze it would only learn the cases' reports by heart.
    model.grounding.report_labeller.requires_grad_(False)
    return model, MedGazeProcessor.from_config(config)


def make_demo(run: Path, out: Path, *, seed: int = SCHEDULE.seed, threads: int = THREADS) -> None:
    """Train and save: half-precision weights and the processor's settings in ``out``, beside the card that is there."""
    model, processor = train_demo(run, replace(SCHEDULE, seed=seed), threads)
    save_demo(model, processor, out)


def save_demo(model: MedGazeModel, processor: MedGazeProcessor, out: Path) -> None:
    """float16 keeps three digits of each weight: half the size, and the readings differ by less than a pixel."""
    torch.nn.Module.to(model, torch.float16)
    model.save_pretrained(out)
    torch.nn.Module.to(model, torch.float32)
    processor.save_pretrained(out)


def train_demo(run: Path, schedule: Schedule, threads: int) -> tuple[MedGazeModel, MedGazeProcessor]:
    """Train (or go on training) in the folder ``run``; worlds and prepared cases are kept beside it."""
    torch.set_num_threads(threads)
    started = time.monotonic()
    model, processor = build_demo(schedule.seed)
    pool = load_pool(run.parent, WORLDS, WORLD_SEED, workers=PREPARERS)
    print(f"{len(pool)} worlds, {time.monotonic() - started:.0f} s", flush=True)
    bank = load_cases(run.parent, model, processor, pool, count=CASES, seed=CASE_SEED, workers=PREPARERS)
    print(f"{len(bank)} cases, {time.monotonic() - started:.0f} s", flush=True)
    trainer = Trainer(model, schedule, run)
    if trainer.step == 0:
        sentences = prepare_sentences(model, processor, count=REPORTS, seed=REPORT_SEED)
        print(f"{REPORTS} reports, {time.monotonic() - started:.0f} s", flush=True)
        wrong = train_report_labeller(model, sentences, steps=TEXT_STEPS, seed=schedule.seed)
        trainer.restart_average()
        print(f"report labeller trained, loss {wrong:.3f}, {time.monotonic() - started:.0f} s", flush=True)

    def report(step: int, numbers: dict[str, float]) -> None:
        losses = " ".join(f"{k} {v:.3f}" for k, v in numbers.items() if k not in ("seconds_a_step", "eta_s"))
        pace = f"{numbers['seconds_a_step']:.2f} s a step, {numbers['eta_s'] / 60:.1f} min left"
        print(f"step {step}/{schedule.steps}  {losses}  {pace}", flush=True)

    trainer.run(bank, processor, report=report, every=20)
    return trainer.averaged_model(), processor
