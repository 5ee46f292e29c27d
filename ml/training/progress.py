"""What a run shows while it learns: lines with the time left on the screen, curves for TensorBoard, events for whoever
follows it (``ml.training.runlog``)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import torch
from transformers.trainer_callback import TrainerCallback

from ml.medgaze.memory import peak
from ml.training.runlog import RunEvents

HIDDEN = {"epoch", "step", "total_flos", "train_loss", "train_runtime", "train_samples_per_second"}
RATES = {"grad_norm", "learning_rate"}


class Progress(TrainerCallback):
    """A line every ``log_every`` steps: ``step 40/960  loss 1.234 … 0.52 s a step, 8.0 min left``."""

    def __init__(self) -> None:
        self.began, self.first = time.monotonic(), 0

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.began, self.first = time.monotonic(), state.global_step
        if state.is_world_process_zero and state.global_step:
            print(f"goes on from step {state.global_step} of {state.max_steps}", flush=True)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **kwargs: Any) -> None:
        shown = {name: value for name, value in (logs or {}).items() if name not in HIDDEN | RATES}
        if not state.is_world_process_zero or not shown or "train_steps_per_second" in shown:
            return
        done = max(1, state.global_step - self.first)
        pace = (time.monotonic() - self.began) / done
        numbers = " ".join(f"{name} {value:.3f}" for name, value in shown.items())
        left = pace * (state.max_steps - state.global_step)
        print(
            f"step {state.global_step}/{state.max_steps}  {numbers}  {pace:.2f} s a step, {left / 60:.1f} min left",
            flush=True,
        )


class TensorBoard(TrainerCallback):
    """All numbers of the log as event files in ``folder``; a resumed run takes back what came after its checkpoint."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.writer: Any = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.is_world_process_zero:
            from tensorboardX import SummaryWriter

            self.writer = SummaryWriter(str(self.folder), purge_step=state.global_step + 1)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **kwargs: Any) -> None:
        if self.writer is not None:
            for name, value in (logs or {}).items():
                if name not in HIDDEN:
                    kind = "validate" if name.startswith("eval_") else "train"
                    self.writer.add_scalar(f"{kind}/{name.removeprefix('eval_')}", value, state.global_step)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if self.writer is not None:
            self.writer.close()
            self.writer = None


class EventCallback(TrainerCallback):
    """Steps, looks at the validation cases and checkpoints, as events."""

    def __init__(self, events: RunEvents) -> None:
        self.events = events
        self.began, self.first = time.monotonic(), 0

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.began, self.first = time.monotonic(), state.global_step

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **kwargs: Any) -> None:
        if logs is None or "loss" not in logs:
            return
        pace = (time.monotonic() - self.began) / max(1, state.global_step - self.first)
        self.events(
            "step",
            step=state.global_step,
            of=state.max_steps,
            loss=logs.get("nll", logs["loss"]),  # as on the validation cases
            seconds_a_step=round(pace, 4),
            eta_s=round(pace * (state.max_steps - state.global_step), 1),
            memory_mb=memory_mb(args.device),
        )

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any = None, **kwargs: Any) -> None:
        self.events("validated", step=state.global_step, loss=metrics["eval_loss"])

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.events("checkpoint", step=state.global_step)


def memory_mb(device: torch.device) -> int:
    """The most that this process has held, MB; on a GPU, of its memory."""
    return round(peak(device) / 1e6)
