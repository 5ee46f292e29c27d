"""One training run from settings and prepared data to a model folder. Called again, it goes on where it stopped."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

from transformers import PreTrainedModel

from ml.data.files import whole_folder, write_json
from ml.data.prepared import INDEX, PreparedSet, load_prepared
from ml.medgaze.assets import file_sha256
from ml.medgaze.config import MedGazeConfig
from ml.medgaze.model_info import CONFIG
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.processing import MedGazeProcessor
from ml.medgaze.vr2 import VR2Model
from ml.training.batches import Cases, Chosen, Pairs, Readings
from ml.training.settings import TrainingSettings
from ml.training.stage1 import Stage1Report, load_stage1_tensors
from ml.training.trainer import STATE, TRAINING, MedGazeTrainer, best_checkpoint

FREE = {"keep", "log_every", "loaders"}  # settings that may change in the middle of a run: they change no weight


class RunRefused(ValueError):
    """The run cannot begin or go on; the message says why and what to do."""


def train(
    settings: TrainingSettings,
    data: Path,
    run: Path,
    *,
    stage1: Path | None = None,
    readings: Readings | None = None,
    show: bool = True,
    cpu: bool = False,
) -> Path:
    """Train on ``data/train`` (validate on ``data/validate`` where it is), write ``run/model``, return its path.

    ``stage1``: a model folder whose encoder, projection and MedFormer, as far as it has them, are taken over, and said
    with ``show``; a stage-1 model's, or for stage 1 another's to begin from.
    ``readings``: learn from and validate on these alone. What the run was asked for and did is in ``run/run.json`` and
    ``model/training.json``.
    """
    config: MedGazeConfig = settings.config()
    sets = {
        name: load_prepared(data / name, config) for name in ("train", "validate") if (data / name / INDEX).exists()
    }
    if "train" not in sets:
        load_prepared(data / "train")  # says what is wrong
    training, validation = sets["train"], sets.get("validate")
    if settings.patience is not None and validation is None:
        raise RunRefused(f"patience needs validation cases: {data} has no prepared 'validate'")
    config.simulated = any(case.simulated for case in training.cases) or _simulated(stage1)
    model: PreTrainedModel
    if settings.stage == "vr2":
        model, processor = VR2Model.build(config, seed=settings.seed), None
    else:
        model, processor = MedGazeModel.build(config, seed=settings.seed), MedGazeProcessor.from_config(config)
    report = None if stage1 is None else load_stage1_tensors(model, stage1)
    record = {
        "settings": dataclasses.asdict(settings),
        "data": {name: part.sha256 for name, part in sets.items()},
        "stage1": None if stage1 is None else _stage1_record(stage1, report),
        "readings": None if readings is None else str(readings),
    }
    trainer = MedGazeTrainer(
        model, settings, run, _cases(settings, training, readings),
        None if validation is None else _cases(settings, validation, readings), processor=processor, show=show, cpu=cpu,
    )  # fmt: skip
    if report is not None and show and trainer.args.should_save:
        print(report, flush=True)
    claim(run, record, trainer.args.world_size, write=trainer.args.should_save)
    trainer.accelerator.wait_for_everyone()
    trainer.resume_or_begin()
    if trainer.args.should_save:
        _keep_best(run, record)
    trainer.accelerator.wait_for_everyone()
    return run / "model"


def _cases(settings: TrainingSettings, prepared: PreparedSet, readings: Readings | None) -> Cases:
    if settings.stage == "vr2":
        return Pairs(prepared, settings.text_tokens)
    cases = Chosen.of(prepared, readings)
    if not len(cases):
        which = "" if readings is None else f" {readings}"
        raise RunRefused(f"no case in {prepared.folder} has a reading{which}: stage 2 learns from gaze")
    return cases


def claim(run: Path, record: dict[str, Any], devices: int, *, write: bool) -> None:
    """Write ``run.json``, or check that the run there was asked for the same."""
    path, record = run / "run.json", {**record, "devices": devices}
    if path.exists():
        there = json.loads(path.read_text())
        now = json.loads(json.dumps(record))
        for name in FREE:
            there["settings"].pop(name, None)
            now["settings"].pop(name, None)
        flat_there, flat_now = _flat(there), _flat(now)
        names = [name for name in sorted(flat_there | flat_now) if flat_there.get(name) != flat_now.get(name)]
        if names:
            name = names[0]
            raise RunRefused(
                f"{run} holds another run: {', '.join(names)} differ ({name} was {flat_there.get(name)!r}, is now "
                f"{flat_now.get(name)!r}). Give another folder, or the same settings to go on"
            )
    elif write:
        write_json(path, record)


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in tree.items():
        out |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return out


def _simulated(stage1: Path | None) -> bool:
    """Whether what is taken over learnt from simulated films, as far as its folder says."""
    folder = stage1 if stage1 is None or stage1.is_dir() else stage1.parent
    config = None if folder is None else folder / CONFIG
    return config is not None and config.is_file() and bool(json.loads(config.read_text()).get("simulated"))


def _stage1_record(path: Path, report: Stage1Report | None) -> dict[str, Any]:
    file = path / "model.safetensors" if path.is_dir() else path
    lists = {} if report is None else dataclasses.asdict(report)
    return {"sha256": file_sha256(file), **{name: list(value) for name, value in lists.items()}}


def _keep_best(run: Path, record: dict[str, Any]) -> None:
    """``run/model``: the best validated checkpoint, the newest where nothing was validated, without training state."""
    best, outcome = best_checkpoint(run)
    if (run / "model" / "training.json").exists():
        return
    with whole_folder(run / "model") as folder:
        for file in best.iterdir():
            if file.name not in {TRAINING, STATE}:
                shutil.copy2(file, folder / file.name)
        write_json(folder / "training.json", {**record, **outcome})
