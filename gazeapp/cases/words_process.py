"""`python -m gazeapp.cases.words_process`: the text detector, warm. It sees grey bytes that the sandbox made, no file
of anyone's.

Kept apart from the workers because its runtime brings threads and some 200 MB; the web process never starts it.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

from gazeapp.cases.sandbox.lines import requests

ADDRESS_SPACE = 4 * 1024**3  # bytes; it reserves far more than it uses
SIDE = 1024  # px; looks come no larger


def load() -> Any:
    """The detector with the weights that lie inside the package; nothing is fetched."""
    from rapidocr import RapidOCR

    threads = min(2, os.cpu_count() or 1)
    engine = RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": SIDE,
            "Det.limit_type": "max",
            "Det.limit_side_len": SIDE,
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    engine._load_det_model()  # type: ignore[no-untyped-call]
    engine._load_rec_model()  # type: ignore[no-untyped-call]
    return engine


def find(engine: Any, path: str, height: int, width: int) -> list[tuple[str, float]]:
    import numpy as np

    grey = np.frombuffer(Path(path).read_bytes(), dtype=np.uint8).reshape(height, width)
    found = engine(np.dstack([grey] * 3), use_cls=False)
    if found.txts is None:
        return []
    return [(str(text), float(score)) for text, score in zip(found.txts, found.scores, strict=True)]


def serve() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints must not look like an answer
    engine = load()
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for request in requests():
        found = [pair for path, height, width in request["looks"] for pair in find(engine, path, height, width)]
        print(json.dumps({"found": found}), file=answers, flush=True)


if __name__ == "__main__":
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve()
