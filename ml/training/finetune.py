"""Fine-tuning: a saved model goes on learning from new readings, and is compared with what it was.

The run's folder holds ``run.json`` (what it was asked for), ``prepared`` (what came of an export), ``budget.json``,
checkpoints, and at the end ``model``: a model folder whose ``manifest.json`` has the comparison. Everything appears
whole or not at all, so a run that was killed anywhere goes on when it is given again, to the same weights bit for bit
(same machine; the number of threads is kept).
"""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from transformers.utils import logging as transformers_logging

from ml.data.files import whole_folder, write_json
from ml.data.types import Progress
from ml.medgaze.config import MedGazeConfig
from ml.medgaze.model_info import (
    CONFIG,
    MANIFEST,
    PROCESSOR,
    WEIGHTS,
    ModelFolderInvalid,
    ModelInfo,
    check_files,
    read_model_info,
    write_manifest,
)
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.weight_names import current_names
from ml.metrics.catalogue import SCANMATCH
from ml.training.budget import MINUTES, Budget, budget_of, freeze, recipe, settings_of
from ml.training.finedata import Parts, Wanted, identity, load_parts
from ml.training.heldout import compare
from ml.training.progress import EventCallback, memory_mb
from ml.training.refusals import FineTuneRefused, reported_refusals
from ml.training.run import claim
from ml.training.runlog import RunEvents
from ml.training.trainer import MedGazeTrainer, TrainingDiverged, best_checkpoint, checkpoints

RUN, BEGUN, MODEL = "run.json", "begun.json", "model"
SEED = 42


@dataclass(frozen=True, slots=True)
class FineTuneRequest:
    """What a fine-tuning is asked for beside model, data and folder."""

    steps: int | None = None  # at most one of the two; neither: see budget_of
    minutes: float | None = None
    settings: dict[str, Any] = field(default_factory=dict)  # fields in place of the recipe's
    name: str | None = None  # of the new version
    seed: int | None = None
    wanted: Wanted = field(default_factory=Wanted)
    threads: int | None = None  # of torch; None: as it chooses, and as the run was begun with


def fine_tune(
    base: Path, data: Path, run: Path, request: FineTuneRequest | None = None, *, events: RunEvents | None = None,
    show: bool = True, cpu: bool = False,
) -> Path:  # fmt: skip
    """Go on training the model folder ``base`` on ``data`` (prepared, or an export), in ``run``; ``run/model``.

    Raises:
        FineTuneRefused: what a person can mend, also an event. The run can be gone on with.
    """
    events = events or RunEvents(None)
    run.mkdir(parents=True, exist_ok=True)
    with reported_refusals(run, events):
        return _FineTuning(base, data, run, request or FineTuneRequest(), events, show, cpu).go()


