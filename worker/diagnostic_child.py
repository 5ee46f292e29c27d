"""Count to a number, a step at a time, from where an earlier attempt stopped.

`diagnostic_child.py FOLDER STEPS SECONDS`, the child of the diagnostic job `count`. It keeps each step at once: it
stands for a training with a checkpoint a step.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main() -> None:
    folder, steps, seconds = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    kept = folder / "step"
    step = int(kept.read_text()) if kept.exists() else 0
    print(f"from {step} to {steps}", flush=True)
    with (folder / "progress.jsonl").open("a", encoding="utf-8", buffering=1) as progress:
        while step < steps:
            time.sleep(seconds)
            step += 1
            (folder / "next").write_text(str(step))
            (folder / "next").replace(kept)
            progress.write(json.dumps({"step": step, "of": steps}) + "\n")


if __name__ == "__main__":
    main()
