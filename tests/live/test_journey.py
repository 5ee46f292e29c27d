"""From an upload to a reading, through every process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace

import httpx
import pytest

from tests.live.journey import real_film, upload_and_watch
from tests.live.page import page
from tests.live.stack import Stack

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]
REPORT = "Several rounded opacities in both lungs. No pleural effusion."


async def test_a_real_film_becomes_a_reading_on_the_page(
    stack: Stack, newcomer: Callable[..., SimpleNamespace]
) -> None:
    who = newcomer("resident")
    async with asyncio.timeout(90):
        journey = await upload_and_watch(stack, who, real_film(), REPORT)
    subjects = {f"case:{journey.case}", f"prediction:{journey.prediction}"}
    for subject in subjects:
        numbers = [m["seq"] for m in journey.messages if m["type"] == "event" and m["subject"] == subject]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    onsets = [f["onset_s"] for f in journey.fixations]
    assert onsets
    assert onsets == sorted(onsets)
    assert any(m["type"] == "queue" for m in journey.messages)
    assert [m for m in journey.messages if m.get("event") == "prediction.stage"]
    async with httpx.AsyncClient(
        base_url=stack.url, headers={"Authorization": f"Bearer {who.token}"}, trust_env=False
    ) as client:
        stored = (await client.get(f"/api/v1/predictions/{journey.prediction}/")).json()
    assert stored["state"] == "done"
    assert stored["reading"]["samples"][0]["fixations"] == journey.fixations
    async with page(stack, who) as later, asyncio.timeout(10):
        snapshot = await later.follow(f"prediction:{journey.prediction}")
        assert snapshot["state"]["reading"] == stored["reading"]
