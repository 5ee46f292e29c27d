"""Times one model on one device at one precision, in this process."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ml.bench.clock import Figures, figures, in_turn, part_times, stage_times, timed
from ml.bench.subjects import OTHER_REPORT, REPORT, bench_film, device_name, load
from ml.medgaze import memory
from ml.medgaze.cache import TensorCache
from ml.medgaze.decoders.autoregressive_paths import AutoregressivePaths
from ml.medgaze.predictor import MedGazePredictor

SAMPLES = 20  # scanpaths a case in the second latency
BATCHES = (8, 32)
LONGEST = 5.0  # a batch may take this many times as long as a row


@dataclass(frozen=True)
class Spec:
    """One measurement."""

    model: str  # folder, or preset
    device: str  # cpu, cuda
    precision: str  # of ml.bench.subjects.PRECISIONS
    rounds: int = 20
    threads: int = 2
    layers: int | None = None  # of a random full-size language model, in place of all: a part of it, to fit or to hurry
    most_s: float = 60.0  # a row stops after this, with the calls it has; a batch of more than LONGEST rows is left out


def measure(spec: Spec) -> Figures:
    """Load, predict alone and in batches, without and with what may be kept; by stage and by part."""
    torch.set_num_threads(spec.threads)
    device = torch.device(spec.device)
    before, began = memory.held(), time.perf_counter()
    predictor = load(spec.model, device, spec.precision, spec.layers)
    predictor.cache, cache = TensorCache(0), predictor.cache
    load_s = time.perf_counter() - began
    loaded, load_peak, info = memory.held(), memory.peak(device), predictor.info()
    memory.forget_peak(device)
    out: Figures = {
        "model": spec.model,
        "device": device_name(device),
        "precision": spec.precision,
        "layers": spec.layers,
        "dtypes": {"trained": info.dtype, "language": info.language_dtype},
        "load_s": round(load_s, 2),
        "weights_bytes": info.weights_bytes,
        "held_bytes": None if before is None or loaded is None else loaded - before,
        "load_peak_bytes": load_peak,
        **_latencies(predictor, spec, device),
    }
    out["batches"] = _batches(predictor, spec, device, out["one"]["p50_ms"])
    out["predict_peak_bytes"] = memory.peak(device)
    out["says"] = _expected_path(predictor)
    predictor.cache = cache
    out["kept"] = _cached(predictor, spec, device)
    return out


def _cached(predictor: MedGazePredictor, spec: Spec, device: torch.device) -> Figures:
    """One case of which the film, the report, both or neither were seen before, in turn, so that whatever else runs
    here weighs on all. A first number makes each report new.
    """
    film, new = bench_film(), itertools.count()
    films = [bench_film(seed=seed) for seed in range(1, 4)]
    calls: dict[str, Callable[[], Any]] = {
        "both new": lambda: predictor.predict(_altered(films, next(new)), f"{next(new)} {REPORT}"),
        "film known, new report": lambda: predictor.predict(film, f"{next(new)} {REPORT}"),
        "report known, new film": lambda: predictor.predict(_altered(films, next(new)), REPORT),
        "both known": lambda: predictor.predict(film, REPORT),
    }
    predictor.predict(film, REPORT)
    return {
        name: figures(times) for name, times in in_turn(calls, device, max(5, spec.rounds // 4), spec.most_s).items()
    }


def _altered(films: list[NDArray[np.uint16]], number: int) -> NDArray[np.uint16]:
    """A film that was never seen: one of a few, with a number written into its corner."""
    film = films[number % len(films)]
    film[0, 0] = number
    return film


def _latencies(predictor: MedGazePredictor, spec: Spec, device: torch.device) -> Figures:
    """One case at a time."""
    film = bench_film()

    def row(run: Callable[[], Any], rounds: int = spec.rounds) -> Figures:
        return figures(timed(run, device, rounds, most_s=spec.most_s))

    one = row(lambda: predictor.predict(film, REPORT))
    few = min(max(5, spec.rounds // 4), max(1, int(1e3 * spec.most_s / one["p50_ms"])))
    pairs = in_turn(
        {n: lambda n=n: predictor.predict(film, REPORT, samples=n) for n in (1, SAMPLES)},  # type: ignore[misc]
        device, few, 2 * spec.most_s,
    )  # fmt: skip
    stages = stage_times(lambda: predictor.stream(film, REPORT), device, few)
    with part_times(_parts(predictor), device) as parts:
        whole = timed(lambda: predictor.predict(film, REPORT), device, few, warm=0)
    language = parts.get("language model")
    return {
        "one": one,
        "many": figures(pairs[SAMPLES]),
        "many_over_one": statistics.median(pairs[SAMPLES]) / statistics.median(pairs[1]),
        "stages": {name: figures(times) for name, times in stages.items()},
        "parts": {name: figures(times) for name, times in parts.items() if times},
        "over_language_model": [w / own for w, own in zip(whole, language, strict=True)] if language else None,
    }


def _batches(predictor: MedGazePredictor, spec: Spec, device: torch.device, one_ms: float) -> Figures:
    """Cases a second when many are asked for at once."""
    film, out = bench_film(), {}
    for size in BATCHES:
        if size * one_ms > 1e3 * LONGEST * spec.most_s:
            out[str(size)] = {"left_out": f"would take about {size * one_ms / 1e3:.0f} s"}
            continue
        films, reports = [film] * size, [REPORT, OTHER_REPORT] * (size // 2)
        times = timed(lambda: predictor.predict_batch(films, reports), device, 3, warm=0, most_s=spec.most_s / 3)  # noqa: B023
        row = figures(times)
        out[str(size)] = {**row, "cases_per_s": round(1e3 * size / row["p50_ms"], 3)}
    return out


def _parts(predictor: MedGazePredictor) -> dict[str, nn.Module]:
    """The model's parts in the order a film passes them; the fusion is where film and report meet."""
    model, frozen = predictor.model, predictor.model.frozen
    named: dict[str, nn.Module | None] = {
        "backbone": model.backbone if frozen.backbone is None else frozen.backbone,
        "visual encoder": model.vision,
        "MedFormer": model.medformer,
        "grounding": getattr(model, "grounding", None),  # only the bundled model has it
        "language model": None if frozen.language is None else frozen.language.model,
        "fusion (language model inside, unless it read alone)": model.fusion,
        "fixation decoder": model.decoder,
        "heads": model.heads,
    }
    return {name: part for name, part in named.items() if part is not None}


