"""One plain training loop: seeded, pinned number of steps, checkpoints written atomically, exact resume.

The randomness of step n (dropout) is seeded by (seed, n) and the data of step n are fixed by its case numbers, so a
run that was killed and resumed makes the same weights as one that was not, bit for bit on the same machine and
thread count.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from ml.demo.simulated_set import CaseBank, batches
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.processing import MedGazeProcessor
from ml.medgaze.weight_names import current_names


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast."""

    steps: int  # optimiser steps, pinned
    batch: int = 32  # cases a step
    learning_rate: float = 8e-4  # peak, of AdamW
    hidden_rate: float = 0.02  # peak, of Muon
    warmup: int = 200  # steps of linear rise
    weight_decay: float = 0.02  # on matrices only
    clip: float = 1.0  # largest norm of the gradient
    seed: int = 2026  # of weights, cases and dropout
    save_every: int = 500  # steps between checkpoints
    autocast: bool = True  # bfloat16 where PyTorch deems it safe
    average: float = 0.998  # decay of the exponential average of the weights that is kept in the end

    def share(self, step: int) -> float:
        """Of the peak rates, at a step: linear rise, then half a cosine down to a fiftieth."""
        if step < self.warmup:
            return (step + 1) / self.warmup
        done = (step - self.warmup) / max(1, self.steps - self.warmup)
        return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


# Where the maps stand that learn by Muon, by the start of their names.
HIDDEN = ("backbone.", "vision.layers.", "vision.project.", "fusion.layers.")
Report = Callable[[int, dict[str, float]], None]


