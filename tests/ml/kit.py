"""What the tests of the model share: tiny configurations, batches and films made from a seed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from ml.demo.config import DemoConfig
from ml.medgaze.config import MedGazeConfig
from ml.medgaze.config_layout import PARTS
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.presets import preset
from ml.medgaze.processing import MedGazeProcessor
from ml.medgaze.weight_names import FORMER


def tiny_config(**fields: Any) -> MedGazeConfig:
    """The published chain in miniature; with a grounding where a field of it is given."""
    grounding = {name: fields.pop(name) for name in PARTS["grounding"].values() if name in fields}
    config = preset("tiny", **fields)
    return DemoConfig(**{**config.to_dict(), **grounding}) if grounding else config


def likelihood_config(**fields: Any) -> MedGazeConfig:
    """The improvements in miniature: report read alone, mixture, log-normal durations, hazard stop, medoid."""
    return tiny_config(
        **{
            "fusion": "joint",
            "joint_layers": 1,
            "medformer": "none",
            "language_reference": "random:tiny-bert",
            "max_text_tokens": 48,
            "mask_text_padding": True,
            "memory_positions": "learned",
            "letterbox": True,
            "fixation_space": 1.0,
            "coordinate_margin": 0.0,
            "encoder_positions": True,
            "force_centre": False,
            "num_modes": 3,
            "mode_temperature": 0.2,
            "coordinate_law": "pointer",
            "duration_law": "lognormal",
            "correlated_coordinates": True,
            "logvar_bounds": [-8.0, 4.0],
            "stop_law": "hazard",
            "loss": "nll",
            "decode": "medoid",
            "decode_samples": 8,
            "encoder_dropout": 0.0,
            "decoder_dropout": 0.0,
            "fusion_dropout": 0.0,
            "output_dropout": 0.0,
            **fields,
        },
    )


def autoregressive_config(**fields: Any) -> MedGazeConfig:
    """The autoregressive decoder in miniature."""
    return likelihood_config(
        **{"decoder": "autoregressive", "num_modes": 1, "mode_temperature": 0.0, "region_match": 3, **fields}
    )


def batch(
    config: MedGazeConfig, cases: int = 2, readings: int = 2, tokens: int | None = None
) -> dict[str, torch.Tensor]:
    """Seeded inputs of ``MedGazeModel.forward``: the last reading of the last case is empty where there is more than
    one.
    """
    source = torch.Generator().manual_seed(1)
    side, slots = config.vision.image_size, config.decoder.max_fixations
    tokens = tokens or config.language.max_text_tokens
    mask = torch.ones(cases, readings, slots)
    mask[:, 0, slots // 2 :] = 0
    if readings > 1:
        mask[-1, -1] = 0
    return {
        "pixel_values": torch.randn(cases, config.vision.image_channels, side, side, generator=source),
        "input_ids": torch.randint(5, 200, (cases, tokens), generator=source),
        "attention_mask": torch.ones(cases, tokens, dtype=torch.long),
        "fixations": torch.rand(cases, readings, slots, 3, generator=source),
        "fixation_mask": mask,
    }


def without_fixations(inputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: value for name, value in inputs.items() if not name.startswith("fixation")}


def save_model(folder: Path, config: MedGazeConfig, seed: int = 0) -> Path:
    """Build, save with the processor, return the folder."""
    MedGazeModel.build(config, seed=seed).save_pretrained(folder)
    MedGazeProcessor.from_config(config).save_pretrained(folder)
    return folder


def in_former_names(file: Path) -> None:
    """Rewrite a weights file, of a model or a training, as earlier versions did."""
    name = re.compile(
        "(^|(?<=^model.)|(?<=^average.)|(?<=^weights.))(" + "|".join(map(re.escape, FORMER.values())) + ")"
    )
    today = {now: former for former, now in reversed(FORMER.items())}
    tensors = {name.sub(lambda found: today[found[2]], key): value for key, value in load_file(file).items()}
    save_file(tensors, file, metadata={"format": "pt"})


def film(width: int = 60, height: int = 40, seed: int = 0) -> NDArray[Any]:
    """A 12-bit noise film with a bright square off the centre."""
    pixels = np.random.default_rng(seed).integers(0, 2000, (height, width))
    pixels[height // 4 : height // 2, width // 4 : width // 2] += 2000
    return pixels.astype(np.uint16)
