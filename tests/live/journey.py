"""What a page does from an upload to a reading: used by the live tests and by the benchmark."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx

from tests.live.page import Page, page
from tests.live.stack import ROOT, Stack

TINY = """
import sys
import torch
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.presets import preset
from ml.medgaze.processing import MedGazeProcessor
config = preset("tiny")
torch.manual_seed(int(sys.argv[2]))
model = MedGazeModel(config)
model.save_pretrained(sys.argv[1])
MedGazeProcessor.from_config(config).save_pretrained(sys.argv[1])
"""


def real_film(name: str = "RG1_J2KR.dcm") -> Path:
    """A real adult chest film from the package pydicom-data."""
    store = importlib.util.find_spec("data_store")
    assert store is not None
    assert store.submodule_search_locations is not None
    return Path(store.submodule_search_locations[0]) / "data" / name


def tiny_model(folder: Path, seed: int = 2) -> Path:
    """A model with random weights, made in a process of its own: these tests are about everything around it. The one of
    seed 2 reads in six fixations."""
    subprocess.run([sys.executable, "-c", TINY, str(folder), str(seed)], cwd=ROOT, check=True, capture_output=True)
    return folder


@dataclass
class Journey:
    """What came, and when (seconds from the first byte sent)."""

    case: str = ""
    prediction: str = ""
    first_fixation_s: float = 0.0
    done_s: float = 0.0
    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def fixations(self) -> list[dict[str, Any]]:
        return [f for m in self.messages if m.get("event") == "prediction.fixations" for f in m["data"]["fixations"]]


async def upload_and_watch(stack: Stack, person: SimpleNamespace, film: Path, report: str) -> Journey:
    """Announce the film, subscribe, send it by tus, and follow the case and then its prediction to the end."""
    content = film.read_bytes()
    journey = Journey()
    headers = {"Authorization": f"Bearer {person.token}"}
    async with httpx.AsyncClient(base_url=stack.url, headers=headers, trust_env=False, timeout=60) as client:
        made = await client.post("/api/v1/cases/", json={"size": len(content), "filename": film.name, "report": report})
        assert made.status_code == 201, made.text
        subject = made.json()["subject"]
        journey.case = subject.removeprefix("case:")
        async with page(stack, person) as tab:
            snapshot = await tab.follow(subject)
            assert snapshot["state"]["state"] == "receiving"
            began = time.monotonic()
            sending = asyncio.create_task(
                client.patch(
                    made.json()["upload"],
                    content=content,
                    headers={
                        "Tus-Resumable": "1.0.0",
                        "Upload-Offset": "0",
                        "Content-Type": "application/offset+octet-stream",
                    },
                )
            )
            journey.prediction = await case_ready(tab)
            assert (await sending).status_code == 204
            await tab.say(type="subscribe", subject=f"prediction:{journey.prediction}", after=0)
            while True:
                message = await tab.hear()
                if message.get("event") == "prediction.fixations" and not journey.first_fixation_s:
                    journey.first_fixation_s = time.monotonic() - began
                assert message.get("event") != "prediction.failed", message
                if message.get("event") == "prediction.done":
                    journey.done_s = time.monotonic() - began
                    break
            journey.messages = tab.seen
    return journey


async def case_ready(tab: Page) -> str:
    while True:
        message = await tab.hear()
        if message.get("event") == "case.state":
            assert message["data"]["state"] not in {"refused", "quarantined", "confirming"}, message
            if message["data"].get("prediction"):
                return str(message["data"]["prediction"])
