"""One check for every text: what may name somebody is kept only as the very text that a person saw with its marks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from gazeapp.cases import phi, phi_check, quarantine, services
from gazeapp.cases.models import Case, Upload
from gazeapp.core.models import AuditEvent, Job
from gazeapp.core.services import claim
from tests.cases.films import REPORT, dicom, file_bytes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_words")]
TITLE = "Film of Mr John Smith"
SEEN_BY = "Seen by Dr Harold Jenkins on 4 May 2024"


@pytest.fixture
def change(take: Any, cast: SimpleNamespace, client_for: Any) -> Any:
    """Changes a ready case as its owner; gives the answer."""
    client, case = client_for(cast.resident), take(title="Chest")

    def patch(confirmed: Any = None, **texts: str) -> Any:
        body = {**texts, **({} if confirmed is None else {"confirmed": confirmed})}
        return client.patch(f"/api/v1/cases/{case.pk}/", body, format="json")

    return patch


def digests(answer: Any) -> dict[str, str]:
    assert answer.status_code == 422 and answer.json()["type"] == "/problems/identity-suspected", answer.content
    return {one["field"]: one["digest"] for one in answer.json()["flagged"]}


def test_a_refusal_lists_every_text_that_needs_a_look_with_its_marks(change: Any) -> None:
    answer = change(title=f"  {TITLE}\n", report=f"{SEEN_BY}  \r\n", note="A clear film.").json()
    assert answer["title"] == "The title and the report seem to name somebody."
    title, report = sorted(answer["flagged"], key=lambda one: one["field"], reverse=True)
    assert (title["field"], title["text"]) == ("title", TITLE)
    assert title["marks"] == [{"start": 11, "end": 21, "kind": "name", "suggestion": "[name]"}]
    assert (report["field"], report["text"]) == ("report", SEEN_BY)
    assert [mark["kind"] for mark in report["marks"]] == ["name", "date"]
    case = Case.objects.get()
    assert (case.title, case.report) == ("Chest", REPORT)


def test_a_title_that_was_looked_at_lets_no_report_through(change: Any) -> None:
    looked = list(digests(change(title=TITLE)).values())
    assert list(digests(change(looked, title=TITLE, report=SEEN_BY))) == ["report"]
    assert Case.objects.get().report == REPORT


@pytest.mark.parametrize(("field", "text"), [("title", TITLE), ("report", SEEN_BY), ("note", "Film of MRN 123456")])
def test_a_marked_text_is_kept_once_it_is_confirmed(change: Any, field: str, text: str) -> None:
    answer = change(list(digests(change(**{field: text})).values()), **{field: text})
    assert answer.status_code == 200 and answer.json()[field] == text
    assert AuditEvent.objects.filter(verb="case.edit").latest("id").detail["still_marked"] > 0


def test_all_texts_of_one_change_are_confirmed_together(change: Any) -> None:
    looked = list(digests(change(title=TITLE, report=SEEN_BY)).values())
    answer = change(looked, title=TITLE, report=SEEN_BY).json()
    assert (answer["title"], answer["report"]) == (TITLE, SEEN_BY)


def test_a_text_that_was_edited_after_the_look_is_shown_again(change: Any) -> None:
    looked = list(digests(change(report=SEEN_BY)).values())
    assert digests(change(looked, report=f"{SEEN_BY}, Mr John Smith"))


def test_a_confirmation_is_for_one_field(change: Any) -> None:
    looked = list(digests(change(note=TITLE)).values())
    assert digests(change(looked, title=TITLE))


def test_a_confirmation_is_for_one_person_and_one_case(take: Any, cast: SimpleNamespace, client_for: Any) -> None:
    def change(who: Any, case: Case, confirmed: Any = ()) -> Any:
        body = {"title": TITLE, "confirmed": list(confirmed)}
        return client_for(who).patch(f"/api/v1/cases/{case.pk}/", body, format="json")

    one, other = take(), take()
    looked = digests(change(cast.resident, one)).values()
    assert digests(change(cast.resident, other, looked))
    assert digests(change(cast.admin, one, looked))
    assert change(cast.resident, one, looked).status_code == 200


def test_nobody_makes_a_confirmation_of_what_was_not_shown(take: Any, settings: Any) -> None:
    seen = phi_check.marked("title", TITLE, shown="1 1").digest
    settings.SECRET_KEY = "another installation's"
    assert phi_check.marked("title", TITLE, shown="1 1").digest != seen


def test_a_confirmation_covers_the_marks_that_were_shown() -> None:
    [pattern] = phi_check.flagged({"report": "Muster, seen by Dr. Roe"})
    [header] = phi_check.flagged({"report": "Muster, seen by Dr. Roe"}, [("name", "Muster")])
    assert len(header.marks) == 2 and pattern.digest != header.digest


def test_a_confirmation_covers_where_the_marks_stood() -> None:
    text = {"report": "Muster, compared with the film of Weiss"}
    [one], [other] = (phi_check.flagged(text, [("name", name)]) for name in ("Muster", "Weiss"))
    assert len(one.marks) == len(other.marks) == 1 and one.digest != other.digest


@pytest.mark.parametrize("confirmed", [True, "yes", [True, {}], ["x"] * 11])
def test_a_confirmation_of_nothing_in_particular_confirms_nothing(change: Any, confirmed: Any) -> None:
    assert change(confirmed, report=SEEN_BY).status_code in {400, 422}
    assert Case.objects.get().report == REPORT


def test_a_text_without_marks_needs_no_confirmation(change: Any) -> None:
    assert change(title="Both lungs clear", report="Clear.", note="From the ward.").status_code == 200


def test_a_title_is_one_line_without_signs_that_turn_it_round(change: Any) -> None:
    assert change(title="Clear\u202e\x1b\nchest \t film").json()["title"] == "Clear chest film"


# --- the report that waits for its uploader ---


@pytest.fixture
def confirm(take: Any, cast: SimpleNamespace, client_for: Any) -> Any:
    """Confirms the report of a film of Anna Muster; gives the answer."""
    case = take(report="Film of Muster, clear lungs.", PatientName="Muster^Anna", PatientID="QX-77")
    client = client_for(cast.resident)

    def post(text: str, confirmed: Any = ()) -> Any:
        body = {"text": text, "confirmed": list(confirmed)}
        return client.post(f"/api/v1/cases/{case.pk}/confirm-report/", body, format="json")

    return post


def test_a_confirmed_report_without_marks_goes_on(confirm: Any) -> None:
    assert confirm("Film of [name], clear lungs.").json()["state"] == "ready"


def test_the_report_as_it_was_sent_needs_a_word_that_its_marks_name_nobody(
    confirm: Any, cast: SimpleNamespace, client_for: Any
) -> None:
    case, text = Case.objects.get(), "Film of Muster, clear lungs."
    assert digests(confirm(text))
    [shown] = client_for(cast.resident).get(f"/api/v1/cases/{case.pk}/report-marks/").json()["flagged"]
    answer = confirm(text, [shown["digest"]])
    assert (answer.json()["state"], answer.json()["report"]) == ("ready", text)


@pytest.mark.parametrize(
    "text", ["Film of Muster, clear.", "Anna has clear lungs.", "Clear. QX-77", "Clear, says Dr. Jane Roe."]
)
def test_an_edited_report_that_still_names_somebody_is_shown_again(confirm: Any, text: str) -> None:
    looked = digests(confirm("Film of Muster, clear lungs."))
    assert digests(confirm(text, looked.values()))
    case = Case.objects.get()
    assert (case.state, case.report) == ("confirming", "")
    assert confirm(text, digests(confirm(text)).values()).json()["report"] == text


def test_what_the_header_names_is_forgotten_with_the_raw_report(
    confirm: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert confirm("Clear.").status_code == 200
    assert not [path for path in quarantine.root().rglob("*") if path.is_file()]


@pytest.mark.parametrize("state", ["receiving", "ingesting", "confirming", "refused"])
@pytest.mark.parametrize("field", ["title", "report", "note"])
def test_no_text_is_changed_while_its_film_is_not_in(
    take: Any, cast: SimpleNamespace, client_for: Any, state: str, field: str
) -> None:
    """Before the film is in, nobody knows what its header names."""
    case, client = take(report="Dr. Anna Smith reports."), client_for(cast.resident)
    Case.objects.filter(pk=case.pk).update(state=state)
    address = f"/api/v1/cases/{case.pk}/"
    assert client.get(address).json()["may"]["edit"] is False
    assert client.patch(address, {field: "Muster"}, format="json").status_code == 409


# --- the ways in ---


def by_multipart(client: Any, content: bytes, title: str, report: str) -> None:
    file = SimpleUploadedFile("film.dcm", content)
    body = {"file": file, "title": title, "report": report}
    assert client.post("/api/v1/cases/", body, format="multipart").status_code == 202


def by_json(client: Any, content: bytes, title: str, report: str) -> None:
    body = {"size": len(content), "title": title, "report": report}
    address = client.post("/api/v1/cases/", body, format="json").json()["upload"]
    headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0"}
    assert client.generic("PATCH", address, content, "application/offset+octet-stream", headers=headers).status_code


@pytest.mark.parametrize("send", [by_multipart, by_json])
@pytest.mark.parametrize("report", [SEEN_BY, "Again Muster: clear."])
def test_nothing_that_names_somebody_gets_in_unseen_by_any_door(
    cast: SimpleNamespace, client_for: Any, send: Any, report: str
) -> None:
    send(client_for(cast.resident), file_bytes(dicom(PatientName="Muster^Anna")), f"{TITLE}, Muster", report)
    job = Job.objects.get()
    lease = claim("io")
    assert lease is not None
    with lease:
        services.ingest(upload_id=job.inputs["upload"], lease=lease)
    case = Case.objects.get()
    assert (case.state, case.title, case.report) == ("confirming", "Film of Mr [name]", "")
    assert phi.find_phi(case.title, [("name", "Muster")]) == []
    assert Upload.objects.filter(case=case).exists()
