"""What the processes hold, and how they start and stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from tests.live.stack import ROOT, Stack, children, command_line

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]
HEAVY = ("torch", "transformers", "tokenizers", "onnxruntime", "cv2", "worker", "pydicom")
AT_NEED = ("scipy.stats", "scipy.sparse", "scipy.spatial")  # two seconds, for which every start would wait


def test_the_web_process_never_holds_torch(stack: Stack, newcomer: Callable[..., SimpleNamespace]) -> None:
    """Start the ASGI application as uvicorn does, let it answer pages and API, and look at what it has imported."""
    cookie = newcomer("admin").cookie
    script = f"""
import asyncio, json, sys
import httpx
from webapp.asgi import application
from gazeapp.scanpaths.selectors import current_model
async def look():
    transport, cookies = httpx.ASGITransport(application), {{"sessionid": {cookie!r}}}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", cookies=cookies) as client:
        for path in ("cases/", "cases/new/", "quarantine/", "jobs/", "api/v1/cases/", "api/v1/jobs/", "api/v1/schema/"):
            answer = await client.get("/" + path, follow_redirects=True)
            assert answer.status_code == 200, (path, answer.status_code)
asyncio.run(look())
current_model()
print(json.dumps([name for name in {HEAVY + AT_NEED!r} if name in sys.modules]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=stack.environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []


def libraries(pid: int) -> str:
    return Path(f"/proc/{pid}/maps").read_text()


def test_only_the_worker_that_predicts_has_torch_in_memory(stack: Stack) -> None:
    """Nor the one of the trainings: what trains is a process that it starts."""
    httpx.get(stack.url, follow_redirects=True, trust_env=False)
    stack.wait_for(stack.ask("enqueue", queue="train", seconds=0.1), "done")
    web, io, train = stack.pid_of("uvicorn"), stack.pid_of("--queues io"), stack.pid_of("--queues train")
    for pid in (web, io, *children(io), train, *children(train)):
        if "text_detector" in command_line(pid):  # the text detector is a process of its own
            continue
        assert "libtorch" not in libraries(pid), command_line(pid)


def test_everything_listens_on_loopback_only(stack: Stack) -> None:
    ours = {stack.port, int(stack.redis.connection_pool.connection_kwargs["port"])}
    listening = {}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            where, state = line.split()[1], line.split()[3]
            address, port = where.split(":")
            if state == "0A":
                listening.setdefault(int(port, 16), set()).add(address)
    for port in ours:
        assert listening[port] == {"0100007F"}


def test_the_broker_wants_its_password(stack: Stack) -> None:
    import redis

    port = stack.redis.connection_pool.connection_kwargs["port"]
    with pytest.raises(redis.exceptions.AuthenticationError):
        redis.Redis(port=port).ping()
    config = stack.redis.config_get("*")
    assert (config["appendonly"], config["maxmemory-policy"], config["bind"]) == ("yes", "noeviction", "127.0.0.1")


def test_a_second_supervisor_on_the_same_state_is_refused(stack: Stack) -> None:
    again = subprocess.run(
        [sys.executable, "manage.py", "up", "--port", "1"],
        cwd=ROOT,
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert again.returncode != 0
    assert "Already running" in again.stderr


def test_a_second_start_finds_everything_as_it_was_and_ctrl_c_leaves_nothing_behind(fresh: Stack) -> None:
    """The running job too: it was given back, goes on at once, and has lost nothing by it. The start does not wait for
    it: the canary to the only child of the predict worker stands behind it, but its lease shows that it works."""
    made = fresh.ask("person", username="someone", roles=["resident"])
    job = fresh.ask("enqueue", queue="predict", seconds=600)
    fresh.wait_for(job, "running", seconds=30)
    assert fresh.stop() < 20
    again = fresh.restart()
    now = again.ask("job", id=job)
    assert (now["state"], now["attempt"], now["strikes"]) == ("running", 2, 0)
    assert not [line for line in again.said if "database" in line]  # nothing was made anew
    answer = httpx.get(f"{again.url}/api/v1/me/", cookies={"sessionid": made["cookie"]}, trust_env=False)
    assert answer.json()["username"] == "someone"
    print(f"second start {again.ready_s:.1f} s")
    assert again.stop() < 20


def test_a_worker_that_hangs_from_the_start_is_started_again_and_ctrl_c_is_heard_while_the_broker_hangs(
    fresh: Stack,
) -> None:
    worker = fresh.pid_of("--queues predict")
    os.kill(fresh.child_of("--queues predict"), signal.SIGSTOP)
    job = fresh.ask("enqueue", queue="predict", seconds=0.1)
    outcome = fresh.wait_for(job, "done", "failed")
    assert (outcome["state"], outcome["slept"]) == ("done", 1)
    assert fresh.replaced("--queues predict", worker)
    os.kill(fresh.pid_of("valkey-server"), signal.SIGSTOP)
    assert fresh.stop() < 20
