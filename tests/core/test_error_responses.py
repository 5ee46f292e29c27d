"""What is answered where no view answers: problems under /api/, pages elsewhere, and a number for the unforeseen."""

from __future__ import annotations

import base64
import errno
import hashlib
import logging
import re
import sqlite3
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError
from django.test import Client
from rest_framework.test import APIClient

from gazeapp.core import selectors
from gazeapp.core.problems import Problem

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Any], APIClient]
JSON = "application/problem+json"
SECRET = "a word that only the log may hold"


@pytest.fixture
def admin(cast: SimpleNamespace, client_for: ClientFor) -> APIClient:
    client = client_for(cast.admin)
    client.raise_request_exception = False
    return client


def breaks(*args: Any, **kwargs: Any) -> Any:
    raise RuntimeError(SECRET)


def number_in(text: str) -> str:
    found = re.search(r"give an admin this number: ([0-9a-f]{8})\.", text)
    assert found is not None, text
    return found[1]


def test_an_unforeseen_fault_of_the_api_has_a_number_that_stands_in_the_log(
    admin: APIClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(selectors, "job_for", breaks)
    answer = admin.get("/api/v1/jobs/00000000-0000-4000-8000-000000000000/?note=private")
    assert (answer.status_code, answer["Content-Type"]) == (500, JSON)
    said = answer.json()
    assert said["type"] == "/problems/unforeseen" and said["id"] == number_in(said["detail"])
    assert SECRET not in answer.content.decode()
    assert f"fault {said['id']}: GET api-job\n" in caplog.text
    assert "Traceback" in caplog.text and SECRET in caplog.text
    assert "00000000" not in caplog.text and "private" not in caplog.text


def test_two_faults_have_two_numbers(admin: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "jobs_visible_to", breaks)
    assert len({admin.get("/api/v1/jobs/").json()["id"] for _ in range(3)}) == 3


def test_a_page_that_breaks_shows_the_number_too(
    admin: APIClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("gazeapp.cases.selectors.cases_visible_to", breaks)
    answer = admin.get("/cases/")
    assert answer.status_code == 500 and answer["Content-Type"].startswith("text/html")
    assert f"fault {number_in(answer.content.decode())}: GET cases:library\n" in caplog.text
    assert SECRET not in answer.content.decode() and "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(("address", "kind"), [("/api/v1/me/", JSON), ("/cases/", "text/html; charset=utf-8")])
def test_a_fault_before_the_view_is_caught_alike(
    admin: APIClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, address: str, kind: str
) -> None:
    monkeypatch.setattr(SessionStore, "load", breaks)
    answer = admin.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (500, kind)
    assert f"fault {number_in(answer.content.decode())}: GET" in caplog.text


def test_the_page_of_a_fault_needs_no_static_files(admin: APIClient, settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    for address in ("/cases/", "/no/such/page/", "/people/me/"):
        answer = admin.get(address)  # none were collected, so that every other page breaks
        assert answer.status_code == 500 and number_in(answer.content.decode()), address
        assert not re.search(r"/static/|(src|href)=\"(?!/\"|data:)", answer.content.decode())


def test_the_style_of_that_page_is_what_its_policy_allows(admin: APIClient) -> None:
    answer = admin.get("/cases/?search=%00")
    style = re.search(r"<style>(.*?)</style>", answer.content.decode(), re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = answer["Content-Security-Policy"]
    assert f"style-src 'sha256-{digest}'" in policy and "default-src 'none'" in policy


BAD_IDS = [
    *(f"cases/{ident}/{verb}" for ident in ("x", "1", "'", "%ff", "0" * 32) for verb in ("", "hide/", "predictions/")),
    *("jobs/x/", "jobs/x/cancel/", "predictions/x/", "uploads/x/", "films/x/", f"films/{'G' * 64}/pixels/"),
    *("", "nothing/", "cases", "../v1/", "me/x/"),
]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_address_of_the_api_that_is_none_is_a_problem(admin: APIClient, method: str) -> None:
    for address in BAD_IDS:
        answer = admin.generic(method, f"/api/v1/{address}", b"{}", "application/json")
        if answer.status_code == 301:  # only the last slash was missing
            assert not address.endswith("/")
            continue
        assert (answer.status_code, answer["Content-Type"]) == (404, JSON), address
        assert answer.json()["type"] == "/problems/not-found"


def test_a_page_that_is_not_here_is_a_page(admin: APIClient) -> None:
    answer = admin.get("/no/such/page/")
    assert answer.status_code == 404 and answer["Content-Type"].startswith("text/html")
    assert "not here, or not for you" in answer.content.decode()


@pytest.mark.parametrize("method", ["PUT", "TRACE", "FOO", "DISPATCH"])
def test_a_method_that_is_not_taken_is_a_problem(admin: APIClient, method: str) -> None:
    answer = admin.generic(method, "/api/v1/me/")
    assert (answer.status_code, answer["Content-Type"]) == (405, JSON)
    assert "GET" in answer["Allow"]


def test_a_name_that_is_not_ours_is_refused(admin: APIClient, caplog: pytest.LogCaptureFixture) -> None:
    answer = admin.get("/api/v1/me/", HTTP_HOST="elsewhere.example")
    assert (answer.status_code, answer["Content-Type"]) == (400, JSON)
    page = admin.get("/cases/", HTTP_HOST="elsewhere.example")
    assert page.status_code == 400 and "does not go by that name" in page.content.decode()
    assert "elsewhere.example" in caplog.text and "Traceback" not in caplog.text


def test_too_many_fields_are_a_problem(admin: APIClient) -> None:
    answer = admin.get("/api/v1/cases/?" + "a=1&" * 2000)
    assert (answer.status_code, answer["Content-Type"]) == (400, JSON)
    fields = b"".join(b'--b\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nx\r\n' % i for i in range(1001))
    answer = admin.generic("POST", "/api/v1/cases/", fields + b"--b--\r\n", "multipart/form-data; boundary=b")
    assert (answer.status_code, answer["Content-Type"]) == (400, JSON)
    assert "too many fields" in answer.json()["title"]


def test_a_form_that_cannot_be_read_is_said_on_a_page(client_for: ClientFor) -> None:
    for kind in ("multipart/form-data", "multipart/form-data; boundary=é"):
        answer = client_for(None).generic("POST", "/accounts/login/", b"--b", kind)
        assert answer.status_code == 400 and "cannot be read" in answer.content.decode()


def test_a_body_over_the_limit_is_a_problem(admin: APIClient, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = admin.generic("POST", "/api/v1/tokens/", b'{"a": "' + b"x" * 100 + b'"}', "application/json")
    assert (answer.status_code, answer["Content-Type"]) == (413, JSON)


def test_a_form_from_elsewhere_is_refused_by_page_and_api(
    cast: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.resident, backend="gazeapp.accounts.backends.PeopleBackend")
    answer = client.post("/api/v1/tokens/", b"{}", "application/json")
    assert (answer.status_code, answer["Content-Type"]) == (403, JSON) and "CSRF" in answer.json()["detail"]
    page = client.post("/people/me/tokens/", {})
    assert page.status_code == 403 and "form is too old" in page.content.decode()
    assert "POST make-token" in caplog.text and "/people/" not in caplog.text


def test_a_refusal_that_a_page_did_not_expect_is_shown_in_its_own_words(
    admin: APIClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*args: Any) -> Any:
        raise Problem("storage-full", "There is no room left.", "Tell an admin.", code=507)

    monkeypatch.setattr("gazeapp.cases.selectors.cases_visible_to", refuse)
    answer = admin.get("/cases/")
    assert answer.status_code == 507 and "There is no room left." in answer.content.decode()
    assert "fault" not in caplog.text


def full_database() -> OperationalError:
    error, driver = OperationalError("database or disk is full"), sqlite3.OperationalError()
    driver.sqlite_errorcode = sqlite3.SQLITE_FULL
    error.__cause__ = driver
    return error


@pytest.mark.parametrize("error", [full_database(), OSError(errno.ENOSPC, "No space left on device")], ids=repr)
def test_a_full_disk_is_said_by_api_and_page_whatever_found_it_full(
    admin: APIClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def full(*args: Any, **kwargs: Any) -> Any:
        raise error

    monkeypatch.setattr(selectors, "jobs_visible_to", full)
    answer = admin.get("/api/v1/jobs/")
    assert (answer.status_code, answer["Content-Type"]) == (507, JSON)
    assert answer.json()["type"] == "/problems/disk-full"
    assert "the disk is full" in caplog.text and "fault" not in caplog.text
    monkeypatch.setattr("gazeapp.cases.selectors.cases_visible_to", full)
    page = admin.get("/cases/")
    assert page.status_code == 507 and "no room left" in page.content.decode()


@pytest.mark.parametrize(
    ("query", "kind"), [(b"", b"text/plain; charset*=BOGUS''%80"), (b"search=\xff", b"application/json")]
)
@pytest.mark.parametrize(("path", "shown"), [("/api/v1/me/", JSON), ("/cases/", "text/html; charset=utf-8")])
async def test_a_head_that_cannot_be_read_is_refused_and_not_a_fault_of_the_server(
    path: str, shown: str, query: bytes, kind: bytes
) -> None:
    from webapp.asgi import application

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query,
        "headers": [(b"host", b"testserver"), (b"content-type", kind)],
    }
    line = ApplicationCommunicator(application, scope)
    await line.send_input({"type": "http.request", "body": b""})
    start = await line.receive_output(5)
    assert (start["status"], dict(start["headers"])[b"Content-Type"].decode()) == (400, shown)


def test_what_is_expected_is_not_logged_with_its_address(admin: APIClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for address in ("/people/a-secret-link/", "/api/v1/a-secret-link/"):
        assert admin.get(address).status_code == 404
    assert "secret" not in caplog.text
