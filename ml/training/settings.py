"""All settings of a training run, in one YAML file, checked before anything heavy starts.

A file names the stage, the model and how it learns::

    stage: vlc
    model: {preset: paper, max_text_tokens: 32}
    optimizer: {slow_rate: 1.0e-6}
    passes: 1000

Left-out settings have the defaults below. Those that come with the program lie in ``ml/configs`` and are named without
path and suffix (``vlc-paper``). What is wrong is said by field, with what is allowed; an unknown name with its nearest.
"""

from __future__ import annotations

import dataclasses
import difflib
from dataclasses import field
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

CONFIGS = Path(__file__).parents[1] / "configs"
STRICT = ConfigDict(extra="forbid")

Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, lt=1)]


class SettingsError(ValueError):
    """A settings file says something that cannot be; each line of the message names one field."""


@dataclass(frozen=True, config=STRICT)
class OptimizerSettings:
    """AdamW in three groups; the defaults are the published ones for stage 2."""

    slow_rate: Positive = 1e-6  # encoder, small backbone, MedFormer, projection into the language model, stop head
    time_rate: Positive = 2e-6  # duration heads
    fast_rate: Positive = 1e-4  # everything else: decoder, place heads, queries, first-fixation projection
    betas: tuple[Share, Share] = (0.9, 0.98)  # decay of the two running means of the gradient
    eps: Positive = 1e-9  # added to the root of the second one
    weight_decay: Annotated[float, Field(ge=0)] = 1e-4  # pull towards zero
    decay_vectors: bool = True  # biases, norms and embeddings of one row are pulled too


@dataclass(frozen=True, config=STRICT)
class TrainingSettings:
    """One run of one stage."""

    stage: Literal["vr2", "vlc"]  # vr2: films and reports, before any gaze; vlc: gaze
    model: dict[str, Any]  # preset, and fields of MedGazeConfig that differ from it, by their flat names
    steps: Count | None = None  # optimiser steps; give this or passes
    passes: Positive | None = None  # times every case is seen; give this or steps
    batch: Count = 32  # cases a device sees at once; in stage 1 also the pool of wrong pairs
    accumulate: Count = 1  # batches a device sees before the optimiser steps
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)
    law: Literal["constant", "cosine"] = "constant"  # how rates go after the warm-up
    warmup: Annotated[int, Field(ge=0)] = 0  # steps of linear rise of all rates
    warmup_from: Share = 0.0  # share of the rates the rise begins at
    floor: Annotated[float, Field(ge=0, le=1)] = 0.0  # share of the rates the cosine ends at
    clip: Positive | None = None  # largest norm of the gradient; null: not clipped
    average: Share | None = None  # decay of an exponential average of the weights, which is what is kept; null: none
    precision: Literal["float32", "bfloat16"] = "float32"  # bfloat16: where PyTorch deems it safe
    seed: Annotated[int, Field(ge=0)] = 42  # of first weights, order of cases, dropout and samples
    save_every: Count = 500  # steps between checkpoints
    keep: Count = 2  # checkpoints kept beside the best one
    validate_every: Count | None = None  # steps between looks at the validation cases; a multiple of save_every
    patience: Count | None = None  # looks without a better validation loss before the run ends; null: never
    log_every: Count = 20  # steps between lines of the log
    loaders: Annotated[int, Field(ge=0)] = 0  # processes that make batches ahead
    text_tokens: Annotated[int, Field(ge=2, le=64)] = 32  # words of a report that stage 1 reads

    def __post_init__(self) -> None:
        if (self.steps is None) == (self.passes is None):
            raise ValueError("give steps or passes, and not both")
        if self.validate_every is not None and self.validate_every % self.save_every:
            raise ValueError(
                f"validate_every is {self.validate_every}: must be a multiple of save_every ({self.save_every}), "
                "so that the best weights are there to be kept"
            )
        if self.patience is not None and self.validate_every is None:
            raise ValueError("patience needs validate_every: without validation nothing says when to stop")

    def config(self, **changes: Any) -> Any:
        """The :class:`ml.medgaze.config.MedGazeConfig` of ``model``."""
        return model_config({**self.model, **changes})

    def steps_for(self, cases: int, devices: int = 1) -> int:
        """Optimiser steps on that many training cases."""
        if self.steps is not None:
            return self.steps
        assert self.passes is not None
        return max(1, round(self.passes * cases / (self.batch * self.accumulate * devices)))


