"""Where the command line keeps things unless asked otherwise, and how it writes figures."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
STATE = ROOT / "var"
DEMO = ROOT / "ml" / "weights" / "demo"


def write_figures(result: dict[str, Any], path: Path | None) -> None:
    """Figures as JSON, to a file where one is named and else to the screen."""
    text = json.dumps(result, indent=2, default=dataclasses.asdict)
    if path is None:
        print(text)
    else:
        path.write_text(text + "\n")
