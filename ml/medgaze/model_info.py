"""What is known of a saved model without opening it: for pages, keys of predictions and the registry. No torch here.

A model folder holds ``model.safetensors``, ``config.json``, ``processor_config.json`` and, once somebody has trained
and judged it, ``manifest.json`` (:func:`write_manifest`).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ml.medgaze.assets import file_sha256
from ml.medgaze.config_layout import flat

WEIGHTS, CONFIG, MANIFEST, CARD = "model.safetensors", "config.json", "manifest.json", "README.md"
PROCESSOR = "processor_config.json"
ABOUT_SAVING = ("transformers_version", "architectures", "dtype")  # of CONFIG: change no reading


class ModelFolderInvalid(ValueError):
    """The folder is no saved model, or its manifest speaks of other weights."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model version. ``scores`` and ``baselines`` are as the evaluation wrote them: metric name to number or
    table.
    """

    name: str
    sha256: str  # of the weights, configuration and processor: names the version
    weights_sha256: str  # of model.safetensors
    preset: str
    simulated: bool  # learnt from simulated readings: say so wherever it shows
    size_bytes: int
    max_fixations: int
    max_text_tokens: int
    num_modes: int
    decode: str
    language: str | None  # reference of the frozen language model
    backbone: str | None  # reference of the frozen backbone
    decode_temperature: float = 1.0  # 0: every seed gives the same reading
    scores: dict[str, Any] = field(default_factory=dict)
    baselines: dict[str, Any] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)  # everything else in the manifest


def read_model_info(folder: str | Path) -> ModelInfo:
    """Read a model folder; the weights are hashed once and again only when the file changes."""
    folder = Path(folder)
    weights, config_file = folder / WEIGHTS, folder / CONFIG
    if not weights.is_file() or not config_file.is_file():
        raise ModelFolderInvalid(f"{folder} holds no {WEIGHTS if config_file.is_file() else CONFIG}")
    config = flat(json.loads(config_file.read_text()))
    if config.get("model_type") != "medgaze":
        raise ModelFolderInvalid(f"{folder} holds a {config.get('model_type')!r} model, not a MedGaze one")
    manifest: dict[str, Any] = {}
    if (folder / MANIFEST).is_file():
        manifest = json.loads((folder / MANIFEST).read_text())
    sha256 = file_sha256(weights)
    processor = json.loads((folder / PROCESSOR).read_text()) if (folder / PROCESSOR).is_file() else {}
    if manifest.get("sha256", sha256) != sha256:
        raise ModelFolderInvalid(f"{folder}: {MANIFEST} speaks of other weights ({manifest['sha256'][:12]}…)")
    known = {"name", "sha256", "scores", "baselines"}
    return ModelInfo(
        name=str(manifest.get("name", folder.name)),
        sha256=_version(sha256, config, processor),
        weights_sha256=sha256,
        preset=config["preset"],
        simulated=bool(config["simulated"]),
        size_bytes=weights.stat().st_size,
        max_fixations=config["max_fixations"],
        max_text_tokens=config["max_text_tokens"],
        num_modes=config["num_modes"],
        decode=config["decode"],
        language=None if config["fusion"] == "vision" else config["language_reference"],
        backbone=config["backbone_reference"],
        decode_temperature=config["decode_temperature"],
        scores=dict(manifest.get("scores", {})),
        baselines=dict(manifest.get("baselines", {})),
        notes={key: value for key, value in manifest.items() if key not in known},
    )


def check_files(folder: str | Path) -> None:
    """Whether a model folder is complete and its weights are safetensors to the last byte. Only the header is read.

    Raises:
        ModelFolderInvalid: with the reason.
    """
    from safetensors import SafetensorError, safe_open

    folder = Path(folder)
    for name in (WEIGHTS, CONFIG, PROCESSOR):
        if not (folder / name).is_file():
            raise ModelFolderInvalid(f"{folder} holds no {name}")
    try:
        with safe_open(folder / WEIGHTS, framework="numpy") as weights:
            if not list(weights.keys()):
                raise ModelFolderInvalid(f"{folder / WEIGHTS} holds no weights")
    except SafetensorError as error:
        raise ModelFolderInvalid(f"{folder / WEIGHTS} is no safetensors file, or cut short ({error})") from error


def _version(weights_sha256: str, config: dict[str, Any], processor: dict[str, Any]) -> str:
    """The same weights decoded by another rule, or shown films in another way, are another version.

    ``config`` in its flat layout, so that the layout of the file makes no other version.
    """
    fields = {key: value for key, value in config.items() if key not in ABOUT_SAVING}
    return hashlib.sha256(json.dumps([weights_sha256, fields, processor], sort_keys=True).encode()).hexdigest()


def described(info: ModelInfo) -> list[str]:
    """What a card begins with: Markdown lines."""
    learnt = "**It learnt from simulated readings only.**" if info.simulated else "It learnt from recorded readings."
    modes = "one mode" if info.num_modes == 1 else f"{info.num_modes} modes"
    parts = {"language model": info.language, "backbone": info.backbone}
    frozen = ", ".join(f"{part} `{name}`" for part, name in parts.items() if name)
    lines = [
        f"A MedGaze model (preset `{info.preset}`): predicts how a radiologist would look at a chest film, given its",
        f"report. {learnt} For training and research, not for diagnosis.",
        "",
        f"- version `{info.sha256[:12]}`, {info.size_bytes / 1e6:.1f} MB",
        f"- at most {info.max_fixations} fixations, {modes}, decoding rule `{info.decode}`",
        f"- reads {info.max_text_tokens} tokens of the report" if info.language else "- reads no report",
    ]
    lines += [f"- frozen parts, referenced and not included: {frozen}"] if frozen else []
    if info.language and "/opt-" in info.language:
        lines.append("- **OPT's licence is for non-commercial research**, and binds whoever runs this model with it")
    return lines


def write_manifest(
    folder: str | Path, *, name: str, scores: dict[str, Any], baselines: dict[str, Any], **notes: Any
) -> ModelInfo:
    """Write ``manifest.json`` for the weights that lie in the folder now (its ``sha256`` is theirs) and read all of it
    back.
    """
    folder = Path(folder)
    content = {"name": name, "sha256": file_sha256(folder / WEIGHTS), "scores": scores, "baselines": baselines, **notes}
    (folder / MANIFEST).write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")
    return read_model_info(folder)
