"""The web server while its database is away: it says so, soon and in words, and goes on when the database is back."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.environment import free_port
from tests.live.stack import ROOT, eventually

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]
POSTGRES = list(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
COOKIE = {"Cookie": "sessionid=" + "a" * 32}  # nobody's, but it must be looked up


@contextmanager
def web(state: Path, database: str) -> Iterator[httpx.Client]:
    """A web server alone on a fresh database, and a client for it."""
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": database,
        "MEDGAZE_STATE_DIR": str(state),
        "DJANGO_ALLOWED_HOSTS": "127.0.0.1",
    }
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, check=True, timeout=120)
    command = [sys.executable, "-m", "uvicorn", "webapp.asgi:application", "--port", str(port), "--lifespan", "off"]
    with (state / "log").open("w") as log:
        process = subprocess.Popen([*command, "--no-access-log"], cwd=ROOT, env=environment, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
            eventually(lambda: answers(client), 60)
            yield client
    finally:
        process.terminate()
        process.wait(15)


def answers(client: httpx.Client) -> bool:
    """Whether it looked somebody up: a token that is nobody's is refused as such."""
    try:
        return client.get("/api/v1/me/", headers={"Authorization": "Bearer abcdefghijkl"}).status_code == 401
    except httpx.ConnectError:
        return False


def says_that_it_is_down(client: httpx.Client, state: Path) -> float:
    """Every kind of address does; returns how many seconds the slowest took."""
    took = []
    # By token, by session, and a page whose session is looked up before any view runs.
    for headers in ({"Authorization": "Bearer abcdefghijkl"}, COOKIE):
        began = time.monotonic()
        answer = client.get("/api/v1/me/", headers=headers)
        took.append(time.monotonic() - began)
        assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json"), answer.text
        assert answer.json()["type"] == "/problems/database-down"
        assert int(answer.headers["Retry-After"]) > 0
    for address in ("/cases/", "/"):
        began = time.monotonic()
        page = client.get(address, headers=COOKIE)
        took.append(time.monotonic() - began)
        assert page.status_code == 503 and page.headers["Content-Type"].startswith("text/html"), address
        assert int(page.headers["Retry-After"]) > 0
        assert "cannot reach its records" in page.text and "/static/" not in page.text
    said = (state / "log").read_text()
    assert "database down" in said and "Traceback" not in said
    return max(took)


def damage(file: Path) -> None:
    file.write_bytes(b"not a database " * 1000)


@pytest.mark.parametrize("harm", [Path.mkdir, damage], ids=["a folder in its place", "damaged"])
def test_a_database_file_that_cannot_be_read(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    file, aside = tmp_path / "db.sqlite3", tmp_path / "aside"
    with web(tmp_path, f"sqlite://{file}") as client:
        file.rename(aside)
        harm(file)
        assert says_that_it_is_down(client, tmp_path) < 5
        shutil.rmtree(file) if file.is_dir() else file.unlink()
        aside.rename(file)
        assert answers(client)


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL of our own."""
    with subprocess.Popen(
        ["tools/with-postgres", "sh", "-c", "echo $DATABASE_URL; cat"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdin is not None and server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.stdin.close()


@pytest.mark.skipif(not POSTGRES, reason="PostgreSQL is not installed")
def test_a_database_server_that_hangs_and_one_that_is_stopped(tmp_path: Path) -> None:
    with postgres() as url, web(tmp_path, url) as client:
        with psycopg.connect(url) as line:
            folder = line.execute("SHOW data_directory").fetchone()
        assert folder is not None
        server = int((Path(folder[0]) / "postmaster.pid").read_text().split()[0])
        os.kill(server, signal.SIGSTOP)
        try:
            assert says_that_it_is_down(client, tmp_path) < 10
        finally:
            os.kill(server, signal.SIGCONT)
        assert answers(client)
        os.kill(server, signal.SIGQUIT)
        eventually(lambda: not Path(f"/proc/{server}").exists())
        assert says_that_it_is_down(client, tmp_path) < 5
