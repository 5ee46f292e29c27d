"""How long a prediction takes on this machine: ``python -m ml.bench [--model FOLDER] [--paper] [--json FILE]``.

Two tables: the demo-sized model end to end, from pixels in memory to a reading (decoding a film's file comes apart,
since it belongs to the ingest), and the full-size published model stage by stage with random weights. Random weights
time like trained ones; the language model's are one block of numbers repeated, because drawing 2.7 billion takes
longer than the bench.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from transformers import AutoConfig, AutoModel

from ml.assets import RANDOM, resolve
from ml.models.backbone import frozen_resnet
from ml.models.language import FrozenLanguageModel
from ml.models.medgaze import MedGazeModel
from ml.predictor import MedGazePredictor
from ml.presets import preset
from ml.processor import MedGazeProcessor
from ml.stages import Stage

REPORT = (
    "The heart is mildly enlarged. There is a small left pleural effusion with adjacent opacity at the left base, "
    "which may be atelectasis or pneumonia. The right lung is clear. No pneumothorax. "
    "The mediastinal contours are unremarkable."
)
BLOCK = 1 << 20  # random numbers that the bench's language model repeats
Rows = list[dict[str, Any]]


def bench_film(width: int = 2048, height: int = 2500) -> NDArray[np.uint16]:
    """A film of a usual size: smooth bright shapes and noise, 12 bit."""
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    light = 1600 + 1500 * np.sin(7 * x) * np.cos(5 * y)
    noisy = light + np.random.default_rng(0).normal(0, 60, light.shape)
    film: NDArray[np.uint16] = noisy.clip(0, 4095).astype(np.uint16)
    return film


def timed(run: Callable[[], Any], rounds: int, warm: int = 3) -> list[float]:
    """Wall times of ``rounds`` calls after ``warm`` untimed ones, ms."""
    times = []
    for number in range(rounds + warm):
        begin = time.perf_counter()
        run()
        if number >= warm:
            times.append(1e3 * (time.perf_counter() - begin))
    return times


def row(name: str, times: list[float]) -> dict[str, Any]:
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    return {
        "what": name,
        "runs": len(times),
        "p50_ms": round(statistics.median(times), 1),
        "p95_ms": round(p95, 1),
        "times_ms": [round(t, 2) for t in times],
    }


def demo_rows(folder: Path | None, rounds: int) -> Rows:
    """The demo preset from pixels to reading, whole and by stage; random weights without a folder."""
    with tempfile.TemporaryDirectory() as scratch:
        if folder is None:
            folder = Path(scratch)
            config = preset("demo")
            MedGazeModel.build(config).save_pretrained(folder)
            MedGazeProcessor.from_config(config).save_pretrained(folder)
        predictor = MedGazePredictor.load(folder, device="cpu")
    film = bench_film()
    file = io.BytesIO()
    Image.fromarray(film).save(file, format="PNG", compress_level=1)
    rows = [
        row("film decoding (PNG, apart)", timed(lambda: np.asarray(Image.open(io.BytesIO(file.getvalue()))), 5, 1)),
        row("predict, whole", timed(lambda: predictor.predict(film, REPORT), rounds)),
        row("predict, 20 samples", timed(lambda: predictor.predict(film, REPORT, samples=20), max(5, rounds // 4))),
    ]
    spans: dict[str, list[float]] = {}
    for _ in range(max(5, rounds // 4)):
        entered, at = "", time.perf_counter()
        for event in predictor.stream(film, REPORT):
            now = time.perf_counter()
            if entered:
                spans.setdefault(entered, []).append(1e3 * (now - at))
            entered, at = (event.name, now) if isinstance(event, Stage) else ("", now)
    return rows + [row(f"  stage {name}", times) for name, times in spans.items()]


def random_language_model(name: str, dtype: torch.dtype) -> FrozenLanguageModel:
    """A full-size language model in memory, without ever holding a float32 copy."""
    config = AutoConfig.for_model(**RANDOM[name])
    with torch.device("meta"):
        model = AutoModel.from_config(config, dtype=dtype)  # type: ignore[no-untyped-call]
    model.to_empty(device="cpu")
    block = (torch.randn(BLOCK, generator=torch.Generator().manual_seed(0)) * 0.02).to(dtype)
    with torch.no_grad():
        for parameter in model.parameters():
            flat = parameter.view(-1)
            for begin in range(0, flat.numel(), BLOCK):
                part = flat[begin : begin + BLOCK]
                part.copy_(block[: part.numel()])
    return FrozenLanguageModel(model, width=config.word_embed_proj_dim, name=name)


def paper_rows(rounds: int, dtype: torch.dtype = torch.bfloat16) -> Rows:
    """The published sizes stage by stage, batch of one, float32 but for the language model."""
    config = preset("paper")
    model = MedGazeModel(config)
    model.train(False)
    model.frozen.backbone = frozen_resnet(resolve("random:resnet-50"))
    model.frozen.language = random_language_model("opt-2.7b", dtype)
    pixels = torch.randn(1, 3, config.image_size, config.image_size)
    ids, mask = torch.randint(5, 1000, (1, 32)), torch.ones(1, 32, dtype=torch.long)
    language, medformer = model.frozen.language, model.medformer
    assert medformer is not None
    with torch.inference_mode():
        features = model.film_features(pixels)
        film = model.see(features)
        visual = medformer(film)
        memory = model.fusion(film, visual, ids, mask, language)
        stages: dict[str, Callable[[], Any]] = {
            "ResNet-50": lambda: model.film_features(pixels),
            "visual encoder": lambda: model.see(features),
            "MedFormer": lambda: medformer(film),
            f"OPT-2.7b, {str(dtype).removeprefix('torch.')}, 64 tokens": lambda: model.fusion(
                film, visual, ids, mask, language
            ),
            "fixation decoder and heads": lambda: model.decode(memory),
            "whole": lambda: model(pixels, ids, mask),
        }
        return [row(name, timed(run, rounds, warm=1)) for name, run in stages.items()]


def table(title: str, rows: Rows) -> str:
    """Fixed columns for a terminal."""
    lines = [title, f"  {'':42}{'runs':>6}{'p50 ms':>10}{'p95 ms':>10}"]
    lines += [f"  {r['what']:42}{r['runs']:>6}{r['p50_ms']:>10}{r['p95_ms']:>10}" for r in rows]
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m ml.bench", description=__doc__)
    parser.add_argument("--model", type=Path, help="saved model to time; else the demo preset, random weights")
    parser.add_argument("--rounds", type=int, default=40, help="timed predictions")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads")
    parser.add_argument("--paper", action="store_true", help="also the full-size model: 8 GB of memory")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args(argv)
    torch.set_num_threads(arguments.threads)
    result: dict[str, Any] = {
        "threads": arguments.threads,
        "load_average": [round(v, 2) for v in os.getloadavg()],
        "demo": demo_rows(arguments.model, arguments.rounds),
    }
    print(f"{arguments.threads} threads, load average before: {result['load_average']}")
    print(table("demo preset, CPU", result["demo"]))
    if arguments.paper:
        result["paper"] = paper_rows(3)
        print(table("paper preset, random weights, CPU", result["paper"]))
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")
    else:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
