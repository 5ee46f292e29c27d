"""Resumable uploads, as tus 1.0 says: offsets, checksums, locks, limits, and only for their owner."""

from __future__ import annotations

import base64
import errno
import hashlib
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from gazeapp.cases import quarantine, services
from gazeapp.cases.models import Case, Upload
from gazeapp.cases.services import uploads
from gazeapp.core.models import Event, Job
from gazeapp.core.problems import Problem
from tests.cases.films import dicom, file_bytes

pytestmark = pytest.mark.django_db
TUS = {"HTTP_TUS_RESUMABLE": "1.0.0"}
CONTENT = file_bytes(dicom())


@pytest.fixture
def client(cast: SimpleNamespace, client_for: Any) -> APIClient:
    found: APIClient = client_for(cast.resident)
    return found


def announce(client: APIClient, size: int = len(CONTENT), **metadata: str) -> str:
    told = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in metadata.items())
    answer = client.post("/api/v1/uploads/", HTTP_UPLOAD_LENGTH=str(size), HTTP_UPLOAD_METADATA=told, **TUS)
    assert answer.status_code == 201, answer.content
    return str(answer["Location"])


def send(client: APIClient, address: str, offset: int, content: bytes, **headers: str) -> Any:
    return client.patch(
        address,
        content,
        content_type="application/offset+octet-stream",
        HTTP_UPLOAD_OFFSET=str(offset),
        **TUS,
        **headers,
    )


def offset(client: APIClient, address: str) -> int:
    answer = client.head(address, **TUS)
    assert answer.status_code == 200 and answer["Cache-Control"] == "no-store"
    return int(answer["Upload-Offset"])


def test_the_server_says_what_it_speaks(client: APIClient) -> None:
    answer = client.options("/api/v1/uploads/")
    assert answer.status_code == 204
    assert answer["Tus-Version"] == "1.0.0"
    assert answer["Tus-Extension"] == "creation,termination,checksum,expiration"
    assert answer["Tus-Checksum-Algorithm"] == "sha1,sha256"
    assert int(answer["Tus-Max-Size"]) == 200 * 1024**2


def test_an_upload_in_pieces_ends_with_a_queued_job(client: APIClient, cast: SimpleNamespace) -> None:
    address = announce(client, filename="MUSTER_ANNA.dcm", report="Clear lungs.", title="Mine")
    upload = Upload.objects.get()
    for start in range(0, len(CONTENT), 5000):
        answer = send(client, address, start, CONTENT[start : start + 5000])
        assert answer.status_code == 204 and answer["Tus-Resumable"] == "1.0.0"
        assert int(answer["Upload-Offset"]) == offset(client, address) == min(start + 5000, len(CONTENT))
    assert quarantine.film_path(upload.pk).read_bytes() == CONTENT
    job = Job.objects.get()
    assert (job.kind, job.queue, job.inputs, job.owner) == ("ingest", "io", {"upload": str(upload.pk)}, cast.resident)
    assert Case.objects.get().state == "ingesting"
    told = list(Event.objects.filter(subject=Case.objects.get().subject).values_list("type", flat=True))
    assert told[0] == "case.state" and "case.progress" in told and told[-1] == "case.state"


def test_a_broken_upload_goes_on_where_it_stopped(client: APIClient) -> None:
    address = announce(client)
    send(client, address, 0, CONTENT[:3000])
    assert offset(client, address) == 3000
    assert send(client, address, 3000, CONTENT[3000:]).status_code == 204
    assert quarantine.film_path(Upload.objects.get().pk).read_bytes() == CONTENT


def test_bytes_that_came_before_the_line_broke_stay(cast: SimpleNamespace) -> None:
    from django.http import UnreadablePostError

    upload = services.create_upload(owner=cast.resident, size=100)

    def broken() -> Any:
        yield b"x" * 30
        raise UnreadablePostError("gone")

    services.receive(upload=upload, offset=0, pieces=broken())
    assert Upload.objects.get().offset == 30
    services.receive(upload=upload, offset=30, pieces=broken(), checksum=("sha256", b"0" * 32))
    assert Upload.objects.get().offset == 30, "with a checksum all bytes count or none"