class _FineTuning:
    """One process's work on a run."""

    def __init__(
        self, base: Path, data: Path, run: Path, request: FineTuneRequest, events: RunEvents, show: bool, cpu: bool
    ) -> None:  # fmt: skip
        self.base, self.data, self.run, self.request, self.events = base, data, run, request, events
        self.show, self.cpu = show, cpu
        self.began = time.monotonic()
        self.again = (run / RUN).is_file()

    def go(self) -> Path:
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        if int(os.environ.get("WORLD_SIZE", "1")) > 1:
            raise FineTuneRefused("refused", "Fine-tuning runs on one device. Start it without torchrun or accelerate.")
        info = _checked(self.base)
        config = MedGazeConfig.from_pretrained(self.base)
        seed = self.request.settings.get("seed", SEED) if self.request.seed is None else self.request.seed
        fields = recipe(self.request.settings, config, seed)
        self._claim(info, seed, write=False)
        if (self.run / MODEL / MANIFEST).is_file():
            return self._finished(self.run / MODEL)
        self.events("stage", stage="preparing", done=None, of=None)
        parts = load_parts(
            self.data, self.run, config, seed=seed, wanted=self.request.wanted, progress=self._progress("preparing")
        )  # fmt: skip
        self._claim(info, seed, write=True)
        budget = budget_of(
            self.run, self.base, fields, parts.train, parts.validate, steps=self.request.steps,
            minutes=_minutes(self.request), cpu=self.cpu,
        )  # fmt: skip
        before = self._train(freeze(MedGazeModel.from_pretrained(self.base)), fields, parts, budget)
        return self._finished(self._save(info, parts, before))

    def _claim(self, info: ModelInfo, seed: int, *, write: bool) -> None:
        """Check that the run is asked for the same as before; ``write``: write it down where there is no before."""
        request = self.request
        there = json.loads((self.run / RUN).read_text()) if self.again else {}
        threads = int(there.get("threads") or request.threads or torch.get_num_threads())
        torch.set_num_threads(threads)
        record = {
            "from": info.sha256,
            "data": identity(self.data, self.run),
            "settings": request.settings,
            "seed": seed,
            "steps": request.steps,
            "minutes": _minutes(request),
            "sources": None if request.wanted.sources is None else sorted(request.wanted.sources),
            "threads": threads,
        }
        claim(self.run, record, 1, write=write)

    def _train(
        self, model: MedGazeModel, fields: dict[str, Any], parts: Parts, budget: Budget
    ) -> float | None:  # fmt: skip
        """Train to the end of the budget; the validation loss of the model as it came."""
        settings = settings_of(fields, budget, validated=parts.validate is not None)
        trainer = MedGazeTrainer(
            model, settings, self.run, parts.train, parts.validate, show=self.show, cpu=self.cpu, curves=False,
            callbacks=[EventCallback(self.events)],
        )  # fmt: skip
        done = checkpoints(self.run)
        step = int(done[-1].name.removeprefix("checkpoint-")) if done else 0
        if self.again:
            self.events("resumed", step=step)
        self._say(f"{len(parts.train)} cases to learn from, {budget.steps} steps")
        self.events("stage", stage="training", done=step, of=budget.steps)
        if parts.validate is not None and not done:
            write_json(self.run / BEGUN, {"validation_loss": trainer.evaluate()["eval_loss"]})
        trainer.resume_or_begin()
        if parts.validate is None:
            return None
        return float(json.loads((self.run / BEGUN).read_text())["validation_loss"])

    def _save(self, info: ModelInfo, parts: Parts, before: float | None) -> Path:
        """Compare what is kept with the model it came from, and give it its name."""
        best, outcome = best_checkpoint(self.run)
        part, held_out = parts.held_out
        with whole_folder(self.run / MODEL) as folder:
            _write_model(folder, self.base, best, simulated=parts.simulated)
            self.events("stage", stage="comparing", done=0, of=None)
            rows = compare(self.base, folder, held_out, part=part, cpu=self.cpu, progress=self._progress("comparing"))
            self.events("stage", stage="saving", done=None, of=None)
            write_manifest(
                folder,
                name=self.request.name or f"{info.name}, fine-tuned",
                scores={row["metric"]: row for row in rows},
                baselines={},
                parent=info.sha256,
                parent_name=info.name,
                steps=outcome["steps"],
                kept_step=outcome["kept_step"],
                validation_loss={"before": before, "after": outcome["validation_loss"]},
                data=parts.about,
            )
        return self.run / MODEL

    def _finished(self, model: Path) -> Path:
        """Tell the end of a run from what lies in its folder, now or when it is asked for again."""
        manifest = json.loads((model / MANIFEST).read_text())
        loss, rows = manifest["validation_loss"], sorted(manifest["scores"].values(), key=_likelihood_first)
        self.events("held-out", rows=rows)
        self.events(
            "finished",
            model=str(model),
            steps=manifest["steps"],
            kept_step=manifest["kept_step"],
            validation_loss=loss["after"],
            seconds=round(time.monotonic() - self.began, 1),
            memory_mb=memory_mb(torch.device("cuda" if torch.cuda.is_available() and not self.cpu else "cpu")),
        )
        if loss["before"] is not None and loss["after"] >= loss["before"]:
            self._say("no step reads the validation cases better than the model that it began from")
        self._say(f"kept: step {manifest['kept_step']} of {manifest['steps']}")
        for row in rows:
            self._say(row["sentence"])
        return model

    def _progress(self, stage: str) -> Progress:
        """Says by events how far a stage is, a few times a second at most."""
        last = 0.0

        def report(done: int, of: int) -> None:
            nonlocal last
            now = time.monotonic()
            if done == of or now - last > 0.25:
                last = now
                self.events("stage", stage=stage, done=done, of=of)

        return report

    def _say(self, line: str) -> None:
        if self.show:
            print(line, flush=True)


def _likelihood_first(row: dict[str, Any]) -> bool:
    return bool(row["metric"] == SCANMATCH)


def _minutes(request: FineTuneRequest) -> float | None:
    """Minutes of the budget; ``MINUTES`` where nothing else is said."""
    if request.steps is not None or request.minutes is not None or {"steps", "passes"} & set(request.settings):
        return request.minutes
    return MINUTES


def _checked(base: Path) -> ModelInfo:
    """What is known of the model to begin from. Raises ModelFolderInvalid where it is not whole."""
    if not base.is_dir():
        raise ModelFolderInvalid(f"{base}: there is no such folder; name one that holds {WEIGHTS} and {CONFIG}")
    check_files(base)
    return read_model_info(base)


def _write_model(folder: Path, base: Path, best: Path, *, simulated: bool) -> None:
    """The weights of the checkpoint ``best`` in the precision that ``base`` is kept in, with ``base``'s configuration
    and processor byte for byte. What learnt from simulated readings says so from then on."""
    tensors, before = (current_names(load_file(place / WEIGHTS)) for place in (best, base))
    for name in tensors:
        tensors[name] = tensors[name].to(before[name].dtype).contiguous()
        if not torch.isfinite(tensors[name]).all():
            raise TrainingDiverged(f"{name} is too large for the precision that the model is kept in: lower the rates")
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    shutil.copyfile(base / PROCESSOR, folder / PROCESSOR)
    shutil.copyfile(base / CONFIG, folder / CONFIG)
    config = json.loads((base / CONFIG).read_text())
    if simulated and not config["simulated"]:
        (folder / CONFIG).write_text(json.dumps({**config, "simulated": True}, indent=2, sort_keys=True) + "\n")
