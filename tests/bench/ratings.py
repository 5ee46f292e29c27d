"""The ladder while fifty pages watch it, and the way from a submitted rating to the next item; over real processes."""

from __future__ import annotations

import tests.environment  # noqa: F401  (before Django's settings are read)

# isort: split
import asyncio
import os
import time
from types import SimpleNamespace
from typing import Any

import httpx

from tests.bench.practice import ATTEMPTS, CASES, PEOPLE, done, signed_in
from tests.bench.row import Row
from tests.live.page import Page, page
from tests.live.stack import Stack

WATCHERS, SOCKETS_EACH, MOVES = 10, 5, 30
QUIET_S, PATIENCE_S = 0.5, 30.0
STUDY_CASES, KINDS = 20, ("simulated", "model", "shuffled")


def measure() -> list[Row]:
    stack = Stack(LOG_LEVEL="WARNING")
    try:
        return [*rating(stack), *asyncio.run(watched(stack))]
    finally:
        stack.stop()


def rating(stack: Stack) -> list[Row]:
    """One rater goes through a study of sixty items; the organiser's board follows."""
    name = f"o{os.getpid()}"
    organiser = signed_in(stack, name, "faculty")
    stack.ask("practice_set", author=name, readers=[], cases=STUDY_CASES)
    stack.ask("simulated_readings", author=name)
    rater = stack.ask("person", username=f"q{os.getpid()}", roles=["faculty"])
    cases = [case["id"] for case in done(organiser.get("cases/", params={"page_size": 100}))["results"]]
    study = done(organiser.post("ratings/studies/", json={"name": "Which is human?"}))
    url = f"ratings/studies/{study['id']}/"
    plan = {"cases": cases[:STUDY_CASES], "sources": [{"kind": kind} for kind in KINDS], "raters": [rater["pk"]]}
    done(organiser.patch(url, json=plan))
    done(organiser.post(f"{url}start/"))
    seconds = []
    with httpx.Client(base_url=f"{stack.url.rstrip('/')}/api/v1/", timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {rater['token']}"
        (row,) = done(client.get("ratings/queue/"))["studies"]
        item = done(client.get(f"ratings/items/{row['next']}/"))
        said = {"human_like": 1, "comprehensive": 4, "redundant": 2, "confidence": 3, "note": "", "seconds": 20.0}
        while True:
            began = time.perf_counter()
            answer = done(client.post(f"ratings/items/{item['id']}/submit/", json=said))
            if answer["next"] is None:
                break
            item = done(client.get(f"ratings/items/{answer['next']}/"))
            seconds.append(1000 * (time.perf_counter() - began))
    done(organiser.post(f"{url}close/"))
    return [Row("a rating submitted to the next item", seconds, "ms", note=f"{len(cases)} cases, {len(KINDS)} sources")]


async def watched(stack: Stack) -> list[Row]:
    """Milliseconds from asking (a comparison, an attempt's commit) until each of fifty pages has the move."""
    teacher = f"t{os.getpid()}"
    await asyncio.to_thread(signed_in, stack, teacher, "faculty")
    await asyncio.to_thread(stack.ask, "crowd", author=teacher, cases=CASES, attempts=ATTEMPTS, people=PEOPLE)
    people = [
        SimpleNamespace(**stack.ask("person", username=f"l{n}x{os.getpid()}", roles=["faculty"]))
        for n in range(WATCHERS)
    ]
    opened = [page(stack, who) for who in people for _ in range(SOCKETS_EACH)]
    tabs = [await one.__aenter__() for one in opened]
    try:
        for tab in tabs:
            await tab.follow("ladder")
        compared = await moves(tabs, lambda number: comparing(stack, people[number % WATCHERS]))
        committed = await moves(tabs, lambda number: committing(stack, f"crowd{number}"))
    finally:
        for one in opened:
            await one.__aexit__(None, None, None)
    note = f"{CASES:,} cases, 50 pages"
    return [
        Row("a comparison to the ladder on every page", compared, "ms", bar=1000.0, of="p95", note=note),
        Row("an attempt's commit to the ladder on every page", committed, "ms", bar=1000.0, of="p95", note=note),
    ]


def client_of(stack: Stack, token: str) -> httpx.Client:
    client = httpx.Client(base_url=f"{stack.url.rstrip('/')}/api/v1/", timeout=60)
    client.headers["Authorization"] = f"Bearer {token}"
    done(client.get("me/"))  # the connection and the token's first check are not what is asked
    return client


def comparing(stack: Stack, who: SimpleNamespace) -> Any:
    """Ready to compare the pair that this person is shown; gives the act and the case that moves."""
    client = client_of(stack, who.token)
    pair = done(client.get("ladder/pair/"))["pair"]
    body = {"left": pair["left"]["case"], "right": pair["right"]["case"], "harder": "left", "seconds": 5.0}
    return lambda: done(client.post("ladder/comparisons/", json=body)), body["left"]


def committing(stack: Stack, name: str) -> Any:
    """Ready to commit an attempt at the case that this person is given."""
    client = client_of(stack, stack.ask("token", username=name))
    attempt = done(client.post("practice/next/"))
    taken = done(client.post(f"practice/attempts/{attempt['id']}/take/"))
    body = {"writer": taken["recording"]["writer"], "marks": [], "answer": "normal", "parts": 0}
    return lambda: done(client.post(f"practice/attempts/{attempt['id']}/commit/", json=body)), None


async def moves(tabs: list[Page], prepare: Any) -> list[float]:
    """Each move alone, after a quiet moment, so that no page takes the last one's news for this one's."""
    heard: list[list[tuple[float, str]]] = [[] for _ in tabs]

    async def listen(tab: Page, into: list[tuple[float, str]]) -> None:
        while True:
            message = await tab.hear()
            if message.get("event") == "ladder.moved":
                into.append((time.perf_counter(), message["data"]["row"]["case"]))

    listening = [asyncio.create_task(listen(tab, into)) for tab, into in zip(tabs, heard, strict=True)]
    found: list[float] = []
    for number in range(MOVES):
        act, case = await asyncio.to_thread(prepare, number)
        await asyncio.sleep(QUIET_S)
        for into in heard:
            into.clear()
        began = time.perf_counter()
        await asyncio.to_thread(act)
        while not all(any(case in (None, moved) for _, moved in into) for into in heard):
            assert time.perf_counter() - began < PATIENCE_S, "a page was not told"
            await asyncio.sleep(0.01)
        found += [1000 * (min(at for at, moved in into if case in (None, moved)) - began) for into in heard]
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    return found
