"""The quarantine folder and the counting of bodies: what is kept, for how long, and what a full disk says."""

from __future__ import annotations

import errno
import os
import time
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadhandler import StopUpload

from gazeapp.cases import body_limit, quarantine, spool
from gazeapp.cases.body_limit import BodyLimit, allowed
from gazeapp.core.problems import Problem


def made(report: str = "Clear.") -> uuid.UUID:
    upload = uuid.uuid4()
    quarantine.make(upload, filename="MUSTER.dcm", report=report, title="  Mine ")
    return upload


def test_what_is_written_can_be_read_and_what_is_not_there_is_empty() -> None:
    upload = made(report="Kein Erguß.")
    assert (quarantine.read_report(upload), quarantine.read_title(upload)) == ("Kein Erguß.", "Mine")
    assert quarantine.film_path(upload).stat().st_size == 0
    assert quarantine.read_identifiers(upload) is None
    nowhere = uuid.uuid4()
    assert (quarantine.read_report(nowhere), quarantine.read_title(nowhere)) == ("", "")


def test_what_the_header_names_is_kept_as_it_is_and_nothing_is_not_none() -> None:
    upload = made()
    quarantine.write_identifiers(upload, [("name", "Müller")])
    assert quarantine.read_identifiers(upload) == [("name", "Müller")]
    quarantine.write_identifiers(upload, [])
    assert quarantine.read_identifiers(upload) == []
    (quarantine.folder(upload) / "identifiers.json").write_text("{")
    assert quarantine.read_identifiers(upload) is None


def test_when_the_film_is_taken_in_only_the_report_that_waits_stays() -> None:
    upload = made()
    quarantine.write_identifiers(upload, [])
    (quarantine.work(upload) / "pixels").write_bytes(b"x")
    quarantine.discard_film(upload)
    assert {path.name for path in quarantine.folder(upload).iterdir()} == {"report.txt", "identifiers.json"}
    quarantine.discard_film(upload)  # twice does no harm
    quarantine.discard(upload)
    assert not quarantine.folder(upload).exists()


def test_the_sandboxes_folder_is_empty_each_time_and_ours_alone() -> None:
    upload = made()
    (quarantine.work(upload) / "left over").write_bytes(b"x")
    again = quarantine.work(upload)
    assert list(again.iterdir()) == [] and again.stat().st_mode & 0o777 == 0o700


def test_a_folder_is_stray_when_no_row_names_it_and_it_is_an_hour_old() -> None:
    known, young, old = made(), made(), made()
    (quarantine.root() / "no upload").mkdir()
    for folder, age in ((known, 7200), (young, 3500), (old, 3700)):
        then = time.time() - age
        os.utime(quarantine.folder(folder), (then, then))
    then = time.time() - 7200
    os.utime(quarantine.root() / "no upload", (then, then))
    assert quarantine.strays({str(known)}) == [old]


def test_a_second_writer_is_told_to_wait_and_after_the_first_one_may() -> None:
    upload = made()
    with quarantine.locked(upload):
        with pytest.raises(Problem) as busy, quarantine.locked(upload):
            pass
        with quarantine.locked(made()):  # another upload is another lock
            pass
    assert busy.value.code == 423
    with quarantine.locked(upload):
        pass
    with pytest.raises(Problem) as gone, quarantine.locked(uuid.uuid4()):
        pass
    assert gone.value.code == 410


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_every_way_of_being_full_is_said_in_words(code: int) -> None:
    with pytest.raises(Problem) as full, quarantine.storage_errors():
        raise OSError(code, "no")
    assert (full.value.kind, full.value.code) == ("storage-full", 507)


def test_other_faults_of_the_disk_stay_what_they_are() -> None:
    with pytest.raises(PermissionError), quarantine.storage_errors():
        raise PermissionError(errno.EACCES, "no")


# --- a film in a form


def handler(settings: Any, limit: int) -> spool.QuarantineHandler:
    settings.UPLOAD_MAX_BYTES = limit
    found = spool.QuarantineHandler(None)
    found.new_file("file", "../../etc/passwd", "application/dicom", None, None)
    return found


def test_a_form_film_lies_in_the_spool_under_a_name_of_ours_and_goes_with_its_request(settings: Any) -> None:
    spooled = handler(settings, 100)
    spooled.receive_data_chunk(b"x" * 60, 0)
    spooled.receive_data_chunk(b"y" * 40, 60)  # exactly the limit
    file = spooled.file_complete(100)
    (path,) = (quarantine.root() / "spool").iterdir()
    assert path.stat().st_mode & 0o077 == 0 and path.parent.stat().st_mode & 0o777 == 0o700
    assert file.read() == b"x" * 60 + b"y" * 40
    assert file.size == 100
    file.close()
    assert not path.exists()


def test_one_byte_beyond_the_limit_stops_the_form_and_leaves_nothing(settings: Any) -> None:
    spooled = handler(settings, 100)
    spooled.receive_data_chunk(b"x" * 100, 0)
    with pytest.raises(StopUpload) as stopped:
        spooled.receive_data_chunk(b"y", 100)
    assert stopped.value.connection_reset
    assert list((quarantine.root() / "spool").iterdir()) == []


# --- bodies


def scope(method: str, path: str, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http", "method": method, "path": path, "headers": [(b"cookie", b"sessionid=x"), *headers]}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "/api/v1/uploads/7a0e/more/"),
        ("PATCH", "/api/v1/uploads//"),
        ("PATCH", "/x/api/v1/uploads/7a0e/"),
        ("POST", "/api/v1/cases/7a0e/"),
    ],
)
async def test_addresses_that_only_look_like_a_films_take_no_more_than_a_form(
    settings: Any, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    monkeypatch.setattr(body_limit, "is_somebody", lambda *_: True)
    multipart = (b"Content-Type", b"multipart/form-data; boundary=b")
    assert await allowed(scope(method, path, multipart)) == settings.DATA_UPLOAD_MAX_MEMORY_SIZE


async def test_names_of_headers_count_in_any_case(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_limit, "is_somebody", lambda *_: True)
    found = await allowed(scope("POST", "/api/v1/cases/", (b"Content-Type", b"multipart/form-data; boundary=b")))
    assert found == settings.UPLOAD_MAX_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE


async def test_an_answer_that_is_on_its_way_is_not_answered_again() -> None:
    """The application answers first and reads on: the refusal may not follow its answer."""
    sent: list[Any] = []
    body = [{"type": "http.request", "body": b"x" * 2_000_000, "more_body": True}]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 401, "headers": []})
        assert await receive() == {"type": "http.disconnect"}
        assert await receive() == {"type": "http.disconnect"}

    async def receive() -> Any:
        return body.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    await BodyLimit(app)(scope("POST", "/accounts/login/"), receive, send)
    assert [message["status"] for message in sent] == [401]


async def test_sockets_pass_through_as_they_are() -> None:
    seen: list[Any] = []

    async def app(*arguments: Any) -> None:
        seen.extend(arguments)

    line = SimpleNamespace()
    await BodyLimit(app)({"type": "websocket"}, line, line)
    assert seen == [{"type": "websocket"}, line, line]


def test_the_folder_of_everything_is_made_for_us_alone(settings: Any, tmp_path: Path) -> None:
    settings.QUARANTINE_DIR = tmp_path / "deep" / "down"
    assert quarantine.root().stat().st_mode & 0o777 == 0o700