class Trainer:
    """Holds model, optimisers and averaged weights; ``run`` goes on from wherever the state stands.

    Maps from features to features within the visual encoder and the joint layers learn by Muon (Jordan et al. 2024;
    PyTorch's), which makes the steps of all directions of a matrix equally long
    (``docs/decisions/0013-the-encoder-learns-by-muon.md``). Everything else (first convolution, embeddings, heads, the
    decoder's GRU) learns by AdamW.
    """

    def __init__(self, model: MedGazeModel, schedule: Schedule, folder: Path | None = None) -> None:
        self.model = model
        self.schedule = schedule
        self.folder = folder
        self.step = 0
        learning = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self.hidden = [p for name, p in learning.items() if _is_hidden(name, p)]
        matrices = [p for name, p in learning.items() if p.ndim > 1 and not _is_hidden(name, p)]
        vectors = [p for p in learning.values() if p.ndim <= 1]
        adamw = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": schedule.weight_decay}, {"params": vectors, "weight_decay": 0.0}],
            lr=schedule.learning_rate,
            betas=(0.9, 0.98),
            fused=True,
        )
        # Muon takes matrices only: a convolution learns as the matrix that it is to each patch, in the same memory.
        self.flat = [torch.nn.Parameter(p.detach().flatten(1)) for p in self.hidden]
        muon = torch.optim.Muon(self.flat, lr=schedule.hidden_rate, weight_decay=schedule.weight_decay)
        self.optimisers: dict[str, tuple[torch.optim.Optimizer, float]] = {
            "adamw": (adamw, schedule.learning_rate),
            "muon": (muon, schedule.hidden_rate),
        }
        self.average: dict[str, Tensor] = {}
        self.restart_average()
        if folder is not None and (folder / "state.json").exists():
            self.load(folder)

    def restart_average(self) -> None:
        """Begin the averaged weights from what the model holds now."""
        self.average = {name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()}

    def run(
        self, bank: CaseBank, processor: MedGazeProcessor, *, until: int | None = None, report: Report | None = None,
        every: int = 50,
    ) -> None:  # fmt: skip
        """Train up to step ``until`` (default: the schedule's end); ``report`` gets mean losses every so many steps."""
        schedule = self.schedule
        stop = min(schedule.steps, until if until is not None else schedule.steps)
        if self.step >= stop:
            return
        loader = batches(
            bank, processor, grid_side=self.model.config.vision.grid_side, batch=schedule.batch, seed=schedule.seed,
            start=self.step, stop=stop,
        )  # fmt: skip
        sums: dict[str, float] = {}
        started, first = time.monotonic(), self.step
        self.model.train()
        for batch in loader:
            losses = self.train_step(batch)
            for name, value in losses.items():
                sums[name] = sums.get(name, 0.0) + value
            if report is not None and (self.step % every == 0 or self.step == stop):
                seconds = (time.monotonic() - started) / (self.step - first)
                count = (self.step - 1) % every + 1 if self.step - first >= every else self.step - first
                means = {name: value / count for name, value in sums.items()}
                report(self.step, {**means, "seconds_a_step": seconds, "eta_s": seconds * (stop - self.step)})
                sums = {}
            if self.folder is not None and (self.step % self.schedule.save_every == 0 or self.step == stop):
                self.save(self.folder)
        self.model.train(False)

    def train_step(self, batch: dict[str, Any]) -> dict[str, float]:
        """One optimiser step; the losses by name."""
        torch.manual_seed(self.schedule.seed * 1_000_003 + self.step)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.schedule.autocast):
            out = self.model(**batch)
        assert out.loss is not None and out.losses is not None
        self.model.zero_grad(set_to_none=True)
        out.loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.schedule.clip)
        for flat, weight in zip(self.flat, self.hidden, strict=True):
            flat.grad = None if weight.grad is None else weight.grad.flatten(1)
        for optimiser, peak in self.optimisers.values():
            for group in optimiser.param_groups:
                group["lr"] = peak * self.schedule.share(self.step)
            optimiser.step()
        self.step += 1
        decay = min(self.schedule.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            now = list(self.model.state_dict().values())
            torch._foreach_lerp_(list(self.average.values()), now, 1 - decay)
        return {"loss": float(out.loss.detach()), **{name: float(value) for name, value in out.losses.items()}}

    def averaged_model(self) -> MedGazeModel:
        """The model with the averaged weights in place, in evaluation mode."""
        self.model.load_state_dict(self.average)
        self.model.train(False)
        return self.model

    def save(self, folder: Path) -> None:
        """Write weights, average and optimiser, then ``state.json`` last: a half-written checkpoint is never found."""
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {f"model.{k}": v for k, v in self.model.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.items()}
        for kind, (optimiser, _) in self.optimisers.items():
            for index, kept in optimiser.state_dict()["state"].items():
                tensors |= {f"{kind}.{index}.{k}": v for k, v in kept.items()}
        name = f"step-{self.step:06d}.safetensors"
        _atomically(folder / name, lambda path: save_file({k: v.contiguous() for k, v in tensors.items()}, path))
        state = {"step": self.step, "file": name, "schedule": asdict(self.schedule)}
        _atomically(folder / "state.json", lambda path: path.write_text(json.dumps(state, indent=2) + "\n"))
        for old in folder.glob("step-*.safetensors"):
            if old.name != name:
                old.unlink()

    def load(self, folder: Path) -> None:
        """Go on from a checkpoint; refuses one of another schedule, because its numbers would differ."""
        state = json.loads((folder / "state.json").read_text())
        if state["schedule"] != asdict(self.schedule):
            raise ValueError(f"{folder} holds a run with another schedule; give another folder or remove it")
        tensors = load_file(folder / state["file"])
        self.model.load_state_dict(current_names(_part(tensors, "model.")))
        average = current_names(_part(tensors, "average."))
        self.average = {name: average[name] for name in self.average}  # in the model's order: `train_step` pairs them
        for kind, (optimiser, _) in self.optimisers.items():
            saved: dict[int, dict[str, Tensor]] = {}
            for key, value in _part(tensors, f"{kind}.").items():
                index, name = key.split(".", 1)
                saved.setdefault(int(index), {})[name] = value
            optimiser.load_state_dict({**optimiser.state_dict(), "state": saved})
        self.step = int(state["step"])


def _is_hidden(name: str, weight: Tensor) -> bool:
    """Whether a weight maps features to features in the encoder or the joint layers; the film is no feature."""
    return name.startswith(HIDDEN) and weight.ndim > 1 and weight.shape[1] > 1


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key[len(prefix) :]: value for key, value in tensors.items() if key.startswith(prefix)}


def _atomically(path: Path, write: Callable[[Path], Any]) -> None:
    partial = path.with_name(path.name + ".partial")
    write(partial)
    partial.replace(path)
