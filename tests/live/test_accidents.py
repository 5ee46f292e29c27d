"""What dies or hangs, does so in the middle of a job; the job is done once all the same, within 45 seconds.

Every accident happens in one fixture, side by side where they do not disturb each other, since most of their time is
waiting: for a lease to lapse, for a silence to be long enough. The tests then ask what became of the jobs. The stack
under test waits less than the defaults (`QUICK`), with which the same accidents take some twenty seconds longer.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from tests.live.page import page
from tests.live.stack import Stack, alive, eventually

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]
IDLE_S = 62.0
AWAY_S = 26.0  # of the database
SOME_WAIT_S = 15.0  # for the database; less than anybody gives up after
Outcome = dict[str, Any]


@pytest.fixture(scope="module")
def idle(live_server_processes: Stack) -> Iterator[Future[Outcome]]:
    """A page that says and hears nothing for a minute, while everything else goes on."""
    stack = live_server_processes

    async def sit() -> Outcome:
        made = stack.ask("person", username="idler", roles=["resident"])
        subject = f"user:{made['pk']}"
        async with page(stack, SimpleNamespace(**made)) as tab:
            await tab.follow(subject)
            silent = True
            try:
                async with asyncio.timeout(IDLE_S):
                    await tab.hear()
                    silent = False
            except TimeoutError:
                pass
            last = await asyncio.to_thread(stack.ask, "publish", subject=subject)
            async with asyncio.timeout(10):
                heard = await tab.hear()
        return {"silent": silent, "expected": last, "heard": heard["seq"]}

    pool = ThreadPoolExecutor(1)
    yield pool.submit(lambda: asyncio.run(sit()))
    pool.shutdown()


@pytest.fixture(scope="module")
def accidents(live_server_processes: Stack, idle: Future[Outcome]) -> dict[str, Outcome]:
    stack = live_server_processes
    with ThreadPoolExecutor(3) as pool:
        child = pool.submit(kill_the_child, stack)
        main = pool.submit(kill_the_main, stack)
        beat = pool.submit(hang_the_beat, stack)
        done = {"child": child.result(), "main": main.result(), "hung beat": beat.result()}
    with ThreadPoolExecutor(2) as pool:
        child = pool.submit(hang_the_child, stack)
        main = pool.submit(hang_the_main, stack)
        done |= {"hung child": child.result(), "hung main": main.result()}
    wait([idle])  # what its page hears at last has to be written
    done["database"] = take_the_database_away(stack)
    done |= hurt_the_broker(stack)
    done["hung broker"] = hang_the_broker_for_a_while(stack)
    done["dead broker"] = hang_the_broker_for_good(stack)
    return done


def running(stack: Stack, queue: str, seconds: float) -> str:
    """A job that a worker has begun."""
    job: str = stack.ask("enqueue", queue=queue, seconds=seconds)
    stack.wait_for(job, "running", seconds=30)
    return job


def kill_the_child(stack: Stack) -> Outcome:
    job = running(stack, "predict", 4.0)
    later = stack.ask("enqueue_many", queue="predict", seconds=2.0, count=30)
    worker = stack.pid_of("--queues predict")
    os.kill(stack.child_of("--queues predict"), signal.SIGKILL)
    outcome = stack.wait_for(job, "done", "failed")
    waiting = [stack.ask("job", id=other)["state"] for other in later].count("queued")
    for other in later:
        stack.ask("cancel", id=other)
    return {**outcome, "main_lives": alive(worker), "overtaken": waiting > 0}


def kill_the_main(stack: Stack) -> Outcome:
    """With half a minute of other work behind its job; what the beat sends must not stand behind that."""
    job = running(stack, "io", 4.0)
    later = stack.ask("enqueue_many", queue="io", seconds=2.0, count=30)
    worker = stack.pid_of("--queues io")
    os.kill(worker, signal.SIGKILL)
    outcome = stack.wait_for(job, "done", "failed")
    for other in later:
        stack.ask("cancel", id=other)
    return {**outcome, "new_main": stack.pid_of("--queues io") != worker}


def hang_the_child(stack: Stack) -> Outcome:
    job = running(stack, "predict", 3.0)
    child = stack.child_of("--queues predict")
    os.kill(child, signal.SIGSTOP)
    outcome = stack.wait_for(job, "done", "failed")
    return {**outcome, "replaced": not alive(child)}


def hang_the_main(stack: Stack) -> Outcome:
    """Its children finish what they have, but nobody gives them anything to do."""
    worker = stack.pid_of("--queues io")
    os.kill(worker, signal.SIGSTOP)
    outcome = stack.wait_for(stack.ask("enqueue", queue="io", seconds=0.2), "done", "failed")
    return {**outcome, "replaced": stack.replaced("--queues io", worker)}


def hang_the_beat(stack: Stack) -> Outcome:
    eventually(lambda: bool(stack.redis.exists("canary:beat")), 45)  # its first round
    beat = stack.pid_of("--beat")
    os.kill(beat, signal.SIGSTOP)
    eventually(lambda: stack.replaced("--beat", beat), 45)
    return {}


def take_the_database_away(stack: Stack) -> Outcome:
    """For longer than a lease, than anybody waits for SQLite's lock and than a worker may be silent, while every child
    is at work. Progress cannot be written, nor a lease renewed, nor a result; no child is free for a canary."""
    queues = {"first": "io", "second": "io", "third": "predict"}
    jobs = {name: running(stack, queue, 8.0) for name, queue in queues.items()}
    jobs |= {f"queued {queue}": stack.ask("enqueue", queue=queue, seconds=0.2) for queue in ("io", "predict")}
    said = len(stack.said)
    with ThreadPoolExecutor(1) as pool:
        outage = pool.submit(close_the_database, stack, AWAY_S)
        time.sleep(AWAY_S - SOME_WAIT_S)
        jobs["queued meanwhile"] = stack.ask("enqueue", queue="io", seconds=0.2)
        outage.result()
    outcomes = {name: stack.wait_for(job, "done", "failed") for name, job in jobs.items()}
    after = {queue: stack.ask("enqueue", queue=queue, seconds=0.2) for queue in ("io", "predict")}
    outcomes |= {f"afterwards {queue}": stack.wait_for(job, "done", "failed") for queue, job in after.items()}
    return {"jobs": outcomes, "said": stack.said[said:]}


def close_the_database(stack: Stack, seconds: float) -> None:
    if url := stack.environment.get("DATABASE_URL"):
        shut_postgres(url, seconds)
    else:
        stack.ask("lock_database", seconds=seconds)


def shut_postgres(url: str, seconds: float) -> None:
    """Throw everybody out of this database and let nobody in for so long."""
    import psycopg

    server, name = url.rsplit("/", 1)
    with psycopg.connect(f"{server}/postgres", autocommit=True) as line:
        line.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")  # type: ignore[call-overload]
        try:
            line.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            time.sleep(seconds)
        finally:
            line.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")  # type: ignore[call-overload]


@contextlib.contextmanager
def hanging(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def answers(stack: Stack) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(stack.url, follow_redirects=True, trust_env=False).status_code == 200
    return False


def ask_for_work(stack: Stack, who: dict[str, Any], broker: int) -> tuple[str, bool]:
    """A person asks for something that becomes a job. Which, and whether it was answered while the broker hung."""
    job: str = stack.ask("enqueue", queue="io", seconds=0.2, owner=who["username"])
    stack.ask("cancel", id=job)
    answer = httpx.post(
        f"{stack.url}/api/v1/jobs/{job}/retry/",
        headers={"Authorization": f"Bearer {who['token']}"},
        trust_env=False,
        timeout=60,
    )
    assert answer.status_code == 202, answer.text
    return job, stopped(broker)


def stopped(pid: int) -> bool:
    """Whether a process is there and held by SIGSTOP (state T of proc(5))."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"
    return False


