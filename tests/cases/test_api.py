"""Cases and films over HTTP: the library, the film's bytes, and what each person may do."""

from __future__ import annotations

import gzip
import io
import uuid
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from gazeapp.cases import quarantine, services, storage
from gazeapp.cases.models import Case, Film, Upload
from gazeapp.core.models import AuditEvent, Job
from gazeapp.core.services import claim
from tests.cases.films import REPORT, dicom, file_bytes, ramp

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_words")]


def test_a_film_is_taken_in_and_shown(take: Any, cast: SimpleNamespace, client_for: Any) -> None:
    case = take(title="A clear chest", WindowCenter="2000.5", WindowWidth="3001")
    answer = client_for(cast.resident).get(f"/api/v1/cases/{case.pk}/").json()
    assert (answer["state"], answer["title"], answer["report"]) == ("ready", "A clear chest", REPORT)
    assert answer["mine"] and answer["owner"] == {"id": cast.resident.pk, "name": "resident"}
    film = answer["film"]
    assert (film["rows"], film["columns"], film["window_center"], film["window_width"]) == (80, 96, 2000, 3000)
    assert answer["may"] == {
        "edit": True,
        "delete": True,
        "predict": True,
        "publish": False,
        "hide": True,
        "release": False,
        "confirm": False,
        "author": False,
    }


def test_the_pixels_travel_as_gzip_and_are_sent_once(take: Any, cast: SimpleNamespace, client_for: Any) -> None:
    film, client = take().film, client_for(cast.resident)
    address = f"/api/v1/films/{film.sha256}/pixels/"
    answer = client.get(address)
    assert answer["Content-Encoding"] == "gzip" and answer["Content-Type"] == "application/octet-stream"
    assert answer["Cache-Control"] == "private, no-cache"
    pixels = np.frombuffer(gzip.decompress(answer.content), dtype="<u2").reshape(80, 96)
    assert np.array_equal(pixels, ramp()) and np.array_equal(storage.film_pixels(film.sha256), ramp())
    for held in (answer["ETag"], f"W/{answer['ETag']}", f'"another", {answer["ETag"]}'):
        assert client.get(address, HTTP_IF_NONE_MATCH=held).status_code == 304
    assert client.get(address, HTTP_IF_NONE_MATCH='"another"').status_code == 200


def test_the_thumbnail_is_a_small_png_whatever_is_asked_for(take: Any, cast: SimpleNamespace, client_for: Any) -> None:
    case, client = take(), client_for(cast.resident)
    address = client.get(f"/api/v1/cases/{case.pk}/").json()["film"]["thumbnail"]
    answer = client.get(address, HTTP_ACCEPT="image/avif")
    assert answer["Content-Type"] == "image/png"
    assert max(Image.open(io.BytesIO(answer.content)).size) <= 320


@pytest.mark.parametrize("what", ["pixels", "thumbnail"])
def test_who_holds_a_film_is_asked_who_they_are_before_they_go_on_with_it(
    what: str, take: Any, cast: SimpleNamespace, client_for: Any
) -> None:
    """A shared machine's browser keeps the bytes; whoever sits there next is not shown them."""
    case, client = take(), client_for(cast.resident)
    address = {
        "pixels": f"/api/v1/films/{case.film_id}/pixels/",
        "thumbnail": f"/api/v1/films/{case.film_id}/thumbnails/{case.received.thumbnail}/",
    }[what]
    answer = client.get(address)
    assert answer["Cache-Control"] == "private, no-cache"
    again = {"HTTP_IF_NONE_MATCH": answer["ETag"]}
    same = client.get(address, **again)
    assert (same.status_code, same["Cache-Control"], same["ETag"]) == (304, "private, no-cache", answer["ETag"])
    assert client_for(cast.second_resident).get(address, **again).status_code == 404
    cast.resident.is_active = False
    cast.resident.save()
    assert client.get(address, **again).status_code == 401


def test_what_the_header_kept_can_be_read(take: Any, cast: SimpleNamespace, client_for: Any) -> None:
    case = take(KVP="120", PatientSex="F")
    answer = client_for(cast.resident).get(f"/api/v1/cases/{case.pk}/film/").json()
    assert answer["header"] == {
        "Modality": "CR",
        "BodyPartExamined": "CHEST",
        "ViewPosition": "PA",
        "PatientSex": "F",
        "KVP": 120.0,
    }
    assert answer["deidentified"]["PatientIdentityRemoved"] == "YES"
    assert "113100" in answer["deidentified"]["DeidentificationMethodCodeSequence"]


def test_the_same_film_twice_is_one_film(take: Any) -> None:
    assert take().film_id == take(PatientName="Other^Person").film_id
    assert Film.objects.count() == 1 and Case.objects.count() == 2


