"""The preset ``demo``: the bundled model."""

from __future__ import annotations

from typing import Any

from ml.demo import targets
from ml.demo.config import DemoConfig
from ml.medgaze.presets import SMALL
from ml.simulator.regions import REGIONS


def demo(**overrides: Any) -> DemoConfig:
    """``small`` with a grounding in the simulator's regions and findings; shorter readings, a medoid of more draws."""
    fields: dict[str, Any] = {
        "preset": "demo",
        "max_fixations": 32,
        "encoder_positions": False,  # what a place is must not depend on where it is
        "joint_layers": 1,
        "decode_samples": 40,
        "decode_temperature": 0.85,
        "region_match": len(REGIONS),
        "finding_match": len(targets.GROUPS),
        "aux_landmarks": targets.LANDMARKS,
        "aux_gaze_map": True,
    }
    return DemoConfig(**{**SMALL, **fields, **overrides})