def test_a_wrong_offset_is_a_conflict_that_says_where_to_go_on(client: APIClient) -> None:
    address = announce(client)
    send(client, address, 0, CONTENT[:3000])
    answer = send(client, address, 0, CONTENT[:3000])
    assert answer.status_code == 409 and answer.json()["offset"] == 3000
    assert answer["Content-Type"] == "application/problem+json"
    assert offset(client, address) == 3000


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_right_checksum_is_taken_and_a_wrong_one_leaves_no_byte(client: APIClient, algorithm: str) -> None:
    address = announce(client)
    digest = base64.b64encode(hashlib.new(algorithm, CONTENT[:3000]).digest()).decode()
    bad = send(client, address, 0, CONTENT[1:3001], HTTP_UPLOAD_CHECKSUM=f"{algorithm} {digest}")
    assert bad.status_code == 460 and offset(client, address) == 0
    assert send(client, address, 0, CONTENT[:3000], HTTP_UPLOAD_CHECKSUM=f"{algorithm} {digest}").status_code == 204
    other = {"sha1": "sha256", "sha256": "sha1"}[algorithm]
    for header in ("md5 " + digest, f"{other} {digest}", "sha256 !!", algorithm, f"{algorithm} {digest[:8]}"):
        assert send(client, address, 3000, CONTENT[3000:], HTTP_UPLOAD_CHECKSUM=header).status_code == 400


def test_a_client_that_may_only_post_names_the_method_in_a_header(client: APIClient) -> None:
    """As tus 1.0 demands; what is refused to the method itself is refused to its name."""
    address = announce(client)
    post = {"content_type": "application/offset+octet-stream", **TUS}
    answer = client.post(address, CONTENT[:3000], HTTP_UPLOAD_OFFSET="0", HTTP_X_HTTP_METHOD_OVERRIDE="PATCH", **post)
    assert answer.status_code == 204 and offset(client, address) == 3000
    assert client.post(address, CONTENT[3000:], HTTP_UPLOAD_OFFSET="3000", **post).status_code == 405
    assert client.post(address, b"", HTTP_X_HTTP_METHOD_OVERRIDE="PUT", **post).status_code == 405
    assert client.post(address, b"", HTTP_X_HTTP_METHOD_OVERRIDE="delete", **post).status_code == 204
    assert not Upload.objects.exists()


def test_more_bytes_than_announced_are_refused_and_not_kept(client: APIClient) -> None:
    address = announce(client, size=1000)
    answer = send(client, address, 0, CONTENT[:1001])
    assert answer.status_code == 413 and offset(client, address) == 0
    assert quarantine.film_path(Upload.objects.get().pk).stat().st_size == 0


def test_a_piece_beyond_the_limit_is_refused(client: APIClient, settings: Any) -> None:
    settings.UPLOAD_CHUNK_MAX_BYTES = 2000
    address = announce(client)
    assert send(client, address, 0, CONTENT[:2001]).status_code == 413
    assert send(client, address, 0, CONTENT[:2000]).status_code == 204


@pytest.mark.parametrize(
    ("length", "code"),
    [("0", 400), (str(200 * 1024**2 + 1), 413), ("-1", 400), ("x", 400), ("9" * 30, 400), ("", 400), ("١", 400)],
)
def test_impossible_sizes_are_refused_at_once(client: APIClient, length: str, code: int) -> None:
    answer = client.post("/api/v1/uploads/", HTTP_UPLOAD_LENGTH=length, **TUS)
    assert answer.status_code == code and answer["Content-Type"] == "application/problem+json"
    assert not Case.objects.exists() and not any(quarantine.root().iterdir())


def test_metadata_that_is_no_metadata_is_refused(client: APIClient) -> None:
    answer = client.post("/api/v1/uploads/", HTTP_UPLOAD_LENGTH="5", HTTP_UPLOAD_METADATA="filename ???", **TUS)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "told",
    [
        "title " + base64.b64encode(b"a\0b").decode(),
        "report " + base64.b64encode(b"\0").decode(),
        "title " + base64.b64encode(b"x" * 121).decode(),
        "report " + base64.b64encode(b"x" * 20_001).decode(),
        "title YQ==,title Yg==",
    ],
)
def test_metadata_goes_by_the_rules_of_the_other_doors(client: APIClient, told: str) -> None:
    answer = client.post("/api/v1/uploads/", HTTP_UPLOAD_LENGTH="5", HTTP_UPLOAD_METADATA=told, **TUS)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert not Case.objects.exists() and not any(quarantine.root().iterdir())


def test_what_the_json_door_takes_metadata_takes(client: APIClient) -> None:
    announce(client, title="  x" * 40, filename="é" * 255, report="Clear.\n" * 2000)
    assert client.post("/api/v1/cases/", {"size": 5, "title": "  x" * 40}, format="json").status_code == 201
    titles = {quarantine.read_title(upload.pk) for upload in Upload.objects.all()}
    assert titles == {("  x" * 40).strip()}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_text_in_metadata_is_read_as_report_files_are(client: APIClient, encoding: str) -> None:
    words = base64.b64encode("Größe der Läsion: 3 cm.".encode(encoding)).decode()
    told = ",".join(f"{key} {words}" for key in ("report", "title", "filename"))
    answer = client.post("/api/v1/uploads/", HTTP_UPLOAD_LENGTH="10", HTTP_UPLOAD_METADATA=told, **TUS)
    assert answer.status_code == 201
    upload = Upload.objects.get().pk
    named = (quarantine.folder(upload) / "name").read_text()
    assert {quarantine.read_report(upload), quarantine.read_title(upload), named} == {"Größe der Läsion: 3 cm."}


