"""In a stack with this folder on PYTHONPATH, `python -m ml train` and `ml gate` are the stand-in of tests/training,
which takes moments and no torch. Every other process is what it always is."""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

if sys.orig_argv[1:3] == ["-m", "ml"] and sys.orig_argv[3:4] in (["train"], ["gate"]):
    program = Path(__file__).resolve().parents[2] / "training" / "program.py"
    sys.argv = [str(program), *sys.orig_argv[3:]]
    code = 0
    try:
        runpy.run_path(str(program), run_name="__main__")
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    sys.stdout.flush()
    os._exit(code)  # an exception here would be an error of Python's start
