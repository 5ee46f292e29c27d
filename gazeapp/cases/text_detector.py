"""`python -m gazeapp.cases.text_detector`: the text detector, warm. It sees grey bytes that the sandbox made, no file
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

from gazeapp.core.sandbox.json_lines import requests

ADDRESS_SPACE = 4 * 1024**3  # bytes; it reserves far more than it uses
SIDE = 1024  # px; looks come no larger
# How sure of a box the net must be, 0 to 1, in the plain look (its own default) and in the look at details, where next
# to nothing but writing makes it see text.
BOX_SCORES = (0.5, 0.3)
LOWEST, TALLEST = 0.008, 0.2  # of a box, as shares of the look's longest side: reading what is none costs the time


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


def find(engine: Any, path: str, height: int, width: int, box_score: float) -> list[dict[str, Any]]:
    """Every box of text: what was read in it (nothing, where it could not be), how surely, and its long and short
    side as shares of the look's longest."""
    import numpy as np

    image = np.dstack([np.frombuffer(Path(path).read_bytes(), dtype=np.uint8).reshape(height, width)] * 3)
    boxes = engine(image, use_det=True, use_cls=False, use_rec=False, box_thresh=box_score).boxes
    if boxes is None or len(boxes) == 0:
        return []
    sides = np.linalg.norm(boxes[:, 1:3] - boxes[:, 0:2], axis=2) / max(height, width)  # along the top, down the right
    legible = (sides.min(axis=1) >= LOWEST) & (sides.min(axis=1) <= TALLEST)
    boxes, sides = boxes[legible], sides[legible]
    if len(boxes) == 0:
        return []
    read = engine.recognize_txt(engine.crop_text_regions(image, boxes))
    return [
        {"text": str(text), "sure": float(sure), "long": float(max(pair)), "short": float(min(pair))}
        for text, sure, pair in zip(read.txts, read.scores, sides, strict=True)
    ]


def serve() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints must not look like an answer
    engine = load()
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for request in requests():
        looks = zip(request["looks"], BOX_SCORES, strict=True)
        found = [find(engine, path, height, width, score) for (path, height, width), score in looks]
        print(json.dumps({"found": found}), file=answers, flush=True)


if __name__ == "__main__":
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve()
