"""The whole reading room as real processes (`manage.py up`), and the ways to look into it and to hurt it."""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import redis

from gazeapp.core.supervisor.processes import die_with_parent
from tests.environment import free_port

ROOT = Path(__file__).resolve().parents[2]

# Accidents are waits for these; a stack under test waits less than the defaults (docs/operations.md).
QUICK = {
    "MEDGAZE_JOB_LEASE_SECONDS": "8",
    "MEDGAZE_JOB_HEARTBEAT_SECONDS": "1",
    "MEDGAZE_JOB_RECONCILE_SECONDS": "2",
    "MEDGAZE_JOB_REPUBLISH_SECONDS": "4",
    "MEDGAZE_JOB_GRACE_SECONDS": "2",
    "MEDGAZE_HEALTH_SECONDS": "1",
    "MEDGAZE_SILENT_SECONDS": "10",
    "MEDGAZE_START_SECONDS": "60",
    "MEDGAZE_STOP_SECONDS": "6",
}


OWN = {
    "MEDGAZE_DEMO": "0",
    "MEDGAZE_HTTPS": "0",
    "DJANGO_SECRET_KEY": "only for tests",
    "DJANGO_ALLOWED_HOSTS": "localhost,127.0.0.1",
}
PREPARE = """
import django
django.setup()
from gazeapp.core.supervisor import prepare
prepare.migrate()
prepare.collect_static()
"""


@functools.cache
def prepared() -> Path:
    """A state folder with collected static files and an empty SQLite database: made once a test process, and copied for
    each stack, since both take seconds of a start."""
    state = Path(tempfile.mkdtemp(prefix="reading-room-prepared-"))
    atexit.register(shutil.rmtree, state, ignore_errors=True)
    environment = {**os.environ, **OWN, "MEDGAZE_STATE_DIR": str(state), "DATABASE_URL": "sqlite://"}
    subprocess.run([sys.executable, "-c", PREPARE], cwd=ROOT, env=environment, check=True)
    return state


