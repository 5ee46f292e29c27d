"""A worker that met an error it cannot get over says so to whoever started it."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from celery.signals import celeryd_init

from worker import __main__ as worker

BREAKS = """
import sys
from celery.worker.consumer import Consumer
def start(self):
    raise RuntimeError("cannot go on")
Consumer.start = start
sys.argv = ["worker", "--queues", "io", "--concurrency", "1"]
from worker.__main__ import main
main()
"""


def test_a_worker_that_cannot_go_on_exits_with_1() -> None:
    ended = subprocess.run([sys.executable, "-c", BREAKS], env=os.environ, capture_output=True, text=True, timeout=120)
    assert "Unrecoverable error" in ended.stderr + ended.stdout
    assert ended.returncode == 1


@pytest.mark.parametrize(("kept", "code"), [(None, 0), (0, 0), (1, 1), (70, 70)])
def test_what_celery_keeps_to_itself_is_the_exit_code(kept: int | None, code: int) -> None:
    def work(command: list[str]) -> None:
        celeryd_init.send(sender="here", instance=SimpleNamespace(exitcode=kept))

    app: Any = SimpleNamespace(worker_main=work)
    assert worker.run(app, []) == code


def test_a_worker_that_never_came_to_be_is_no_success() -> None:
    assert worker.run(SimpleNamespace(worker_main=lambda command: None), []) == 1