def _expected_path(predictor: MedGazePredictor) -> dict[str, list[float]]:
    """What precisions are compared by, in film square fractions and s, flat: the mean path of the likeliest mode; of
    the autoregressive decoder the expected place and the median duration of each fixation of a reading that goes from
    corner to corner."""
    pixels, _ = predictor.processor.film(bench_film())
    tokens = predictor.processor.report(REPORT)
    device, dtype = predictor.model.device, predictor.model.dtype
    with torch.inference_mode():
        paths = predictor.model(
            pixels[None].to(device, dtype), tokens.input_ids[None].to(device), tokens.attention_mask[None].to(device)
        ).paths
        if isinstance(paths, AutoregressivePaths):
            steps = torch.linspace(0, 1, paths.slots, device=device)[:, None]
            forced = paths.forced((torch.cat([steps, steps, torch.full_like(steps, 0.3)], -1))[None, None])
            place = forced.log_weights.exp().flatten(1, 2) @ paths.anchors.means
            path = torch.cat([place.reshape(1, 1, -1, 2), forced.time.exp()[..., None]], -1)
        else:
            path, _ = paths.mean()
    return {
        "place": path[0, :, :, :2].flatten().tolist(),
        "duration_s": path[0, :, :, 2].flatten().tolist(),
    }
