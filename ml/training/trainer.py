"""Both stages on ``transformers.Trainer``: published optimiser, averaged weights, exact resume, no pickle anywhere.

What differs from the parent:

- batches and their randomness come from a :class:`ml.training.batches.Plan`, so no state of a random generator is
  saved, and a killed run that goes on makes the same weights, bit for bit on the same machine and thread count;
- a checkpoint is a folder that ``from_pretrained`` reads (the averaged weights, where there is an average), plus
  ``training.safetensors`` and ``trainer_state.json``; it gets its name when all of it is on disk;
- validation is the mean of the model's own losses, each batch weighted by its true fixations (stage 2) or pairs
  (stage 1).

Devices: one process each, by ``torchrun`` or ``accelerate launch``. Sharded models (FSDP, DeepSpeed) are not supported.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import PreTrainedModel, Trainer, TrainingArguments
from transformers.trainer_callback import EarlyStoppingCallback, ExportableState, PrinterCallback, TrainerCallback
from transformers.utils import logging as transformers_logging

from ml.data.files import whole_folder
from ml.medgaze.processing import MedGazeProcessor
from ml.medgaze.weight_names import current_names
from ml.training.batches import Cases, Plan, loader
from ml.training.optim import paper_optimizer
from ml.training.progress import Progress, TensorBoard
from ml.training.settings import TrainingSettings

TRAINING = "training.safetensors"
STATE = "trainer_state.json"


class TrainingDiverged(ArithmeticError):
    """The loss is no number; the message says at which step and what to change."""


class MedGazeTrainer(Trainer):
    """One training, in the folder ``run``: ``resume_or_begin()`` trains."""

    def __init__(
        self,
        model: PreTrainedModel,
        settings: TrainingSettings,
        run: Path,
        train: Cases,
        validate: Cases | None = None,
        *,
        processor: MedGazeProcessor | None = None,
        show: bool = True,
        cpu: bool = False,
        curves: bool = True,
        callbacks: Sequence[TrainerCallback] = (),
    ) -> None:
        """``show``: lines on the screen; ``curves``: files for TensorBoard; ``callbacks``: further ones."""
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self.settings = settings
        self.run = run
        self.train_cases, self.validate_cases = train, validate
        self.processor = processor
        arguments = _arguments(settings, run, validate is not None, cpu=cpu)
        arguments._n_gpu = min(arguments.n_gpu, 1)  # more GPUs are more processes, never DataParallel
        steps = settings.steps_for(len(train), arguments.world_size)
        arguments.max_steps = steps
        self.plan = Plan(
            len(train), settings.batch, steps, settings.accumulate, arguments.world_size, settings.seed
        )  # fmt: skip
        self._parts: dict[str, Tensor] = {}
        self._parts_count = 0
        self._within = (-1, -1)
        self.average: dict[str, Tensor] | None = None
        every: list[TrainerCallback] = [_Averaging(self), *callbacks]
        if curves:
            every.append(TensorBoard(run / "logs"))
        if show:
            every.append(Progress())
        if settings.patience is not None and validate is not None:
            every.append(Patience(settings.patience))
        super().__init__(model=model, args=arguments, callbacks=every, eval_dataset=validate)
        del model.config.use_cache  # the parent writes it into every model's configuration
        self.remove_callback(PrinterCallback)
        if settings.average is not None:
            self.average = {name: p.detach().clone() for name, p in self._own().named_parameters()}

    # --- data and optimiser

    def get_train_dataloader(self) -> Any:
        return loader(self.train_cases, self.plan, self.args.process_index, self.settings.loaders)

    def create_optimizer(self, model: Any = None) -> Any:
        if self.optimizer is None:
            self.optimizer = paper_optimizer(self._own(), self.settings.optimizer)
        return self.optimizer

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
        if self.lr_scheduler is None:
            optimizer = self.optimizer if optimizer is None else optimizer
            self.lr_scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, self.rate_share)
            self._created_lr_scheduler = True
        return self.lr_scheduler

    def rate_share(self, step: int) -> float:
        """What all rates are multiplied by at a step: the warm-up's line, then the law."""
        settings = self.settings
        if step < settings.warmup:
            return settings.warmup_from + (1 - settings.warmup_from) * (step + 1) / settings.warmup
        if settings.law == "constant":
            return 1.0
        done = min(1.0, (step - settings.warmup) / max(1, self.plan.steps - settings.warmup))
        return settings.floor + (1 - settings.floor) * 0.5 * (1 + math.cos(math.pi * done))

    # --- one batch

    def training_step(self, model: Any, inputs: dict[str, Any], num_items_in_batch: Any = None) -> Tensor:
        step, within = self.state.global_step, self._within[1] + 1 if self._within[0] == self.state.global_step else 0
        self._within = (step, within)
        torch.manual_seed(self.plan.seed_of(self.plan.number(step, within, self.args.process_index)))
        return super().training_step(model, inputs, num_items_in_batch)

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        out = model(**inputs)
        self._check(out["loss"])
        for name, value in out["losses"].items():
            self._parts[name] = self._parts.get(name, torch.zeros((), device=value.device)) + value.detach().float()
        self._parts_count += 1
        return (out["loss"], out) if return_outputs else out["loss"]

    def _check(self, loss: Tensor) -> None:
        if not torch.isfinite(loss):
            raise TrainingDiverged(
                f"the loss is {float(loss.detach())} at step {self.state.global_step}: lower the rates, set clip, or "
                "use precision float32"
            )

    def _check_weights(self) -> None:
        """A step whose loss was a number may still have ended in weights that are none: they are not kept."""
        if not all(bool(torch.isfinite(p).all()) for p in self._own().parameters()):
            raise TrainingDiverged(
                f"a weight is no number after step {self.state.global_step}: lower the rates, set clip, or use "
                "precision float32"
            )

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Adds the loss's parts (of the first process) to a training line."""
        if "loss" in logs and self._parts_count:
            logs |= {name: float(value) / self._parts_count for name, value in self._parts.items()}
            self._parts, self._parts_count = {}, 0
        logs["step"] = self.state.global_step
        super().log(logs)

    def floating_point_ops(self, inputs: dict[str, Any]) -> int:
        return 0  # the parent's estimate is for language models

    # --- validation

    def evaluate(self, eval_dataset: Any = None, ignore_keys: Any = None, metric_key_prefix: str = "eval") -> Any:
        """Mean losses of the weights that would be kept, under ``eval_loss``, ``eval_<part>``.

        ``eval_loss`` is the scanpath likelihood where the model has one, else the loss that is trained.
        """
        cases = self.validate_cases
        assert cases is not None
        model = self._own()
        was_training, size = model.training, self.settings.batch
        starts = range(0, len(cases), size)
        sums: dict[str, float] = {}
        total = 0.0
        model.train(False)
        with self._kept_weights(), torch.no_grad():
            for number in range(self.args.process_index, len(starts), self.args.world_size):
                index = range(starts[number], min(starts[number] + size, len(cases)))
                inputs = self._prepare_inputs(dict(cases.batch(list(index))))
                torch.manual_seed(self.plan.seed_of(number))
                out = model(**inputs)
                self._check(out["loss"])
                weight = float(inputs["fixation_mask"].sum()) if "fixation_mask" in inputs else float(len(index))
                losses = {"loss": out["loss"], **out["losses"]}
                losses["loss"] = losses.get("nll", losses["loss"])
                for name, value in losses.items():
                    sums[name] = sums.get(name, 0.0) + weight * float(value)
                total += weight
        model.train(was_training)
        metrics = self._means(sums, total, metric_key_prefix)
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def _means(self, sums: dict[str, float], total: float, prefix: str) -> dict[str, float]:
        """Weighted means over all processes."""
        if self.args.world_size > 1:
            gathered: list[Any] = [None] * self.args.world_size
            torch.distributed.all_gather_object(gathered, (sums, total))
            names = {name for part, _ in gathered for name in part}
            sums = {name: sum(part.get(name, 0.0) for part, _ in gathered) for name in sorted(names)}
            total = sum(weight for _, weight in gathered)
        return {f"{prefix}_{name}": value / max(total, 1e-9) for name, value in sums.items()}

    # --- averaged weights

    def average_step(self) -> None:
        """Move the average towards the weights; early on it follows fast."""
        if self.average is None or self.settings.average is None:
            return
        done = self.state.global_step
        decay = min(self.settings.average, (1 + done) / (10 + done))
        with torch.no_grad():
            now = [p.detach() for p in self._own().parameters()]
            torch._foreach_lerp_(list(self.average.values()), now, 1 - decay)

    @contextmanager
    def _kept_weights(self) -> Iterator[None]:
        """The averaged weights in place of the trained ones, for a while."""
        if self.average is None:
            yield
            return
        parameters = dict(self._own().named_parameters())
        trained = {name: p.detach().clone() for name, p in parameters.items()}
        with torch.no_grad():
            for name, p in parameters.items():
                p.copy_(self.average[name])
            try:
                yield
            finally:
                for name, p in parameters.items():
                    p.copy_(trained[name])

    def _own(self) -> PreTrainedModel:
        model: PreTrainedModel = self.accelerator.unwrap_model(self.model)
        return model

    def resume_or_begin(self) -> None:
        """Trains from the newest checkpoint in ``run``, or from the start; nothing is left to do after the last one."""
        done = checkpoints(self.run)
        if not (done and self._ended(done[-1])):
            self.train(resume_from_checkpoint=str(done[-1]) if done else None)

    def _ended(self, folder: Path) -> bool:
        """Whether a checkpoint is the run's last: all steps done, or patience at an end."""
        state = json.loads((folder / STATE).read_text())
        waited = state["stateful_callbacks"].get("Patience", {}).get("attributes", {})
        patience = self.settings.patience
        out_of_patience = patience is not None and waited.get("early_stopping_patience_counter", 0) >= patience
        return bool(state["global_step"] >= self.plan.steps or out_of_patience)

    # --- checkpoints

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        if self.args.should_save:
            self._check_weights()
            with whole_folder(self.run / f"checkpoint-{self.state.global_step}") as folder:
                self._write(folder)
            self._forget_old()
        self.accelerator.wait_for_everyone()

    def _write(self, folder: Path) -> None:
        own = self._own()
        with self._kept_weights():
            own.save_pretrained(folder)
        if self.processor is not None:
            self.processor.save_pretrained(folder)
        tensors: dict[str, Tensor] = {}
        if self.average is not None:
            tensors |= {f"weights.{name}": p.detach() for name, p in own.named_parameters()}
        optimizer: Any = self.optimizer
        for index, state in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{name}": value for name, value in state.items()}
        save_file({name: value.contiguous().cpu() for name, value in tensors.items()}, folder / TRAINING)
        for held in [*self.callback_handler.callbacks, self.control]:
            if isinstance(held, ExportableState):
                kept: Any = self.state.stateful_callbacks
                kept[type(held).__name__] = held.state()
        self.state.save_to_json(str(folder / STATE))

    def _forget_old(self) -> None:
        """Keep the newest checkpoints and the best one."""
        for folder in checkpoints(self.run)[: -self.settings.keep]:
            if folder.name != f"checkpoint-{self.state.best_global_step}":
                shutil.rmtree(folder)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        folder = Path(resume_from_checkpoint)
        kept = current_names(load_file(folder / "model.safetensors"))
        weights = kept
        if self.average is not None:
            weights = current_names(_part(load_file(folder / TRAINING), "weights."))
            self.average = {name: kept[name].to(p.device) for name, p in self._own().named_parameters()}
        self._own().load_state_dict(weights, strict=True)

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        if checkpoint is None:
            return
        saved: dict[int, dict[str, Tensor]] = {}
        for key, value in _part(load_file(Path(checkpoint) / TRAINING), "optimizer.").items():
            index, name = key.split(".", 1)
            saved.setdefault(int(index), {})[name] = value
        optimizer: Any = self.optimizer
        optimizer.load_state_dict({**optimizer.state_dict(), "state": saved})
        scheduler: Any = self.lr_scheduler  # its state is the step
        scheduler.last_epoch = self.state.global_step
        scheduler._step_count = self.state.global_step + 1
        for group, base in zip(optimizer.param_groups, scheduler.base_lrs, strict=True):
            group["lr"] = base * self.rate_share(self.state.global_step)

    def _load_rng_state(self, checkpoint: str | None) -> None:
        return  # every batch seeds its own randomness

    def _load_scaler(self, checkpoint: str | None) -> None:
        return  # bfloat16 needs none


