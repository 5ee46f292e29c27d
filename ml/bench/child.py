"""Each measurement in a process of its own, so that peaks of memory are true and nothing warms another's caches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from ml.bench.clock import Figures
from ml.bench.measure import Spec, measure
from ml.bench.subjects import TooLarge
from ml.medgaze.machine import limit_spinning

ROOT = Path(__file__).resolve().parent.parent.parent


def in_child(spec: Spec) -> Figures:
    """:func:`measure` in a new process; ``left_out`` says why where it could not be done."""
    command = [sys.executable, "-m", "ml.bench.child", json.dumps(asdict(spec))]
    environ = dict(os.environ)
    limit_spinning(environ)
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        result: Figures = json.loads(done.stdout.splitlines()[-1])
        return result
    last = (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
    return {"model": spec.model, "precision": spec.precision, "left_out": last}


def main() -> None:
    spec = Spec(**json.loads(sys.argv[1]))
    try:
        result = measure(spec)
    except TooLarge as error:
        result = {"model": spec.model, "precision": spec.precision, "left_out": str(error)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