def test_who_sees_which_case(take: Any, cast: SimpleNamespace, client_for: Any) -> None:
    private, published = take(), take()
    Case.objects.filter(pk=published.pk).update(published=True)
    refused = take(BodyPartExamined="FOOT")

    def listed(person: Any) -> set[str]:
        return {case["id"] for case in client_for(person).get("/api/v1/cases/").json()["results"]}

    everything = {str(case.pk) for case in (private, published, refused)}
    assert listed(cast.resident) == listed(cast.admin) == everything
    assert listed(cast.faculty) == everything - {str(refused.pk)}
    assert listed(cast.second_resident) == listed(cast.researcher) == {str(published.pk)}
    assert client_for(cast.outsider).get("/api/v1/cases/").status_code == 403
    assert client_for(None).get("/api/v1/cases/").status_code == 401
    assert client_for(cast.second_resident).get(f"/api/v1/cases/{private.pk}/").status_code == 404


def test_a_stranger_gets_the_same_answer_for_a_case_of_another_and_for_none(
    take: Any, cast: SimpleNamespace, client_for: Any
) -> None:
    client, case = client_for(cast.second_resident), take()
    for verb, tail in [
        ("get", ""),
        ("patch", ""),
        ("delete", ""),
        ("get", "report-marks/"),
        ("post", "confirm-report/"),
    ]:
        other = getattr(client, verb)(f"/api/v1/cases/{case.pk}/{tail}", {}, format="json")
        none = getattr(client, verb)(f"/api/v1/cases/{uuid.uuid4()}/{tail}", {}, format="json")
        assert other.status_code == none.status_code == 404
        assert other.content == none.content


def test_the_library_can_be_searched_and_filtered(take: Any, cast: SimpleNamespace, client_for: Any) -> None:
    one = take(title="Left effusion", report="There is a small left effusion.")
    two = take(title="Clear")
    Case.objects.filter(pk=two.pk).update(published=True, simulated=True)
    client = client_for(cast.faculty)

    def found(query: str) -> list[str]:
        return [case["id"] for case in client.get(f"/api/v1/cases/?{query}").json()["results"]]

    assert found("search=effusion small") == [str(one.pk)]
    assert found("simulated=true") == found("published=true") == [str(two.pk)]
    assert found("state=ready") == [str(two.pk), str(one.pk)] and found("state=refused") == []
    assert found("owner=me") == []
    assert client.get("/api/v1/cases/?state=nonsense").status_code == 400
    page = client.get("/api/v1/cases/?page_size=1").json()
    assert [case["id"] for case in page["results"]] == [str(two.pk)] and page["next"]
    assert [case["id"] for case in client.get(page["next"]).json()["results"]] == [str(one.pk)]


def test_a_script_sends_a_film_in_one_request(cast: SimpleNamespace, client_for: Any) -> None:
    client = client_for(cast.resident)
    file = SimpleUploadedFile("MUSTER.dcm", file_bytes(dicom()))
    answer = client.post("/api/v1/cases/", {"file": file, "report": REPORT, "title": "Sent"}, format="multipart")
    assert answer.status_code == 202, answer.content
    case = Case.objects.get(pk=answer.json()["id"])
    assert case.state == "ingesting" and answer.json()["subject"] == f"case:{case.pk}"
    assert not list((quarantine.root() / "spool").iterdir())
    job = Job.objects.get()
    lease = claim("io")
    assert lease is not None
    with lease:
        services.ingest(upload_id=job.inputs["upload"], lease=lease)
    case.refresh_from_db()
    assert (case.state, case.title) == ("ready", "Sent")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("way", ["file", "text"])
