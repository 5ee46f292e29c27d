"""A web server that lives and answers nobody is replaced, as a worker is."""

from __future__ import annotations

import os
import signal

import httpx
import pytest

from tests.live.stack import Stack, alive, eventually

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]


def test_a_web_server_that_hangs_is_replaced_within_45_seconds(stack: Stack) -> None:
    with httpx.Client(base_url=stack.url, trust_env=False, timeout=5) as client:
        eventually(lambda: client.get("/readyz").status_code == 200, 30)  # every worker has told of itself
        web = stack.pid_of("uvicorn")
        os.kill(web, signal.SIGSTOP)
        eventually(lambda: stack.replaced("uvicorn", web) and answers(client), 45)
    assert not alive(web)
    assert "web gives no sign of life; starting it again." in stack.said


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/accounts/login/").status_code == 200
    except httpx.HTTPError:
        return False
