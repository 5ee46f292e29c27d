"""What dies, dies in the middle of a job; the job is done once all the same, within 45 seconds.

Every accident happens in one fixture, side by side where they do not disturb each other, since most of their time is
waiting for a lease to lapse. The tests then ask what became of the jobs.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from tests.live.house import House, alive, children, command_line, eventually
from tests.live.page import page

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]
IDLE_S = 62.0
Outcome = dict[str, Any]


@pytest.fixture(scope="module")
def idle(live_server_processes: House) -> Iterator[Future[Outcome]]:
    """A page that says and hears nothing for a minute, while everything else goes on."""
    house = live_server_processes

    async def sit() -> Outcome:
        made = house.ask("person", username="idler", roles=["resident"])
        subject = f"user:{made['pk']}"
        async with page(house, SimpleNamespace(**made)) as tab:
            await tab.follow(subject)
            silent = True
            try:
                async with asyncio.timeout(IDLE_S):
                    await tab.hear()
                    silent = False
            except TimeoutError:
                pass
            last = await asyncio.to_thread(house.ask, "publish", subject=subject)
            async with asyncio.timeout(10):
                heard = await tab.hear()
        return {"silent": silent, "expected": last, "heard": heard["seq"]}

    pool = ThreadPoolExecutor(1)
    yield pool.submit(lambda: asyncio.run(sit()))
    pool.shutdown()


@pytest.fixture(scope="module")
def accidents(live_server_processes: House, idle: Future[Outcome]) -> dict[str, Outcome]:
    house = live_server_processes
    with ThreadPoolExecutor(2) as pool:
        child = pool.submit(kill_the_child, house)
        main = pool.submit(kill_the_main, house)
        done = {"child": child.result(), "main": main.result()}
    return {**done, **hurt_the_broker(house)}


def running(house: House, queue: str, seconds: float) -> str:
    """A job that a worker has begun."""
    job: str = house.ask("enqueue", queue=queue, seconds=seconds)
    house.wait_for(job, "running", seconds=30)
    return job


def kill_the_child(house: House) -> Outcome:
    job = running(house, "predict", 4.0)
    worker = house.pid_of("--queues predict")
    victim = next(pid for pid in children(worker) if "spawn_main" in command_line(pid))
    os.kill(victim, signal.SIGKILL)
    outcome = house.wait_for(job, "done", "failed")
    return {**outcome, "main_lives": alive(worker)}


def kill_the_main(house: House) -> Outcome:
    job = running(house, "io", 4.0)
    worker = house.pid_of("--queues io")
    os.kill(worker, signal.SIGKILL)
    outcome = house.wait_for(job, "done", "failed")
    return {**outcome, "new_main": house.pid_of("--queues io") != worker}


def hurt_the_broker(house: House) -> dict[str, Outcome]:
    """Empty it; and then, while those jobs recover, kill it."""
    emptied = {"running": running(house, "predict", 3.0)}
    emptied["queued"] = house.ask("enqueue", queue="predict", seconds=0.2)
    house.redis.flushall()
    killed = {"running": running(house, "io", 3.0)}
    killed["queued"] = house.ask("enqueue", queue="predict", seconds=0.2)
    os.kill(house.pid_of("valkey-server"), signal.SIGKILL)
    killed["accepted"] = house.ask("enqueue", queue="io", seconds=0.2)  # while there is no broker
    wait = {"flush": emptied, "restart": killed}
    outcomes = {
        how: {which: house.wait_for(job, "done", "failed") for which, job in jobs.items()} for how, jobs in wait.items()
    }
    eventually(lambda: any("valkey ended" in line for line in house.said))
    return outcomes


def test_a_killed_child_loses_no_job_and_doubles_none(accidents: dict[str, Outcome]) -> None:
    outcome = accidents["child"]
    assert (outcome["state"], outcome["slept"], outcome["attempt"]) == ("done", 1, 2)
    assert outcome["seconds"] < 45
    assert outcome["main_lives"]


def test_a_killed_worker_comes_back_and_its_job_is_done_once(accidents: dict[str, Outcome]) -> None:
    outcome = accidents["main"]
    assert (outcome["state"], outcome["slept"], outcome["attempt"]) == ("done", 1, 2)
    assert outcome["seconds"] < 45
    assert outcome["new_main"]


@pytest.mark.parametrize("which", ["running", "queued"])
def test_an_emptied_broker_loses_no_job(accidents: dict[str, Outcome], which: str) -> None:
    outcome = accidents["flush"][which]
    assert (outcome["state"], outcome["slept"]) == ("done", 1)
    assert outcome["seconds"] < 45


@pytest.mark.parametrize("which", ["running", "queued", "accepted"])
def test_a_broker_that_dies_and_comes_back_loses_no_job(accidents: dict[str, Outcome], which: str) -> None:
    outcome = accidents["restart"][which]
    assert (outcome["state"], outcome["slept"]) == ("done", 1)
    assert outcome["seconds"] < 45


async def test_live_messages_go_on_after_the_broker_came_back(
    house: House, newcomer: Callable[..., SimpleNamespace], accidents: dict[str, Outcome]
) -> None:
    who = newcomer()
    async with page(house, who) as tab, asyncio.timeout(20):
        await tab.follow(who.subject)
        last = await asyncio.to_thread(house.ask, "publish", subject=who.subject)
        began = time.monotonic()
        await tab.hear_until(type="event", seq=last)
        assert time.monotonic() - began < 2.0  # by a nudge, not by the patrol


def test_a_page_that_was_idle_for_a_minute_still_hears(idle: Future[Outcome], accidents: dict[str, Outcome]) -> None:
    outcome = idle.result(timeout=IDLE_S + 30)
    assert outcome["silent"]
    assert outcome["heard"] == outcome["expected"]


def test_a_running_job_stops_when_it_is_cancelled(house: House) -> None:
    job = running(house, "predict", 60.0)
    following = house.ask("enqueue", queue="predict", seconds=0.1)
    house.ask("cancel", id=job)
    assert house.wait_for(job, "cancelled", seconds=1)["slept"] == 0
    house.wait_for(following, "done", seconds=10)  # the worker is free again
    assert house.ask("job", id=job)["slept"] == 0