def test_a_report_sent_by_a_script_is_read_whatever_it_was_saved_as(
    way: str, encoding: str, cast: SimpleNamespace, client_for: Any
) -> None:
    """`curl -F report=@film.txt` sends a file, `curl -F 'report=<film.txt'` the same bytes as text."""
    raw = "Grö\u00dfe normal, 2½ cm – “kein” Erguss.".encode(encoding)
    body = b"".join(
        (
            b'--x\r\nContent-Disposition: form-data; name="report"%s\r\n\r\n%s\r\n'
            % (b'; filename="film.txt"' if way == "file" else b"", raw),
            b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nGr\xf6\xdfe\r\n',
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="f.dcm"\r\n\r\nfilm\r\n--x--\r\n',
        )
    )
    answer = client_for(cast.resident).post("/api/v1/cases/", body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 202, answer.content
    upload = Upload.objects.get(case_id=answer.json()["id"])
    assert quarantine.read_report(upload.pk) == "Grö\u00dfe normal, 2½ cm – “kein” Erguss."
    assert quarantine.read_title(upload.pk) == "Größe"
    assert not list((quarantine.root() / "spool").iterdir())


def sent_with_report(client: Any, way: str, raw: bytes) -> Any:
    """As `curl -F report=@film.txt` sends a file, or `curl -F 'report=<film.txt'` its bytes as text."""
    named = b'; filename="film.txt"' if way == "file" else b""
    body = b'--x\r\nContent-Disposition: form-data; name="report"%s\r\n\r\n%s\r\n' % (named, raw)
    body += b'--x\r\nContent-Disposition: form-data; name="file"; filename="f.dcm"\r\n\r\nfilm\r\n--x--\r\n'
    return client.post("/api/v1/cases/", body, content_type="multipart/form-data; boundary=x")


@pytest.mark.parametrize("text", ["Петров: лёгкие чистые", "患者张志宏，双肺纹理清晰。"])
@pytest.mark.parametrize("way", ["file", "text"])
def test_utf16_of_other_scripts_is_read_without_its_mark(
    way: str, text: str, cast: SimpleNamespace, client_for: Any
) -> None:
    answer = sent_with_report(client_for(cast.resident), way, text.encode("utf-16-le"))
    assert answer.status_code == 202, answer.content
    assert quarantine.read_report(Upload.objects.get().pk) == text


@pytest.mark.parametrize("raw", ["Петров: чисто".encode("utf-16-le")[:-1], b"a\0b", "Нет".encode("utf-32-le")])
@pytest.mark.parametrize("way", ["file", "text"])
def test_a_report_that_is_no_text_is_refused_in_words(
    way: str, raw: bytes, cast: SimpleNamespace, client_for: Any
) -> None:
    answer = sent_with_report(client_for(cast.resident), way, raw)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/report-unreadable")
    assert not Upload.objects.exists() and not list((quarantine.root() / "spool").iterdir())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_a_report_file_is_as_long_as_a_report_may_be(encoding: str, cast: SimpleNamespace, client_for: Any) -> None:
    for length, status in ((20_000, 202), (20_001, 400), (5_000_000, 400)):
        parts = {
            "file": SimpleUploadedFile("f.dcm", b"film"),
            "report": SimpleUploadedFile("r.txt", ("\U0001d400" * length).encode(encoding)),
        }
        assert client_for(cast.resident).post("/api/v1/cases/", parts, format="multipart").status_code == status


@pytest.mark.parametrize("content", [b"", b"hello"])
def test_a_bad_file_in_one_request_is_refused_without_harm(
    content: bytes, cast: SimpleNamespace, client_for: Any
) -> None:
    client = client_for(cast.resident)
    answer = client.post("/api/v1/cases/", {"file": SimpleUploadedFile("x", content)}, format="multipart")
    assert answer.status_code == (202 if content else 400)
    assert client.post("/api/v1/cases/", {"report": "x"}, format="multipart").status_code == 400
    assert client.post("/api/v1/cases/", b"{", content_type="application/json").status_code == 400
    assert client.post("/api/v1/cases/", b"<x/>", content_type="text/xml").status_code == 415


def test_a_film_is_announced_as_json(cast: SimpleNamespace, client_for: Any) -> None:
    answer = client_for(cast.resident).post(
        "/api/v1/cases/", {"size": 5, "filename": "x.dcm", "report": "r"}, format="json"
    )
    upload = Upload.objects.get()
    assert answer.status_code == 201
    assert answer.json()["upload"] == answer["Location"] == f"/api/v1/uploads/{upload.pk}/"


def test_a_form_body_beyond_the_film_limit_is_refused(cast: SimpleNamespace, client_for: Any, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 1000
    file = SimpleUploadedFile("x.dcm", b"x" * 5000)
    answer = client_for(cast.resident).post("/api/v1/cases/", {"file": file}, format="multipart")
    assert answer.status_code in {400, 413} and not Case.objects.exists()


def test_the_owner_edits_and_a_new_report_is_searched_too(take: Any, cast: SimpleNamespace, client_for: Any) -> None:
    case, client = take(), client_for(cast.resident)
    address = f"/api/v1/cases/{case.pk}/"
    assert client.patch(address, {"title": "New"}, format="json").json()["title"] == "New"
    answer = client.patch(address, {"report": "Clear lungs, normal heart."}, format="json").json()
    assert answer["report"] == "Clear lungs, normal heart." and answer["report_sha256"] != case.report_sha256
    assert client.patch(address, {"report": "Dr. Anna Smith saw it."}, format="json").status_code == 422
    assert client.get(address).json()["report"] == "Clear lungs, normal heart."


def test_only_faculty_and_admins_publish(take: Any, cast: SimpleNamespace, client_for: Any) -> None:
    address = f"/api/v1/cases/{take().pk}/"
    assert client_for(cast.resident).patch(address, {"published": True}, format="json").status_code == 403
    assert client_for(cast.faculty).patch(address, {"title": "Mine now"}, format="json").status_code == 403
    assert client_for(cast.faculty).patch(address, {"published": True}, format="json").json()["published"] is True
    assert client_for(cast.second_resident).patch(address, {"title": "x"}, format="json").status_code == 403
    assert client_for(cast.researcher).delete(address).status_code == 403


def test_a_deleted_case_takes_its_film_along_unless_another_has_it(
    take: Any, cast: SimpleNamespace, client_for: Any
) -> None:
    one, two, client = take(), take(), client_for(cast.resident)
    path = storage.pixels_path(one.film_id)
    assert client.delete(f"/api/v1/cases/{one.pk}/").status_code == 204
    assert path.exists()
    assert client.delete(f"/api/v1/cases/{two.pk}/").status_code == 204
    assert not path.exists() and not Film.objects.exists() and not Case.objects.exists()
    assert AuditEvent.objects.filter(verb="case.delete").count() == 2
