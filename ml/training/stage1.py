"""Taking over what stage 1 (VR2) learnt: encoder, projection, small backbone and MedFormer's query path.

A stage-1 file is safetensors, its names flat (``vision.layers.0…``) or nested under ``model``
(``model.vision.layers.0…``), as the LAVIS family writes them. What belongs to stage 1 alone (its heads, the text
branch) is listed, not loaded. Nothing loaded at all is an error: the published code read such files with
``strict=False`` and most likely loaded nothing, in silence.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

if TYPE_CHECKING:
    from transformers import PreTrainedModel

TRANSFERRED = ("backbone.", "vision.", "medformer.")  # parts of MedGazeModel that stage 1 trains


class Stage1Mismatch(ValueError):
    """The file is not a stage-1 checkpoint of this model."""


@dataclass(frozen=True, slots=True)
class Stage1Report:
    """Names of tensors: taken over, of ours but absent from the file, and of the file but of no use here."""

    matched: tuple[str, ...]
    missing: tuple[str, ...]
    unused: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"stage 1: {_counted(self.matched)} tensors taken over; not in the file and begun anew: "
            f"{_counted(self.missing)}; in the file and of no use here: {_counted(self.unused)}"
        )


def _counted(names: tuple[str, ...]) -> str:
    """How many, and how many of each part of the model."""
    parts = Counter(name.partition(".")[0] for name in names)
    return f"{len(names)} ({', '.join(f'{part} {count}' for part, count in parts.items())})" if names else "0"


def load_stage1_tensors(model: PreTrainedModel, path: Path) -> Stage1Report:
    """Copy every stage-1 tensor whose name and shape fit; raise when none does or one has another shape.

    ``model``: a MedGazeModel, or a VR2Model that begins from another model's encoder.
    """
    file = path / "model.safetensors" if path.is_dir() else path
    if not file.is_file():
        raise Stage1Mismatch(f"no stage-1 checkpoint at {file}")
    try:
        saved = load_file(file)
    except SafetensorError as error:
        raise Stage1Mismatch(
            f"{file.name} is not safetensors; other formats can run code and are not opened"
        ) from error
    saved = _without_nesting(saved)
    own = {name: value for name, value in model.state_dict().items() if name.startswith(TRANSFERRED)}
    matched = sorted(own.keys() & saved.keys())
    if not matched:
        raise Stage1Mismatch(f"{file.name}: none of its {len(saved)} tensors belongs to this model")
    shapes = [name for name in matched if own[name].shape != saved[name].shape]
    if shapes:
        name = shapes[0]
        raise Stage1Mismatch(f"{name} is {tuple(saved[name].shape)} in {file.name}, {tuple(own[name].shape)} here")
    for name in matched:
        own[name].copy_(saved[name])
    return Stage1Report(
        tuple(matched), tuple(sorted(own.keys() - saved.keys())), tuple(sorted(saved.keys() - own.keys()))
    )


def _without_nesting(saved: dict[str, Tensor]) -> dict[str, Tensor]:
    """Drop the ``model.`` (or ``module.``, of wrapped models) in front of names."""
    out = {}
    for name, value in saved.items():
        for prefix in ("model.", "module."):
            name = name.removeprefix(prefix)
        out[name] = value
    return out