def hang_the_broker_for_a_while(stack: Stack) -> Outcome:
    """And kill the web process meanwhile: the supervisor waits for nobody."""
    who = {"username": "patient", **stack.ask("person", username="patient", roles=["resident"])}
    before = [running(stack, "predict", 2.0), stack.ask("enqueue", queue="predict", seconds=0.2)]
    broker = stack.pid_of("valkey-server")
    with hanging(broker):
        job, answered = ask_for_work(stack, who, broker)
        web = stack.pid_of("uvicorn")
        os.kill(web, signal.SIGKILL)
        eventually(lambda: stack.replaced("uvicorn", web), 8)
    outcomes = [stack.wait_for(each, "done", "failed") for each in [*before, job]]
    eventually(lambda: answers(stack), 45)
    return {
        "answered": answered,
        "outcomes": outcomes,
        "broker_restarts": [line for line in stack.said if line.startswith("valkey gives no sign of life")],
    }


def hang_the_broker_for_good(stack: Stack) -> Outcome:
    broker = stack.pid_of("valkey-server")
    who = {"username": "patient", "token": stack.ask("token", username="patient")}
    with hanging(broker):
        job, answered = ask_for_work(stack, who, broker)
        outcome = stack.wait_for(job, "done", "failed")
        return {**outcome, "answered": answered, "replaced": stack.replaced("valkey-server", broker)}