class Stack:
    """One running `manage.py up` with a state folder, a port and a database of its own. As a context manager it leaves
    nothing behind, however the test ends."""

    def __init__(self, *, bare: bool = False, **environment: str) -> None:
        """``bare``: nothing is there before its first start. ``environment``: what is other than usual."""
        self.state = Path(tempfile.mkdtemp(prefix="reading-room-live-"))
        atexit.register(shutil.rmtree, self.state, ignore_errors=True)
        if not bare:
            shutil.copytree(prepared(), self.state, dirs_exist_ok=True)
        self.port = free_port()
        self.environment = {
            **{k: v for k, v in os.environ.items() if k not in {"REDIS_URL", "DATABASE_URL"}},
            "MEDGAZE_STATE_DIR": str(self.state),
            **OWN,
            **environment,
        }
        if url := os.environ.get("DATABASE_URL", ""):
            self.environment["DATABASE_URL"] = self._own_database(url)
        self.said: list[str] = []
        self._agents: list[subprocess.Popen[str]] = []
        self._free: list[subprocess.Popen[str]] = []
        self.process = self._start()

    @staticmethod
    def _own_database(url: str) -> str:
        """On PostgreSQL: a new database beside the given one. On SQLite the state folder is enough."""
        if not url.startswith("postgres"):
            return url
        import psycopg

        name = f"live_{secrets.token_hex(4)}"
        with psycopg.connect(url, autocommit=True) as line:
            line.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
        return f"{url.rsplit('/', 1)[0]}/{name}"

    # --- living and dying -------------------------------------------------------------------------------------------

    def _start(self) -> subprocess.Popen[str]:
        self.started = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(self.port)],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
            preexec_fn=die_with_parent,  # a test run that is killed leaves nothing behind either
        )
        assert process.stdout is not None
        for line in process.stdout:
            self.said.append(line.rstrip())
            if line.startswith("Ready:"):
                break
        else:
            raise RuntimeError("not ready:\n" + "\n".join(self.said))
        self.ready_s = time.monotonic() - self.started
        threading.Thread(target=self._listen, args=(process,), daemon=True).start()
        self.redis_url = redis_url_of(process.pid)
        return process

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with contextlib.suppress(ValueError):
            self.said.extend(line.rstrip() for line in process.stdout)

    def __enter__(self) -> Stack:
        return self

    def __exit__(self, *error: object) -> None:
        if self.process.poll() is None:
            self.stop()

    def stop(self) -> float:
        """Ctrl-C; returns how many seconds it took until nothing was left. What is left after 30 is killed."""
        family = [self.process.pid, *descendants(self.process.pid)]
        began = time.monotonic()
        try:
            for agent in self._agents:
                assert agent.stdin is not None
                agent.stdin.close()
            os.killpg(self.process.pid, signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(30)
            while any(alive(pid) for pid in family) and time.monotonic() - began < 30:
                time.sleep(0.05)
            return time.monotonic() - began
        finally:
            family += [agent.pid for agent in self._agents]
            for pid in family:
                if alive(pid):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            for agent in self._agents:
                agent.wait(10)
            self.process.wait(10)

    def restart(self) -> Stack:
        """Start again after `stop`, with the same state."""
        self.said, self._agents, self._free = [], [], []
        self.process = self._start()
        return self

    # --- looking ----------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/live/"

    def pid_of(self, words: str) -> int:
        """The supervised process whose command line holds these words."""
        for pid in children(self.process.pid):
            if words in command_line(pid):
                return pid
        raise LookupError(words)

    def child_of(self, words: str) -> int:
        """A pool child of the worker whose command line holds these words (the one that was started first)."""
        worker = self.pid_of(words)
        return next(pid for pid in children(worker) if is_pool_child(pid, worker))

    def replaced(self, words: str, old: int) -> bool:
        """Whether another process than ``old`` runs there now."""
        with contextlib.suppress(LookupError):
            return self.pid_of(words) != old
        return False

    @property
    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.redis_url)

    def ask(self, call: str, **values: Any) -> Any:
        """Let a free agent do something (see tests/live/agent.py). Threads that ask at once get an agent each."""
        try:
            agent = self._free.pop()
        except IndexError:
            agent = self._new_agent()
        assert agent.stdin is not None
        assert agent.stdout is not None
        agent.stdin.write(json.dumps({"call": call, **values}) + "\n")
        agent.stdin.flush()
        answer = json.loads(agent.stdout.readline())
        self._free.append(agent)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["value"]

    def _new_agent(self) -> subprocess.Popen[str]:
        agent = subprocess.Popen(
            [sys.executable, "-m", "tests.live.agent"],
            cwd=ROOT,
            env={**self.environment, "REDIS_URL": self.redis_url, "LOG_LEVEL": "ERROR"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert agent.stdout is not None
        agent.stdout.readline()
        self._agents.append(agent)
        return agent

    def wait_for(self, job: str, *states: str, seconds: float = 45.0) -> dict[str, Any]:
        """Until the job is in one of these states; the time limit is the promise."""
        began = time.monotonic()
        while True:
            now: dict[str, Any] = self.ask("job", id=job)
            if now["state"] in states:
                return {**now, "seconds": time.monotonic() - began}
            assert time.monotonic() - began < seconds, f"job {now} after {seconds} s, not {states}"
            time.sleep(0.1)


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "did not come true"
        time.sleep(0.05)


def redis_url_of(supervisor: int) -> str:
    """Port and password of the embedded Valkey stand in no file, but in its children's environment."""
    worker = next(pid for pid in children(supervisor) if "--queues io" in command_line(pid))
    found = re.search(r"REDIS_URL=([^\0]+)", Path(f"/proc/{worker}/environ").read_bytes().decode())
    assert found is not None
    return found[1]


def children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            yield from map(int, task.read_text().split())


def descendants(pid: int) -> list[int]:
    found = list(children(pid))
    return found + [below for child in found for below in descendants(child)]


def is_pool_child(pid: int, worker: int) -> bool:
    """Spawned children say so on their command line, forked ones look like their parent."""
    line = command_line(pid)
    return "spawn_main" in line or line == command_line(worker)


def alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def command_line(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""
