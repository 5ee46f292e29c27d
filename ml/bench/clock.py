"""Wall times of calls, of a prediction's stages and of a model's parts. All in ms."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch import nn

from ml.medgaze.stages import Stage

Figures = dict[str, Any]
Name = TypeVar("Name")


def wait(device: torch.device) -> None:
    """A GPU works on after a call has come back; a clock must wait for it."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def timed(
    run: Callable[[], Any], device: torch.device, rounds: int, warm: int = 1, most_s: float = 60.0
) -> list[float]:
    """Wall times of up to ``rounds`` calls after ``warm`` untimed ones; fewer, but one, once ``most_s`` are over."""
    times: list[float] = []
    began = time.perf_counter()
    for number in range(rounds + warm):
        wait(device)
        begin = time.perf_counter()
        run()
        wait(device)
        end = time.perf_counter()
        if number >= warm:
            times.append(1e3 * (end - begin))
        if times and end - began > most_s:
            break
    return times


def in_turn(
    runs: Mapping[Name, Callable[[], Any]], device: torch.device, rounds: int, most_s: float
) -> dict[Name, list[float]]:
    """Wall times of several calls, one of each a round; whole rounds, fewer, but one, once ``most_s`` are over."""
    times: dict[Name, list[float]] = {name: [] for name in runs}
    began = time.perf_counter()
    for _ in range(rounds):
        for name, run in runs.items():
            times[name] += timed(run, device, 1, warm=0)
        if time.perf_counter() - began > most_s:
            break
    return times


def figures(times: list[float]) -> Figures:
    """Median and 95th percentile (nearest rank), and the times themselves."""
    ordered = sorted(times)
    return {
        "runs": len(times),
        "p50_ms": round(statistics.median(ordered), 2),
        "p95_ms": round(ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))], 2),
        "times_ms": [round(t, 2) for t in times],
    }


def stage_times(events: Callable[[], Iterable[Any]], device: torch.device, rounds: int) -> dict[str, list[float]]:
    """Time spent in each of :data:`ml.medgaze.stages.STAGES`, by the events of a predictor's stream."""
    spans: dict[str, list[float]] = {}
    for _ in range(rounds):
        entered, since = "", time.perf_counter()
        for event in events():
            wait(device)
            now = time.perf_counter()
            if entered:
                spans.setdefault(entered, []).append(1e3 * (now - since))
            entered, since = (event.name, now) if isinstance(event, Stage) else ("", now)
    return spans


@contextmanager
def part_times(parts: dict[str, nn.Module], device: torch.device) -> Iterator[dict[str, list[float]]]:
    """While open, each forward pass of each part adds its time."""
    spans: dict[str, list[float]] = {name: [] for name in parts}
    hooks = []
    for name, part in parts.items():
        since: list[float] = []

        def enter(*_: Any, since: list[float] = since) -> None:
            wait(device)
            since.append(time.perf_counter())

        def leave(*_: Any, since: list[float] = since, span: list[float] = spans[name]) -> None:
            wait(device)
            span.append(1e3 * (time.perf_counter() - since.pop()))

        hooks += [part.register_forward_pre_hook(enter), part.register_forward_hook(leave)]
    try:
        yield spans
    finally:
        for hook in hooks:
            hook.remove()