def hurt_the_broker(stack: Stack) -> dict[str, Outcome]:
    """Empty it; and then, while those jobs recover, kill it."""
    emptied = {"running": running(stack, "predict", 3.0)}
    emptied["queued"] = stack.ask("enqueue", queue="predict", seconds=0.2)
    stack.redis.flushall()
    killed = {"running": running(stack, "io", 3.0)}
    killed["queued"] = stack.ask("enqueue", queue="predict", seconds=0.2)
    os.kill(stack.pid_of("valkey-server"), signal.SIGKILL)
    killed["accepted"] = stack.ask("enqueue", queue="io", seconds=0.2)  # while there is no broker
    wait = {"flush": emptied, "restart": killed}
    outcomes = {
        how: {which: stack.wait_for(job, "done", "failed") for which, job in jobs.items()} for how, jobs in wait.items()
    }
    eventually(lambda: any("valkey ended" in line for line in stack.said))
    return outcomes


def test_a_killed_child_loses_no_job_and_doubles_none(accidents: dict[str, Outcome]) -> None:
    outcome = accidents["child"]
    assert (outcome["state"], outcome["slept"], outcome["attempt"]) == ("done", 1, 2)
    assert outcome["seconds"] < 45
    assert outcome["main_lives"]


def test_a_job_that_lost_its_worker_is_next_and_not_last(accidents: dict[str, Outcome]) -> None:
    assert accidents["child"]["overtaken"]


def test_a_killed_worker_comes_back_and_its_job_is_done_once(accidents: dict[str, Outcome]) -> None:
    outcome = accidents["main"]
    assert (outcome["state"], outcome["slept"]) == ("done", 1)
    assert outcome["attempt"] >= 2  # on a busy machine the short lease of this stack may lapse once more
    assert outcome["seconds"] < 45
    assert outcome["new_main"]


@pytest.mark.parametrize("who", ["hung child", "hung main"])
def test_a_worker_that_hangs_is_started_again_and_the_job_is_done_once(accidents: dict[str, Outcome], who: str) -> None:
    outcome = accidents[who]
    assert (outcome["state"], outcome["slept"]) == ("done", 1)
    assert outcome["seconds"] < 45
    assert outcome["replaced"]


def test_a_clock_that_hangs_is_started_again(accidents: dict[str, Outcome]) -> None:
    assert "hung beat" in accidents


@pytest.mark.parametrize("which", ["first", "second", "third", "queued io", "queued predict"])
def test_a_database_that_is_away_for_long_costs_a_job_nothing(accidents: dict[str, Outcome], which: str) -> None:
    outcome = accidents["database"]["jobs"][which]
    assert (outcome["state"], outcome["slept"], outcome["attempt"], outcome["strikes"]) == ("done", 1, 1, 0)


def test_nobody_is_started_again_because_the_database_was_away(accidents: dict[str, Outcome]) -> None:
    assert accidents["database"]["said"] == []


@pytest.mark.parametrize("which", ["queued meanwhile", "afterwards io", "afterwards predict"])
def test_workers_take_jobs_again_when_the_database_is_back(accidents: dict[str, Outcome], which: str) -> None:
    outcome = accidents["database"]["jobs"][which]
    assert (outcome["state"], outcome["slept"], outcome["strikes"]) == ("done", 1, 0)


def test_a_broker_that_hangs_keeps_nobody_waiting_and_loses_no_job(accidents: dict[str, Outcome]) -> None:
    outcome = accidents["hung broker"]
    assert outcome["answered"]
    assert [(each["state"], each["slept"], each["strikes"]) for each in outcome["outcomes"]] == [("done", 1, 0)] * 3
    assert outcome["broker_restarts"] == []


def test_a_broker_that_goes_on_hanging_is_started_again(accidents: dict[str, Outcome]) -> None:
    outcome = accidents["dead broker"]
    assert outcome["answered"]
    assert (outcome["state"], outcome["slept"]) == ("done", 1)
    assert outcome["seconds"] < 45
    assert outcome["replaced"]


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
    stack: Stack, newcomer: Callable[..., SimpleNamespace], accidents: dict[str, Outcome]
) -> None:
    who = newcomer()
    async with page(stack, who) as tab, asyncio.timeout(20):
        await tab.follow(who.subject)
        last = await asyncio.to_thread(stack.ask, "publish", subject=who.subject)
        began = time.monotonic()
        await tab.hear_until(type="event", seq=last)
        assert time.monotonic() - began < 2.0  # by a nudge, not by polling


def test_a_page_that_was_idle_for_a_minute_still_hears(idle: Future[Outcome], accidents: dict[str, Outcome]) -> None:
    outcome = idle.result(timeout=IDLE_S + 30)
    assert outcome["silent"]
    assert outcome["heard"] == outcome["expected"]


def test_a_running_job_stops_when_it_is_cancelled(stack: Stack) -> None:
    job = running(stack, "predict", 60.0)
    following = stack.ask("enqueue", queue="predict", seconds=0.1)
    stack.ask("cancel", id=job)
    assert stack.wait_for(job, "cancelled", seconds=1)["slept"] == 0
    stack.wait_for(following, "done", seconds=10)  # the worker is free again
    assert stack.ask("job", id=job)["slept"] == 0
