"""The supervisor itself: start in an order that is fast, say when all answer, watch, stop in an order that is safe."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from celery import current_app
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection

from gazeapp.core import canary, demo
from gazeapp.core.broker_calls import best_effort
from gazeapp.core.models import AuditEvent
from gazeapp.core.supervisor import prepare
from gazeapp.core.supervisor.broker import Broker
from gazeapp.core.supervisor.health import BEAT, BROKER, WEB, Health
from gazeapp.core.supervisor.processes import Child, die_with_parent, stop

WORKERS = {"predict-worker": ("predict",), "io-worker": ("io",), "train-worker": ("train",)}
FIRST = "predict-worker"  # it imports longest: in its parent, then in its child
AFTER_PAGE = "io-worker"  # three that import at once on two cores would make that longer
AFTER_READY = ("train-worker",)  # a start waits for nobody's training
READY_LIMIT_S = 180.0


class Stopped(Exception):
    """A signal asked us to stop."""


class Supervisor:
    def __init__(self, *, host: str, port: int, say: Callable[[str], None]) -> None:
        self.host, self.port, self.say = host, port, say
        self.state: Path = settings.STATE_DIR
        self.logs = self.state / "log"
        self.broker: Broker | None = None
        self.children: dict[str, Child] = {}
        self.practice_set: subprocess.Popen[bytes] | None = None  # makes the demo's practice set, and ends
        self.stop_asked = False
        self.redis_url: str = settings.REDIS_URL
        self.broker_url: str = settings.CELERY_BROKER_URL
        self.health = Health(self.broker_url, WORKERS, (host, port))

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/"

    def run(self) -> None:
        """Everything, until a signal. Raises SystemExit with a sentence when it cannot start."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop_asked)
        with self._alone():
            try:
                self._start()
                self._wait_until_all_answer()
                self._fill_demo()
                self.say(f"Ready: {self.url}")
                best_effort("a mark", lambda: canary.answer(self.broker_url, canary.STARTING, kept_s=canary.STARTING_S))
                for name in AFTER_READY:
                    self._add_worker(name)
                self._add(BEAT, [sys.executable, "-m", "worker", "--beat"])
                self._make_practice_set()
                self._watch()
            except Stopped:
                self.say("Stopping …")
            finally:
                self._stop_all()
        self.say("Stopped.")

    # --- starting ---------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        """Broker first, the schema while it starts; then the worker that takes longest, and the static files while it
        starts; then the web server, which reads them once."""
        self._check_port()
        if not os.environ.get("REDIS_URL"):
            self.broker = Broker.prepare(self.state / "valkey")
            self.redis_url, self.broker_url = self.broker.url, f"{self.broker.url}/0"
            current_app.conf.update(broker_url=self.broker_url)  # our settings were read before it had a port
            self._add(BROKER, self.broker.command, stdin=self.broker.configuration)
        elif not canary.reachable(self.broker_url):
            raise SystemExit("Nothing answers at REDIS_URL. Start that server, or unset REDIS_URL to have one started.")
        if prepare.migrate():
            self.say("The database is up to date.")
        while self.broker is not None and not self.broker.answers():
            self._tick()
        self.health.broker_url = self.broker_url
        self.health.start()
        self._add_worker(FIRST)
        if not settings.DEBUG and prepare.collect_static():
            self.say("Static files are collected.")
        self._add(WEB, self._web_command())

    def _add_worker(self, name: str) -> None:
        self._add(name, [sys.executable, "-m", "worker", "--queues", ",".join(WORKERS[name])])

    def _web_command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "uvicorn", "webapp.asgi:application"),
            *("--host", self.host, "--port", str(self.port)),
            *("--http", "gazeapp.core.sockets:ImpatientHttp"),
            *("--ws", "gazeapp.core.sockets:ImpatientWebSocket", "--ws-max-size", "65536"),
            # Small messages to many pages: packing them costs more than it saves.
            *("--ws-per-message-deflate", "false"),
            *("--limit-concurrency", os.environ.get("MEDGAZE_WEB_CONNECTIONS", "1000")),
            *("--timeout-graceful-shutdown", "5", "--lifespan", "off", "--log-level", "warning"),
            *("--no-access-log", "--no-server-header"),
            # Whose X-Forwarded-For is believed; uvicorn's own default is everybody on this machine.
            *("--forwarded-allow-ips", os.environ.get("FORWARDED_ALLOW_IPS", "")),
        ]

    def _add(self, name: str, command: list[str], stdin: str | None = None) -> None:
        environment = {"REDIS_URL": self.redis_url, "PYTHONUNBUFFERED": "1"}
        child = Child(name, command, self.logs, environment, stdin, self.say)
        self.children[name] = child
        child.start()

    def _wait_until_all_answer(self) -> None:
        """Ready means: the first page comes, and a message went through the broker into the workers that people wait
        for: a canary that came back, or a job left over from before that a worker has taken up (canaries wait behind
        it)."""
        began = time.monotonic()
        waiting = {WEB, FIRST, AFTER_PAGE}
        while waiting:
            if time.monotonic() - began > READY_LIMIT_S:
                raise SystemExit(f"Not ready in {READY_LIMIT_S:.0f} s: {', '.join(sorted(waiting))}. See {self.logs}.")
            if WEB in waiting and self._page_comes():
                waiting.discard(WEB)
                self._add_worker(AFTER_PAGE)
            workers = [child for child in self.children.values() if child.name in WORKERS]
            waiting -= {child.name for child in workers if self.health.heard_since(child.name, child.started_at)}
            self._tick()
        self.health.every_s = settings.HEALTH_SECONDS

    def _fill_demo(self) -> None:
        """Demo mode: people (their passwords are printed this once) and, on the first start, the demo's cases."""
        if not settings.DEMO:
            return
        if get_user_model()._default_manager.filter(is_demo=True).exists():
            self.say("Sign in with the passwords shown at the first start. For new ones:")
            self.say("  MEDGAZE_DEMO=1 .venv/bin/python manage.py demo_people --reset")
        else:
            self._command("demo_people")
        if not AuditEvent.objects.filter(verb=demo.BEGUN).exists():
            self.say("Taking in the demo's films …")
            self._command("demo_data")
        connection.close()

    def _make_practice_set(self) -> None:
        """Demo mode: the practice set, in the background and with the lowest priority; a next start goes on with it."""
        if not settings.DEMO:
            return
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / "demo-practice-set.log").open("ab") as log:
            self.practice_set = subprocess.Popen(
                ["nice", "-n", "19", sys.executable, "manage.py", "demo_practice_set"],
                cwd=settings.BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "REDIS_URL": self.redis_url, "LOG_LEVEL": "WARNING", "OMP_NUM_THREADS": "1"},
                process_group=0,
                preexec_fn=die_with_parent,
            )

    def _command(self, name: str) -> None:
        """Run a management command beside the children, which stay watched."""
        process = subprocess.Popen(
            [sys.executable, "manage.py", name],
            cwd=settings.BASE_DIR,
            env={**os.environ, "REDIS_URL": self.redis_url, "LOG_LEVEL": "WARNING"},
            process_group=0,
        )
        try:
            while process.poll() is None:
                self._tick()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(5)
        if process.returncode:
            self.say(f"manage.py {name} failed (code {process.returncode}); the rest works without it.")

    def _check_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                raise SystemExit(
                    f"Port {self.port} is taken ({error.strerror}). Choose one: make demo PORT=8123"
                ) from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One supervisor a state folder: two would share a database but not a broker."""
        try:
            self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self.state / "up.lock").open("w")
        except OSError as error:
            raise SystemExit(
                f"The folder {self.state} cannot be written ({error.strerror}). "
                "Make it yours, or set MEDGAZE_STATE_DIR to another one."
            ) from None
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise SystemExit(f"Already running with {self.state}.") from None
            yield

    # --- watching ---------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        while True:
            self._tick(0.2)
            for name in (BROKER, BEAT, WEB, *WORKERS):
                if name in self.children:
                    self._restart_if_silent(self.children[name])

    def _tick(self, seconds: float = 0.05) -> None:
        """Look after the children for a moment; every wait of the supervisor consists of these."""
        if self.stop_asked:
            raise Stopped
        for child in list(self.children.values()):
            child.watch()
        time.sleep(seconds)

    def _restart_if_silent(self, child: Child) -> None:
        if child.alive() and self.health.is_silent(child.name, child.started_at):
            self.say(f"{child.name} gives no sign of life; starting it again.")
            child.restart()

    def _page_comes(self) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=5) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError as error:
            self.say(f"The first page answers {error.code}. See {self.logs / 'web.log'}.")
            self._tick(1.0)
            return False
        except OSError:
            return False

    # --- stopping ---------------------------------------------------------------------------------------------------

    def _stop_asked(self, number: int, frame: FrameType | None) -> None:
        """Only remember it: an exception raised here could land where it is swallowed. `_tick` acts on it."""
        self.stop_asked = True

    def _stop_all(self) -> None:
        """Workers and web first, so that what they still write finds its broker; Valkey last."""
        if self.practice_set is not None and self.practice_set.poll() is None:
            self.practice_set.terminate()  # each of its cases is whole or made anew; there is nothing to wait for
            try:
                self.practice_set.wait(2)
            except subprocess.TimeoutExpired:
                self.practice_set.kill()
        valkey = self.children.pop(BROKER, None)
        killed = stop(list(self.children.values()), settings.STOP_SECONDS)
        if valkey is not None:
            killed += stop([valkey], 4.0)
        if killed:
            self.say(f"Had to kill: {', '.join(killed)}.")
