"""No log line holds an address that is a key."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client

from gazeapp.accounts.logs import RedactingFormatter

SECRET = "q0-secret_Part"


def line(message: str, *args: object, error: Exception | None = None) -> str:
    record = logging.LogRecord(
        "django.request", 40, "x.py", 1, message, args, (type(error), error, None) if error else None
    )
    return RedactingFormatter("{levelname} {message}", style="{").format(record)


@pytest.mark.parametrize(
    "path",
    [
        f"/people/link/{SECRET}/",
        f"http://testserver/people/link/{SECRET}/?a=b",
        f"/people/link/{SECRET}",
        f"/accounts/password/reset/key/3-{SECRET}/",
    ],
)
def test_the_key_in_an_address_is_blotted_out(path: str) -> None:
    for said in (line("Not Found: %s", path), line(f"'{path}' failed"), line("failed", error=ValueError(path))):
        assert SECRET not in said
        assert "…" in said


def test_other_addresses_stay_readable() -> None:
    assert line("Not Found: %s", "/people/7/link/") == "ERROR Not Found: /people/7/link/"


def test_every_handler_of_the_site_writes_so() -> None:
    """In a process of its own, as it is started: pytest's own handlers are not the stack's."""
    code = (
        "import django, logging; django.setup(); "
        f"logging.getLogger('uvicorn.error').error('Not Found: /people/link/{SECRET}/'); "
        f"logging.getLogger('django.server').error('GET /people/link/{SECRET}/'); "
        f"logging.getLogger('gazeapp.core.problems').error('failed at /people/link/{SECRET}/')"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stderr.count("/people/link/…/") == 3
    assert SECRET not in said.stderr + said.stdout


def test_a_link_that_is_not_one_leaves_no_key_in_the_log(
    db: None, client: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter(settings.LOGGING["formatters"]["plain"]["format"], style="{"))
    logging.getLogger().addHandler(handler)
    try:
        assert client.get(f"/people/link/{SECRET}/").status_code == 404
    finally:
        logging.getLogger().removeHandler(handler)
    assert SECRET not in "".join(capfd.readouterr())
