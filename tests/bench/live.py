"""From upload to first fixation, and how late live messages come with fifty pages watching; over real processes."""

from __future__ import annotations

import tests.environment  # noqa: F401  (before Django's settings are read)

# isort: split
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

from tests.bench.row import Row
from tests.live.journey import real_film, upload_and_watch
from tests.live.page import Page, page
from tests.live.stack import ROOT, Stack

RANDOM_DEMO = """
import sys
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.presets import preset
from ml.medgaze.processing import MedGazeProcessor
config = preset("demo")
MedGazeModel(config).save_pretrained(sys.argv[1])
MedGazeProcessor.from_config(config).save_pretrained(sys.argv[1])
"""
UPLOADS, PEOPLE, SOCKETS_EACH, TICKS, GAP_S = 7, 10, 5, 200, 0.05


def measure() -> list[Row]:
    folder = ROOT / "ml" / "weights" / "demo"
    note = ""
    if not (folder / "model.safetensors").exists():
        folder, note = Path(tempfile.mkdtemp()), "demo preset, random weights"
        subprocess.run([sys.executable, "-c", RANDOM_DEMO, str(folder)], cwd=ROOT, check=True, capture_output=True)
    stack = Stack(bare=True, MEDGAZE_MODEL=str(folder), LOG_LEVEL="WARNING")
    try:
        return [
            Row("from `up` to Ready, first start, no demo data", [stack.ready_s], "s"),
            *asyncio.run(uploads(stack, note)),
            *asyncio.run(delays(stack)),
        ]
    finally:
        stack.stop()


async def uploads(stack: Stack, note: str) -> list[Row]:
    """A new report each time: the film is known after the first one, but its prediction is not."""
    who = SimpleNamespace(**stack.ask("person", username=f"b{os.getpid()}", roles=["resident"]))
    film = real_film("RG1_UNCR.dcm")
    await upload_and_watch(stack, who, film, "The lungs are clear.")  # warms every process
    await asyncio.sleep(3)
    firsts, dones = [], []
    for number in range(UPLOADS):
        report = f"Rounded opacity number {number + 1} in the right lower zone. No pleural effusion."
        journey = await upload_and_watch(stack, who, film, report)
        firsts.append(journey.first_fixation_s)
        dones.append(journey.done_s)
    return [
        Row("upload of RG1_UNCR.dcm to its first fixation, warm", firsts, "s", bar=3.0, note=note),
        Row("upload of RG1_UNCR.dcm to the stored reading, warm", dones, "s", note=note),
    ]


async def delays(stack: Stack) -> list[Row]:
    """Fifty sockets of ten people on one subject; then each on its own person's."""
    people = [
        SimpleNamespace(**stack.ask("person", username=f"w{n}x{os.getpid()}", roles=["resident"]))
        for n in range(PEOPLE)
    ]
    subject = stack.ask("published_case")
    opened = [page(stack, who) for who in people for _ in range(SOCKETS_EACH)]
    tabs = [await one.__aenter__() for one in opened]
    try:
        for tab in tabs:
            await tab.follow(subject)
        together = await watch(stack, tabs, [subject])
        for who, tab in zip([p for p in people for _ in range(SOCKETS_EACH)], tabs, strict=True):
            await tab.follow(f"user:{who.pk}")
        apart = await watch(stack, tabs, [f"user:{who.pk}" for who in people])
    finally:
        for one in opened:
            await one.__aexit__(None, None, None)
    return [
        Row("live message, 50 sockets on one subject", together, "ms", bar=100.0, of="p99"),
        Row("live message, 50 sockets on ten subjects", apart, "ms", bar=100.0, of="p99"),
    ]


async def watch(stack: Stack, tabs: list[Page], subjects: list[str]) -> list[float]:
    """Milliseconds from `publish` (before its commit) to each page, at twenty messages a second."""
    found: list[float] = []

    async def listen(tab: Page) -> None:
        while True:
            message = await tab.hear()
            if message.get("event") == "tick":
                found.append((time.time() - message["data"]["at"]) * 1000)

    listening = [asyncio.create_task(listen(tab)) for tab in tabs]
    each = TICKS // len(subjects)
    await asyncio.to_thread(stack.ask, "ticks", subjects=subjects, times=each, gap=GAP_S)
    await asyncio.sleep(1.0)
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    expected = each * len(tabs) if len(subjects) > 1 else TICKS * len(tabs)
    assert len(found) == expected, f"{len(found)} of {expected} messages came"
    return found