def test_a_long_file_name_is_cut_at_every_door(client: APIClient) -> None:
    long = "x" * 300
    announce(client, filename=long)
    parts = {"file": SimpleUploadedFile(long, CONTENT)}
    assert client.post("/api/v1/cases/", parts, format="multipart").status_code == 202
    assert client.post("/api/v1/cases/", {"size": 5, "filename": long}, format="json").status_code == 201
    named = [(quarantine.folder(upload.pk) / "name").read_text() for upload in Upload.objects.all()]
    assert named == [long[:255]] * 3


def test_utf16_in_metadata_is_read_without_its_mark_or_refused_in_words(client: APIClient) -> None:
    def told(raw: bytes) -> Any:
        words = f"report {base64.b64encode(raw).decode()}"
        return client.post("/api/v1/uploads/", HTTP_UPLOAD_LENGTH="10", HTTP_UPLOAD_METADATA=words, **TUS)

    refused = told("Петров: чисто".encode("utf-16-le")[:-1])
    assert (refused.status_code, refused.json()["type"]) == (400, "/problems/report-unreadable")
    assert told("患者张志宏，双肺纹理清晰。".encode("utf-16-be")).status_code == 201
    assert quarantine.read_report(Upload.objects.get().pk) == "患者张志宏，双肺纹理清晰。"


def test_a_packed_piece_is_refused_and_not_stored_as_a_film(client: APIClient) -> None:
    address = announce(client)
    assert send(client, address, 0, CONTENT[:100], HTTP_CONTENT_ENCODING="gzip").status_code == 415
    assert offset(client, address) == 0


def test_another_version_is_told_which_one_we_speak(client: APIClient) -> None:
    answer = client.post("/api/v1/uploads/", HTTP_UPLOAD_LENGTH="5", HTTP_TUS_RESUMABLE="0.2.2")
    assert answer.status_code == 412 and answer["Tus-Version"] == "1.0.0"
    assert client.post("/api/v1/uploads/", HTTP_UPLOAD_LENGTH="5").status_code == 412


def test_another_content_type_is_refused(client: APIClient) -> None:
    address = announce(client)
    answer = client.patch(address, b"abc", content_type="text/plain", HTTP_UPLOAD_OFFSET="0", **TUS)
    assert answer.status_code == 415 and offset(client, address) == 0


def test_two_requests_at_once_do_not_mix_their_bytes(client: APIClient) -> None:
    address = announce(client)
    with quarantine.locked(Upload.objects.get().pk):
        assert send(client, address, 0, CONTENT).status_code == 423
    assert send(client, address, 0, CONTENT).status_code == 204


def test_only_the_owner_may_touch_an_upload(client: APIClient, cast: SimpleNamespace, client_for: Any) -> None:
    address = announce(client)
    for name in ("second_resident", "faculty", "admin", "researcher"):
        other = client_for(getattr(cast, name))
        assert other.head(address, **TUS).status_code == 404
        assert send(other, address, 0, CONTENT).status_code == 404
        assert other.delete(address, **TUS).status_code == 404
    assert client_for(None).head(address, **TUS).status_code == 401
    assert client_for(cast.outsider).head(address, **TUS).status_code == 403
    assert Upload.objects.get().offset == 0


def test_a_researcher_may_not_upload(cast: SimpleNamespace, client_for: Any) -> None:
    client = client_for(cast.researcher)
    assert client.post("/api/v1/uploads/", HTTP_UPLOAD_LENGTH="5", **TUS).status_code == 403
    assert client.post("/api/v1/cases/", {"size": 5}, format="json").status_code == 403


def test_giving_up_removes_bytes_and_case(client: APIClient, django_capture_on_commit_callbacks: Any) -> None:
    address = announce(client)
    send(client, address, 0, CONTENT[:3000])
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(address, **TUS).status_code == 204
    assert client.head(address, **TUS).status_code == 404
    assert not Case.objects.exists() and not any(quarantine.root().iterdir())


def test_a_complete_upload_cannot_be_given_up_or_grown(client: APIClient) -> None:
    address = announce(client)
    send(client, address, 0, CONTENT)
    assert client.delete(address, **TUS).status_code == 409
    assert send(client, address, len(CONTENT), b"x").status_code in {409, 413}
    assert send(client, address, len(CONTENT), b"").status_code == 204


