"""What the README shows must run as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parent.parent


def test_the_ten_lines_of_the_readme_print_a_reading(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    light = np.hypot(*np.mgrid[-1:1:300j, -1:1:260j])
    Image.fromarray((255 * (1 - light / 1.5)).astype(np.uint8)).save(tmp_path / "film.png")
    script = code.replace('"film.png"', repr(str(tmp_path / "film.png")))
    printed = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert re.fullmatch(r"( *\d+\.\d\d s  x [01]\.\d\d  y [01]\.\d\d  for \d+\.\d\d s\n)+", printed)