class Patience(EarlyStoppingCallback):
    """Ends a run after so many looks at the validation cases without a better loss; counts on after a resume."""

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        return  # the parent warns that the best weights are not loaded; ``ml.training.run`` keeps them by itself


class _Averaging(TrainerCallback):
    def __init__(self, trainer: MedGazeTrainer) -> None:
        self.trainer = trainer

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.trainer.average_step()


def checkpoints(run: Path) -> list[Path]:
    """Finished checkpoints of a run, oldest first."""
    found = [path for path in run.glob("checkpoint-*") if path.name.removeprefix("checkpoint-").isdigit()]
    return sorted(found, key=lambda path: int(path.name.removeprefix("checkpoint-")))


def best_checkpoint(run: Path) -> tuple[Path, dict[str, Any]]:
    """The checkpoint of a run that ended whose weights are kept (the best validated one, the newest where nothing was
    validated), and ``steps`` done, ``kept_step`` and ``validation_loss``."""
    newest = checkpoints(run)[-1]
    state = json.loads((newest / STATE).read_text())
    best = run / f"checkpoint-{state['best_global_step']}" if state.get("best_global_step") else newest
    return best, {
        "steps": state["global_step"],
        "kept_step": int(best.name.removeprefix("checkpoint-")),
        "validation_loss": state["best_metric"],
    }


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name[len(prefix) :]: value for name, value in tensors.items() if name.startswith(prefix)}


def _arguments(settings: TrainingSettings, run: Path, validated: bool, *, cpu: bool) -> TrainingArguments:
    validated = validated and settings.validate_every is not None
    return TrainingArguments(
        output_dir=str(run),
        max_steps=1,  # set when the number of devices is known
        per_device_train_batch_size=settings.batch,
        gradient_accumulation_steps=settings.accumulate,
        max_grad_norm=settings.clip or 0.0,
        bf16=settings.precision == "bfloat16",
        seed=settings.seed,
        save_strategy="steps",
        save_steps=settings.save_every,
        logging_steps=settings.log_every,
        logging_nan_inf_filter=False,
        eval_strategy="steps" if validated else "no",
        eval_steps=settings.validate_every if validated else None,
        metric_for_best_model="loss" if validated else None,
        greater_is_better=False if validated else None,
        restore_callback_states_from_checkpoint=True,
        ddp_find_unused_parameters=True,  # heads without targets in a data set get no gradient
        remove_unused_columns=False,
        report_to=[],
        disable_tqdm=True,
        use_cpu=cpu or not torch.cuda.is_available(),  # or it refuses bfloat16 for want of a GPU
    )