@pytest.mark.parametrize("more", [b"", b"x"])
def test_an_upload_whose_film_was_taken_in_is_over(client: APIClient, more: bytes) -> None:
    """While its report waits to be confirmed, the upload's row is still there, but not its bytes."""
    address = announce(client)
    send(client, address, 0, CONTENT)
    Case.objects.update(state=Case.State.CONFIRMING)
    quarantine.discard_film(Upload.objects.get().pk)
    answer = send(client, address, len(CONTENT), more)
    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/upload-gone")


@pytest.mark.parametrize(("place", "step"), [(quarantine, "locked"), (uploads, "_append"), (uploads, "_advance")])
@pytest.mark.parametrize("length", [100, len(CONTENT)], ids=["a part", "all"])
def test_bytes_that_come_while_the_upload_is_given_up_are_gone(
    client: APIClient, monkeypatch: pytest.MonkeyPatch, place: Any, step: str, length: int
) -> None:
    address = announce(client)
    upload_id, ours = Upload.objects.get().pk, getattr(place, step)

    def after_the_other(*args: Any) -> Any:
        Case.objects.all().delete()
        quarantine.discard(upload_id)
        return ours(*args)

    monkeypatch.setattr(place, step, after_the_other)
    answer = send(client, address, 0, CONTENT[:length])
    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/upload-gone")
    assert not Job.objects.exists()


def test_an_upload_given_up_between_lock_and_look_is_gone(cast: SimpleNamespace) -> None:
    upload = services.create_upload(owner=cast.resident, size=100)
    Case.objects.all().delete()  # its folder goes a moment later
    with pytest.raises(Problem, match="over"):
        services.receive(upload=upload, offset=0, pieces=[b"x"])


def test_giving_up_twice_at_once_is_told_that_it_is_over(cast: SimpleNamespace) -> None:
    upload = services.create_upload(owner=cast.resident, size=100)
    other = Upload.objects.get()
    services.terminate(upload=upload)
    with pytest.raises(Problem, match="over"):
        services.terminate(upload=other)


def test_an_expired_upload_takes_no_more_and_is_swept(
    client: APIClient, django_capture_on_commit_callbacks: Any
) -> None:
    address = announce(client, report="Dr. Anna Smith")
    send(client, address, 0, CONTENT[:3000])
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert send(client, address, 3000, CONTENT[3000:]).status_code == 410
    with django_capture_on_commit_callbacks(execute=True):
        assert services.sweep_uploads() >= 1
    case = Case.objects.get()
    assert (case.state, case.problem["type"]) == ("refused", "/problems/upload-expired")
    kept = [path.name for path in quarantine.root().iterdir() if any(path.iterdir())]
    assert not kept and not Upload.objects.exists()


def test_too_many_unfinished_uploads_wait_until_some_are_taken_in(
    client: APIClient, cast: SimpleNamespace, client_for: Any, settings: Any
) -> None:
    settings.UPLOADS_OPEN = 2
    announce(client)
    address = announce(client)
    answer = client.post("/api/v1/uploads/", HTTP_UPLOAD_LENGTH="5", **TUS)
    assert answer.status_code == 429 and answer.json()["type"] == "/problems/too-many-uploads"
    assert answer.json()["detail"].startswith("2 of yours are on their way or wait to be taken in, and one person may")
    assert int(answer["Retry-After"]) > 0
    send(client, address, 0, CONTENT)  # all of it is here, and waits for its job
    assert client.post("/api/v1/cases/", {"size": 5}, format="json").status_code == 429
    announce(client_for(cast.faculty))  # others have room of their own
    Case.objects.filter(state=Case.State.INGESTING).update(state=Case.State.READY)
    announce(client)


def test_what_a_command_takes_in_is_not_limited(cast: SimpleNamespace, settings: Any, tmp_path: Any) -> None:
    settings.UPLOADS_OPEN = 0
    (tmp_path / "film.dcm").write_bytes(CONTENT)
    assert services.take_in(owner=cast.faculty, path=tmp_path / "film.dcm", report="").state == "ingesting"


def test_a_full_disk_is_said_and_heals(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    address = announce(client)

    def full(*args: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(uploads.os, "fsync", full)
        answer = send(client, address, 0, CONTENT)
        assert answer.status_code == 507 and answer.json()["type"] == "/problems/storage-full"
    assert offset(client, address) == 0
    assert send(client, address, 0, CONTENT).status_code == 204


def test_names_and_reports_wait_in_a_folder_that_only_we_may_open(client: APIClient) -> None:
    announce(client, filename="MUSTER_ANNA.dcm", report="Mrs Muster", title="Anna Muster")
    folder = quarantine.folder(Upload.objects.get().pk)
    assert folder.stat().st_mode & 0o777 == 0o700 and quarantine.root().stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
    case = Case.objects.get()
    assert "uster" not in case.title + case.report + case.note
