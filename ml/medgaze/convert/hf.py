"""A folder that holds all of a model but its frozen parts, which it names with their digests.

The weights are copied byte for byte, so their sha256, which names the version, stays.
"""

from __future__ import annotations

import json
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ml.medgaze.config_layout import flat, place
from ml.medgaze.convert import ConversionRefused
from ml.medgaze.model_info import CARD, CONFIG, WEIGHTS, ModelInfo, described, read_model_info, write_manifest
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.processing import FILE as PROCESSOR

FROZEN = ("language", "backbone")


def to_hf(folder: Path, to: Path, names: dict[str, str] | None = None, licence: str | None = None) -> ModelInfo:
    """Write ``to``; ``names`` replaces references of frozen parts (``language``, ``backbone``), whose digests stay.

    Raises :class:`ConversionRefused` where a reference is a folder of this machine or has no digest.
    """
    info = read_model_info(folder)
    config, processor = (json.loads((folder / name).read_text()) for name in (CONFIG, PROCESSOR))
    fields = flat(config)
    frozen: dict[str, dict[str, str]] = {}
    for part in FROZEN:
        reference, digest = fields.get(f"{part}_reference"), fields.get(f"{part}_sha256")
        if reference is None or (part == "language" and fields["fusion"] == "vision"):
            continue
        reference = (names or {}).get(part, reference)
        if Path(reference).is_absolute() or reference.startswith("."):
            raise ConversionRefused(f"{part} is a folder of this machine: give --{part} NAME as others will find it")
        if digest is None:
            raise ConversionRefused(
                f"the digest of {part} ({reference}) was never taken: load the model and save it again"
            )
        frozen[part] = {"reference": reference, "sha256": digest}
        held, key = place(config, f"{part}_reference")
        held[key] = reference
    if "language" in frozen:
        processor["language_reference"] = frozen["language"]["reference"]
    to.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder / WEIGHTS, to / WEIGHTS)
    for name, content in ((CONFIG, config), (PROCESSOR, processor)):
        (to / name).write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")
    own = folder / CARD
    text = own.read_text() if own.is_file() else _card(info)
    (to / CARD).write_text(text if text.startswith("---\n") else _head(info, licence) + text)
    notes: dict[str, Any] = {**info.notes, "frozen": frozen, "made_with": {"transformers": version("transformers")}}
    written = write_manifest(to, name=info.name, scores=info.scores, baselines=info.baselines, **notes)
    MedGazeModel.from_pretrained(to, frozen=False)  # every tensor there, or an error now rather than at its user's
    return written


def _head(info: ModelInfo, licence: str | None) -> str:
    """The fields a model hub reads."""
    lines = ["---", "library_name: medgaze", "tags:", "- medgaze", "- scanpath", "- chest-x-ray"]
    lines += ["- simulated-data"] if info.simulated else []
    lines += [f"license: {licence}"] if licence else []
    return "\n".join([*lines, "---", "", ""])


def _card(info: ModelInfo) -> str:
    scores = "Scores: `manifest.json`." if info.scores else "No evaluation has been recorded: `evaluate --record` does."
    return "\n".join([f"# {info.name}", "", *described(info), "", scores, ""])
