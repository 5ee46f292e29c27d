"""What a run tells while it learns: lines with the time left on the screen, curves for TensorBoard."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from transformers.trainer_callback import TrainerCallback

HIDDEN = {"epoch", "step", "total_flos", "train_loss", "train_runtime", "train_samples_per_second"}
RATES = {"grad_norm", "learning_rate"}


class Progress(TrainerCallback):
    """A line every ``log_every`` steps: ``step 40/960  loss 1.234 … 0.52 s a step, 8.0 min left``."""

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.began, self.first = time.monotonic(), state.global_step
        if state.is_world_process_zero and state.global_step:
            print(f"goes on from step {state.global_step} of {state.max_steps}", flush=True)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **kwargs: Any) -> None:
        told = {name: value for name, value in (logs or {}).items() if name not in HIDDEN | RATES}
        if not state.is_world_process_zero or not told or "train_steps_per_second" in told:
            return
        done = max(1, state.global_step - self.first)
        pace = (time.monotonic() - self.began) / done
        numbers = " ".join(f"{name} {value:.3f}" for name, value in told.items())
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
