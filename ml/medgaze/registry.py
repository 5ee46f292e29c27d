"""What other rooms add to the core, by name and import path. It is imported when it is asked for, so that the core
builds and opens such models without knowing them.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

CONFIGS = {"grounding": "ml.demo.config:DemoConfig"}  # a part that the core's configuration lacks -> who has it
PRESETS = {"demo": "ml.demo.presets:demo"}


def find(path: str) -> Any:
    """``module:name``."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)
