"""Whose address a guess is counted under: the one the connection came from, unless a named proxy says otherwise."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
from ipaddress import ip_address, ip_network
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
import yaml
from django.test import Client

from gazeapp.core.supervisor.up import Supervisor
from tests.accounts.signing_in import HERE
from tests.environment import free_port

ROOT = Path(__file__).resolve().parents[2]
ECHO = """
async def application(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["client"][0].encode()})
"""


def address_seen(folder: Path, claimed: str, **environment: str) -> str:
    """What the web server, started as the supervisor starts it, takes for the caller's address."""
    (folder / "echo.py").write_text(ECHO)
    port = free_port()
    before = {name: os.environ.pop(name) for name in ("FORWARDED_ALLOW_IPS",) if name in os.environ}
    os.environ.update(environment)
    try:
        command = Supervisor(host="127.0.0.1", port=port, say=print)._web_command()
    finally:
        for name in environment:
            del os.environ[name]
        os.environ.update(before)
    command = ["echo:application" if part == "webapp.asgi:application" else part for part in command]
    process = subprocess.Popen([*command, "--app-dir", str(folder)], cwd=ROOT)
    try:
        until = time.monotonic() + 30
        while True:
            try:
                url, claim = f"http://127.0.0.1:{port}/", {"X-Forwarded-For": claimed}
                return httpx.get(url, headers=claim, trust_env=False).text
            except httpx.TransportError:
                assert time.monotonic() < until, "the server did not start"
                time.sleep(0.1)
    finally:
        process.terminate()
        process.wait(10)


def test_nobody_is_believed_by_default_not_even_on_this_machine(tmp_path: Path) -> None:
    assert address_seen(tmp_path, "203.0.113.9") == "127.0.0.1"


def test_a_named_proxy_is_believed_and_what_its_caller_claims_is_not(tmp_path: Path) -> None:
    seen = address_seen(tmp_path, "198.51.100.1, 203.0.113.9", FORWARDED_ALLOW_IPS="127.0.0.1")
    assert seen == "203.0.113.9"


def test_what_a_request_claims_of_its_address_changes_no_count(cast: SimpleNamespace) -> None:
    statuses = [
        Client()
        .post(
            "/accounts/login/",
            {"login": "resident", "password": "wrong"},
            REMOTE_ADDR=HERE,
            HTTP_X_FORWARDED_FOR=f"203.0.113.{number}",
            HTTP_X_REAL_IP=f"203.0.113.{number}",
            HTTP_FORWARDED=f"for=203.0.113.{number}",
        )
        .status_code
        for number in range(6)
    ]
    assert statuses == [200] * 5 + [429]


def test_addresses_of_one_v6_network_count_as_one(cast: SimpleNamespace) -> None:
    guess = {"login": "resident", "password": "wrong"}
    statuses = [
        Client().post("/accounts/login/", guess, REMOTE_ADDR=f"2001:db8::{number:x}").status_code for number in range(6)
    ]
    assert statuses == [200] * 5 + [429]


def test_an_ipv4_address_is_itself_in_ipv6_too(cast: SimpleNamespace) -> None:
    def guesses(*addresses: str) -> list[int]:
        guess = {"login": "resident", "password": "wrong"}
        return [Client().post("/accounts/login/", guess, REMOTE_ADDR=address).status_code for address in addresses]

    assert guesses(*(f"::ffff:192.0.2.{number}" for number in range(6))) == [200] * 6
    assert guesses(*["192.0.2.9", "::ffff:192.0.2.9", "::FFFF:c000:209"] * 2) == [200] * 5 + [429]


@pytest.fixture
def compose() -> dict[str, dict[str, dict[str, object]]]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_behind_compose_only_the_networks_gateway_is_believed(compose: dict[str, dict[str, dict]]) -> None:
    """That is where a proxy on the host appears to come from."""
    said = re.fullmatch(
        r"\$\{FORWARDED_ALLOW_IPS:-(.+)\}", compose["services"]["web"]["environment"]["FORWARDED_ALLOW_IPS"]
    )
    pool = compose["networks"]["default"]["ipam"]["config"][0]
    assert said
    assert said[1] == pool["gateway"]
    assert ip_address(pool["gateway"]) in ip_network(pool["subnet"])
    script = shlex.split(compose["services"]["web"]["command"])[2]
    assert script.endswith('--forwarded-allow-ips "$$FORWARDED_ALLOW_IPS"')
