"""Releases over real processes: the lines that a researcher pastes, a download that is cut, a worker that is killed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from ml.data.export import read_export
from tests.live.stack import Stack, eventually

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]
NewPerson = Callable[..., SimpleNamespace]
MEGA = 1 << 20


@contextmanager
def client_of(stack: Stack, token: str) -> Any:
    with httpx.Client(base_url=f"{stack.url}/api/v1/", timeout=60, trust_env=False) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def done(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()


def read_cases(stack: Stack, newcomer: NewPerson, cases: int, readers: int, fixations: int) -> str:
    """Published cases with readings of simulated readers, in a set of their own; gives the set."""
    author = newcomer("faculty")
    stack.ask("gaze", author=author.name, cases=cases, readers=readers, fixations=fixations)
    return str(stack.ask("set_of", author=author.name))


def approved(stack: Stack, newcomer: NewPerson, chosen: str) -> Any:
    """A request of a new researcher for what is in a set, approved; with the researcher."""
    asks, decides = newcomer("researcher"), newcomer("admin")
    with client_of(stack, asks.token) as client:
        body = {"name": "Gaze", "why": "To learn from it.", "query": {"set": chosen}}
        request = done(client.post("data/requests/", json=body))
    with client_of(stack, decides.token) as client:
        return asks, done(client.post(f"data/requests/{request['id']}/approve/", json={}))


def shell(lines: str, folder: Path, seconds: float = 60.0) -> subprocess.Popen[bytes]:
    """A shell that these lines are pasted into."""
    environment = {**os.environ, "HOME": str(folder), "no_proxy": "*"}
    return subprocess.Popen(
        ["bash", "-c", lines], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        process_group=0,
    )  # fmt: skip


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")
def test_three_lines_fetch_a_release_also_after_a_cut(stack: Stack, newcomer: NewPerson, tmp_path: Path) -> None:
    """As pages show them: the token, what the release is, all of it. The third is cut on the way and run again."""
    who = newcomer("researcher")
    release = stack.ask("large_release", username=who.name, size=40 * MEGA)
    with client_of(stack, who.token) as client:
        token = done(client.post("tokens/", json={"name": "cluster", "scope": "releases"}))["token"]
        archive = done(client.get(f"releases/{release}/"))["archive"]
    bearer = '-H "Authorization: Bearer $TOKEN"'
    lines = [
        f"export TOKEN={token}",
        f"curl -f {bearer} {stack.url}/api/v1/releases/{release}/",
        f"curl -fL -C - -o {archive['name']} {bearer} {stack.url}{archive['url']}",
    ]
    (tmp_path / ".curlrc").write_text("limit-rate = 8M\n")  # slow enough to be cut
    first = shell("\n".join(lines), tmp_path)
    here = tmp_path / archive["name"]
    eventually(lambda: here.exists() and here.stat().st_size > MEGA, 30)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait(10)
    had = here.stat().st_size
    assert 0 < had < 40 * MEGA
    (tmp_path / ".curlrc").unlink()
    again = shell("\n".join(lines), tmp_path)
    said, faults = again.communicate(timeout=60)
    assert again.returncode == 0, faults
    assert f'"id":"{release}"' in said.decode()
    assert hashlib.sha256(here.read_bytes()).hexdigest() == archive["sha256"]
    shell(lines[0] + "\n" + lines[2], tmp_path).communicate(timeout=60)  # when it is whole, nothing is added
    assert hashlib.sha256(here.read_bytes()).hexdigest() == archive["sha256"]
    assert [row["first_byte"] for row in stack.ask("downloads", release=release)][:2] == [0, had]


def test_a_download_of_any_size_takes_the_web_process_no_memory(stack: Stack, newcomer: NewPerson) -> None:
    """Four hundred megabytes to somebody who takes them, and to somebody who has stopped taking."""
    who = newcomer("researcher")
    release = stack.ask("large_release", username=who.name, size=400 * MEGA)
    web = stack.pid_of("uvicorn")

    def held() -> int:
        return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{web}/status").read_text())[1]) << 10  # type: ignore[index]

    with client_of(stack, who.token) as client, client_of(stack, who.token) as lazy:
        done(client.get("me/"))
        before, most, got = held(), 0, 0
        with lazy.stream("GET", f"releases/{release}/archive/") as stuck:
            next(stuck.iter_raw(MEGA))
            with client.stream("GET", f"releases/{release}/archive/") as sent:
                assert sent.status_code == 200
                for piece in sent.iter_raw(MEGA):
                    got += len(piece)
                    most = max(most, held())
    assert got == 400 * MEGA
    assert most - before < 60 * MEGA, f"{(most - before) / MEGA:.0f} MB"


def test_a_worker_killed_while_it_makes_a_release_makes_it_once_and_the_same(
    stack: Stack, newcomer: NewPerson, tmp_path: Path
) -> None:
    chosen = read_cases(stack, newcomer, cases=300, readers=4, fixations=40)
    _, whole = approved(stack, newcomer, chosen)
    stack.wait_for(whole["job"]["id"], "done", "failed", seconds=90)
    asks, request = approved(stack, newcomer, chosen)
    job = request["job"]["id"]
    stack.wait_for(job, "running", seconds=30)
    with client_of(stack, asks.token) as client:
        url = f"releases/{request['release']['id']}/"
        eventually(lambda: done(client.get(url))["job"]["stage"] in {"writing", "packing"}, 30)
        worker = stack.pid_of("--queues io")
        os.kill(stack.child_of("--queues io"), signal.SIGKILL)
        os.kill(worker, signal.SIGKILL)
        told = done(client.get(url))
        assert (told["state"], told["files"]) == ("making", [])
        outcome = stack.wait_for(job, "done", "failed", seconds=120)
        assert (outcome["state"], outcome["attempt"] >= 2) == ("done", True)
        eventually(lambda: stack.replaced("--queues io", worker), 45)
        told, before = done(client.get(url)), done(client.get(f"releases/{whole['release']['id']}/"))
        assert (told["state"], told["counts"]["fixations"]) == ("ready", 300 * 4 * 40)
        assert told["sha256"] == before["sha256"] and told["archive"]["sha256"] == before["archive"]["sha256"]
    folders = list((stack.state / "media" / "releases").glob(f"{request['release']['id']}.*"))
    assert len(folders) == 1
    cases = read_export(folders[0] / "data", films_needed=False)
    assert (len(cases), len(cases[0].readings)) == (300, 4)
