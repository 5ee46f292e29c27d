"""The file that marks a tree of simulated data, whatever its layout, so that no reader takes it for patients' data."""

from __future__ import annotations

from pathlib import Path

MARKER = "SIMULATED.md"
SIMULATED_SITE = "simulated"


def is_simulated(root: Path) -> bool:
    """Whether ``python -m ml simulate`` wrote this tree."""
    return (root / MARKER).exists()