def load_settings(name: str | Path, **changes: Any) -> TrainingSettings:
    """Settings from a YAML file, or those called so in ``ml/configs``; ``changes`` replace fields of the top level."""
    return parse_settings({**read_settings(name), **changes}, _file(name).name)


def read_settings(name: str | Path) -> dict[str, Any]:
    """The fields of such a file, as yet unchecked."""
    path = _file(name)
    try:
        content = yaml.safe_load(path.read_text())
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise SettingsError(f"{path.name} is no YAML: {error}") from error
    if not isinstance(content, dict):
        raise SettingsError(f"{path.name}: holds no fields; the first one is 'stage: vr2' or 'stage: vlc'")
    return content


def _file(name: str | Path) -> Path:
    """Where settings of that name lie."""
    path = Path(name)
    if not path.suffix and not path.exists():
        path = CONFIGS / f"{name}.yaml"
        if not path.exists():
            known = sorted(file.stem for file in CONFIGS.glob("*.yaml"))
            raise SettingsError(
                f"no settings called {name!r}{_nearest(str(name), known)}; there are {', '.join(known)}"
            )
    return path


def parse_settings(content: dict[str, Any], name: str = "settings") -> TrainingSettings:
    """Check a mapping; ``name`` stands in front of each complaint."""
    try:
        settings: TrainingSettings = TypeAdapter(TrainingSettings).validate_python(content)
    except ValidationError as error:
        raise SettingsError("\n".join(f"{name}: {_complaint(e)}" for e in error.errors())) from error
    try:
        settings.config()
    except ValueError as error:
        raise SettingsError(f"{name}: model: {error}") from error
    return settings


def model_config(fields: dict[str, Any]) -> Any:
    """A preset with fields replaced, each checked by name and type. Raises ``ValueError`` that says what to do."""
    from ml.medgaze.config_layout import ABSENT
    from ml.medgaze.presets import PRESETS

    fields = dict(fields)
    name = fields.pop("preset", None)
    if name not in PRESETS:
        raise ValueError(f"preset is {name!r}{_nearest(str(name), list(PRESETS))}; choose one of {', '.join(PRESETS)}")
    types = PRESETS[name]().flat_types()
    for key, value in fields.items():
        if key not in types and (key, value) in ABSENT.items():
            continue
        if key not in types:
            raise ValueError(f"{key} is no field of a model{_nearest(key, list(types))}")
        try:
            fields[key] = TypeAdapter(types[key]).validate_python(value)
        except ValidationError as error:
            raise ValueError(f"{key} is {value!r}: {_plain(error.errors()[0]['msg'])}") from error
    return PRESETS[name](**fields)


def _complaint(error: Any) -> str:
    """One complaint of pydantic in our words."""
    place = [str(part) for part in error["loc"]]
    if error["type"] == "unexpected_keyword_argument":
        owner = OptimizerSettings if place[0] == "optimizer" else TrainingSettings
        known = [f.name for f in dataclasses.fields(owner)]
        return f"{'.'.join(place)} is no setting{_nearest(place[-1], known)}"
    if error["type"] in {"missing", "missing_argument"}:
        return f"{'.'.join(place)} is missing"
    if not place:
        return _plain(error["msg"])
    return f"{'.'.join(place)} is {error['input']!r}: {_plain(error['msg'])}"


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ").replace("Input should be", "must be")


def _nearest(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""
