"""How a fine-tuning learns, and for how long: its recipe, and a budget in steps or in minutes that is fixed once.

The recipe was chosen by short trials on the bundled model with 50 to 100 simulated cases. What sees the film, and what
finds the regions and reads the report for them, learnt from far more than the readings of one place. It is left as it
is (``frozen_in_fine_tuning``): with it learning too, the same data were learnt by heart in a third of the passes.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from ml.data.files import write_json
from ml.data.prepared import Subset
from ml.medgaze.modeling import MedGazeModel
from ml.training.batches import Plan, PlannedBatches
from ml.training.optim import paper_optimizer
from ml.training.settings import SettingsError, TrainingSettings, parse_settings

RECIPE: dict[str, Any] = {
    "stage": "vlc", "passes": 15, "batch": 8, "law": "cosine", "warmup": 5, "floor": 0.05, "clip": 1.0,
    "average": 0.98, "patience": 4,
    "optimizer": {
        "slow_rate": 1e-4, "time_rate": 1e-4, "fast_rate": 1e-4, "eps": 1e-8, "weight_decay": 0.01,
        "decay_vectors": False,
    },
}  # fmt: skip
MINUTES = 3.0  # of training, where nothing is said
VALIDATIONS = 15  # and checkpoints, over a run
VALIDATION_SHARE = 0.25  # most of the time that may go into them
TIMED = 3  # steps that are timed, after one that warms up
BUDGET = "budget.json"


@dataclass(frozen=True, slots=True)
class Budget:
    """Steps of a run, fixed when it began."""

    steps: int
    every: int  # steps between checkpoints, and validations
    seconds_a_step: float | None = None  # where it was timed


def recipe(own: dict[str, Any], config: Any, seed: int) -> dict[str, Any]:
    """``RECIPE`` with the fields of ``own`` (a YAML file's) in place of its own, checked.

    Raises:
        SettingsError: a field is wrong, or speaks of what the saved model has decided.
    """
    if "model" in own:
        raise SettingsError("model: the saved model decides what it is (--from); leave this field out")
    if own.get("stage", "vlc") != "vlc":
        raise SettingsError(f"stage is {own['stage']!r}: fine-tuning is stage vlc; leave this field out")
    fields = {**RECIPE, **own, "model": {"preset": config.preset}, "seed": seed}
    optimizer = own.get("optimizer", {})
    if isinstance(optimizer, dict):
        fields["optimizer"] = {**RECIPE["optimizer"], **optimizer}
    if "steps" in own and "passes" not in own:
        del fields["passes"]
    parse_settings({**fields, "save_every": 1, "validate_every": 1}, "settings")
    return fields


def settings_of(fields: dict[str, Any], budget: Budget, *, validated: bool) -> TrainingSettings:
    """The settings of a run within its budget."""
    fields = {**fields, "steps": budget.steps}
    fields.pop("passes", None)
    fields.setdefault("save_every", budget.every)
    fields.setdefault("keep", 1)
    fields.setdefault("log_every", max(1, budget.steps // 200))
    if validated:
        fields.setdefault("validate_every", fields["save_every"])
    else:
        fields |= {"validate_every": None, "patience": None}
    return parse_settings(fields, "settings")


def freeze(model: MedGazeModel) -> MedGazeModel:
    """The model, whose :attr:`MedGazeModel.frozen_in_fine_tuning` learns nothing."""
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(not name.startswith(model.frozen_in_fine_tuning))
    return model


def budget_of(
    run: Path, base: Path, fields: dict[str, Any], train: Subset, validate: Subset | None, *,
    steps: int | None, minutes: float | None, cpu: bool,
) -> Budget:  # fmt: skip
    """The budget that ``run`` was begun with; else the one that is asked for, written down before the first step.

    ``steps`` as they are; ``minutes``: as many steps as fit, timed on this machine now, and no more than the recipe's
    passes, after which a small set is only learnt by heart. Neither: the steps or passes of the settings where they
    name some, else ``MINUTES``.
    """
    path = run / BUDGET
    if path.is_file():
        return Budget(**json.loads(path.read_text()))
    batch = min(int(fields["batch"]), len(train)) * int(fields.get("accumulate", 1))
    most = int(fields["steps"]) if "steps" in fields else max(1, round(fields["passes"] * len(train) / batch))
    validations, step_s = VALIDATIONS, None
    if steps is None:
        steps = most
        if minutes is not None:
            step_s, validation_s = _timed(base, fields, train, validate, cpu=cpu)
            seconds = 60 * minutes
            if validation_s:
                validations = max(1, min(VALIDATIONS, int(VALIDATION_SHARE * seconds / validation_s)))
            steps = max(1, min(most, int((seconds - validations * validation_s) / step_s)))
    found = Budget(steps, max(1, -(-steps // validations)), step_s)
    write_json(path, asdict(found))
    return found


def _timed(
    base: Path, fields: dict[str, Any], train: Subset, validate: Subset | None, *, cpu: bool
) -> tuple[float, float]:  # fmt: skip
    """Seconds that a step takes, and a validation: the run's own first batches, on a model that is thrown
    away."""
    device = torch.device("cuda" if torch.cuda.is_available() and not cpu else "cpu")
    model = freeze(MedGazeModel.from_pretrained(base))
    torch.nn.Module.to(model, device)
    model.train()
    settings = settings_of(fields, Budget(TIMED + 1, 1), validated=False)
    optimizer = paper_optimizer(model, settings.optimizer)
    plan = Plan(len(train), settings.batch, (TIMED + 1) * settings.accumulate, seed=settings.seed)
    taken: list[float] = []
    for index in PlannedBatches(plan, 0):
        began = time.perf_counter()
        loss = model(**{name: value.to(device) for name, value in train.batch(index).items()}).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        taken.append(time.perf_counter() - began)
    step_s = sorted(taken[settings.accumulate :])[TIMED * settings.accumulate // 2] * settings.accumulate
    validation_s = 0.0
    if validate is not None:
        index = list(range(min(settings.batch, len(validate))))
        began = time.perf_counter()
        with torch.no_grad():
            model.train(False)
            model(**{name: value.to(device) for name, value in validate.batch(index).items()})
        validation_s = (time.perf_counter() - began) * len(validate) / len(index)
    return max(step_s, 1e-4), validation_s
