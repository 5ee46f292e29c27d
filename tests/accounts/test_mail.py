"""Mail leaves only where the environment says how, and no page waits for it."""

from __future__ import annotations

import json
import logging
import os
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from django.core.mail import EmailMessage

from gazeapp.accounts.mail import BackgroundEmailBackend
from tests.environment import free_port

NAMES = ("MAIL", "EMAIL_BACKEND", "EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD")
NAMES += ("EMAIL_USE_TLS", "EMAIL_USE_SSL", "DEFAULT_FROM_EMAIL")
PRINT = f"import json; from django.conf import settings as s; print(json.dumps({{n: getattr(s, n) for n in {NAMES}}}))"


def settings_with(**environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("EMAIL_")}
    return subprocess.run([sys.executable, "-c", PRINT], env={**clean, **environment}, capture_output=True, text=True)


def test_without_a_host_nothing_is_sent_or_printed() -> None:
    found = json.loads(settings_with().stdout)
    assert (found["MAIL"], found["EMAIL_BACKEND"]) == (False, "django.core.mail.backends.dummy.EmailBackend")


def test_the_environment_says_how_mail_leaves() -> None:
    found = json.loads(
        settings_with(
            EMAIL_HOST="mail.example.org", EMAIL_USER="room", EMAIL_PASSWORD="secret", EMAIL_FROM="room@example.org"
        ).stdout
    )
    assert found == {
        "MAIL": True,
        "EMAIL_BACKEND": "gazeapp.accounts.mail.BackgroundEmailBackend",
        "EMAIL_HOST": "mail.example.org",
        "EMAIL_PORT": 587,
        "EMAIL_HOST_USER": "room",
        "EMAIL_HOST_PASSWORD": "secret",
        "EMAIL_USE_TLS": True,
        "EMAIL_USE_SSL": False,
        "DEFAULT_FROM_EMAIL": "room@example.org",
    }


def test_port_465_means_tls_from_the_first_byte() -> None:
    found = json.loads(settings_with(EMAIL_HOST="mail.example.org", EMAIL_FROM="a@b.org", EMAIL_PORT="465").stdout)
    assert (found["EMAIL_USE_SSL"], found["EMAIL_USE_TLS"]) == (True, False)


def test_a_host_without_a_sender_stops_the_start_and_says_what_to_set() -> None:
    for more in ({}, {"EMAIL_FROM": ""}):  # compose passes on what is not set as nothing
        assert "Set EMAIL_FROM" in settings_with(EMAIL_HOST="mail.example.org", **more).stderr


class SlowServer(socketserver.ThreadingTCPServer):
    """Takes mail as SMTP says, half a second after the greeting."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        self.taken: list[str] = []
        super().__init__(("127.0.0.1", 0), SlowHandler)


class SlowHandler(socketserver.StreamRequestHandler):
    server: SlowServer

    def handle(self) -> None:
        time.sleep(0.5)
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            if line.upper().startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                body = b""
                while not body.endswith(b"\r\n.\r\n"):
                    body += self.rfile.readline()
                self.server.taken.append(body.decode())
            self.wfile.write(b"250 yes\r\n")


@pytest.fixture
def server() -> Iterator[SlowServer]:
    with SlowServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def send(port: int) -> float:
    """Seconds until the caller may go on."""
    backend = BackgroundEmailBackend(
        host="127.0.0.1", port=port, use_tls=False, use_ssl=False, username="", password=""
    )
    began = time.monotonic()
    EmailMessage("Way back", "words", "room@example.org", ["resident@example.org"], connection=backend).send()
    return time.monotonic() - began


def test_a_page_does_not_wait_for_the_mail_server(server: SlowServer) -> None:
    assert send(server.server_address[1]) < 0.2
    until = time.monotonic() + 10
    while not server.taken and time.monotonic() < until:
        time.sleep(0.05)
    assert "Subject: Way back" in server.taken[0]


def test_a_mail_that_cannot_be_sent_is_logged_without_its_address(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        send(free_port())
        until = time.monotonic() + 10
        while not caplog.records and time.monotonic() < until:
            time.sleep(0.05)
    assert "could not be sent (ConnectionRefusedError)" in caplog.text
    assert "resident@example.org" not in caplog.text
