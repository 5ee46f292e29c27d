"""The two layouts of a model's configuration: nested, as it is used and saved, and flat, as earlier versions saved it.

The flat form is canonical: a model version's name is hashed from it (:mod:`ml.medgaze.model_info`), so that a change of
layout renames no version, and settings files and presets name fields by it. No torch and no transformers here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# part -> its fields -> their names in the flat form; fields of no part have the same name in both
PARTS: dict[str, dict[str, str]] = {
    "vision": {
        name: name
        for name in (
            "see_film", "image_size", "image_channels", "image_mean", "image_std", "letterbox",
            "intensity_percentiles", "backbone", "backbone_reference", "backbone_sha256", "backbone_stride",
            "backbone_width", "cnn_widths", "encoder_layers", "encoder_dropout", "encoder_positions", "medformer",
            "medformer_width", "medformer_layers", "medformer_heads", "medformer_feedforward", "medformer_queries",
            "medformer_dropout", "medformer_vocab_size", "medformer_init",
        )
    },
    "language": {
        "reference": "language_reference", "sha256": "language_sha256", "width": "language_width",
        "dtype": "language_dtype", "max_text_tokens": "max_text_tokens", "report_suffix": "report_suffix",
        "report_parts": "report_parts", "fusion": "fusion", "fusion_dropout": "fusion_dropout",
        "text_first": "text_first", "mask_text_padding": "mask_text_padding", "joint_layers": "joint_layers",
        "pool_report": "pool_report", "grid_memory": "grid_memory", "memory_positions": "memory_positions",
    },
    "decoder": {
        "kind": "decoder", "layers": "decoder_layers", "dropout": "decoder_dropout", "output_dropout": "output_dropout",
        "max_fixations": "max_fixations", "fixation_space": "fixation_space", "force_centre": "force_centre",
        "num_modes": "num_modes", "head_layers": "head_layers", "coordinate_law": "coordinate_law",
        "duration_law": "duration_law", "stop_law": "stop_law", "deterministic": "deterministic",
        "correlated_coordinates": "correlated_coordinates", "logvar_bounds": "logvar_bounds",
    },
    "decoding": {
        "rule": "decode", "samples": "decode_samples", "temperature": "decode_temperature",
        "medoid_order_weight": "medoid_order_weight", "minimum_duration_s": "minimum_duration_s",
    },
    "grounding": {
        "regions": "region_match", "findings": "finding_match", "landmarks": "aux_landmarks",
        "gaze_map": "aux_gaze_map",
    },
}  # fmt: skip
# what the flat form says of fields that a model lacks: those no longer there, and the grounding of a model without
ABSENT: dict[str, Any] = {
    "padding_value": -3.0, "aux_zones": 0, "aux_named": 0, "aux_weight": 1.0,
    "region_match": 0, "finding_match": 0, "aux_landmarks": 0, "aux_gaze_map": False,
}  # fmt: skip
# fields that came later, by name in the flat form, which names them where they say something else
LATER: dict[str, Any] = {"report_parts": "all"}
FORMER_VALUES: dict[str, dict[str, Any]] = {"decoder": {"autoregressive": "walk"}}  # by name in the flat form
PLACES = {name: (part, own) for part, fields in PARTS.items() for own, name in fields.items()}


def flat(config: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a ``config.json`` of either layout in the flat one. What is flat already keeps the fields it has;
    where both layouts name a field, the flat name counts."""
    out: dict[str, Any] = {}
    for part, fields in PARTS.items():
        if isinstance(held := config.get(part), Mapping):
            out = ABSENT | out | {fields[own]: value for own, value in held.items()}
    out |= {name: value for name, value in config.items() if not (name in PARTS and isinstance(value, Mapping))}
    for name, former in FORMER_VALUES.items():
        if name in out:
            out[name] = former.get(out[name], out[name])
    return without_later(out)


def nested(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of either layout in the nested one, a part as a dictionary; where both name a field, the flat name counts.

    What the flat form says of an absent field is dropped, so that a grounding is there only where it does something; so
    is what goes without saying.
    """
    out: dict[str, Any] = {}
    parts = {part: dict(fields[part]) for part in PARTS if isinstance(fields.get(part), Mapping)}
    for name, value in fields.items():
        part, own = PLACES.get(name, ("", name))
        if name in PARTS and isinstance(value, Mapping):
            continue
        if name in ABSENT and value == ABSENT[name] and part not in parts:
            continue
        if part:
            saved = {former: now for now, former in FORMER_VALUES.get(name, {}).items()}
            parts.setdefault(part, {})[own] = saved.get(value, value) if saved else value
        else:
            out[name] = value
    for name, value in LATER.items():
        part, own = PLACES[name]
        if parts.get(part, {}).get(own) == value:
            del parts[part][own]
    return out | parts


def without_later(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of the flat form as they were before those of ``LATER``, where these say what went without saying."""
    return {name: value for name, value in fields.items() if name not in LATER or value != LATER[name]}


def place(config: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    """Where content of either layout has the field of that flat name: the dictionary that holds it, and its key."""
    part, own = PLACES.get(name, ("", name))
    return (config[part], own) if isinstance(config.get(part), Mapping) else (config, name)
