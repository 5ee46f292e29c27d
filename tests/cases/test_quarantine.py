"""What waits: marked reports for their uploader, doubtful films for faculty."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gazeapp.cases import quarantine, selectors, services, storage
from gazeapp.cases.models import Case, Film, Upload
from gazeapp.core.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_words")]


def test_a_report_that_names_somebody_is_confirmed_by_its_uploader(
    take: Any, cast: SimpleNamespace, client_for: Any, django_capture_on_commit_callbacks: Any
) -> None:
    case = take(report="Film of Muster, clear lungs.", PatientName="Muster^Anna", title="Muster again")
    assert (case.state, case.report, case.title) == ("confirming", "", "[name] again")
    client, address = client_for(cast.resident), f"/api/v1/cases/{case.pk}/"
    shown = client.get(address).json()
    assert shown["report"] is None and shown["may"]["confirm"] and shown["film"]
    answer = client.get(address + "report-marks/")
    marks = answer.json()
    assert answer["Cache-Control"] == "no-store"
    [flagged] = marks["flagged"]
    assert (flagged["field"], flagged["text"]) == ("report", "Film of Muster, clear lungs.")
    assert flagged["marks"] == [{"start": 8, "end": 14, "kind": "name", "suggestion": "[name]"}]
    for person, code in ((cast.second_resident, 404), (cast.faculty, 404), (cast.researcher, 404), (cast.admin, 200)):
        assert client_for(person).get(address + "report-marks/").status_code == code
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post(address + "confirm-report/", {"text": "Film of [name], clear lungs."}, format="json")
    assert (done.json()["state"], done.json()["report"]) == ("ready", "Film of [name], clear lungs.")
    assert not [path for path in quarantine.root().rglob("*") if path.is_file()]
    assert client.get(address + "report-marks/").status_code == 409
    assert client.post(address + "confirm-report/", {"text": "x"}, format="json").status_code == 409


def test_a_report_nobody_confirms_is_deleted_with_its_film(take: Any, django_capture_on_commit_callbacks: Any) -> None:
    from datetime import timedelta

    from django.utils import timezone

    case = take(report="Dr. Anna Smith reports.")
    path = storage.pixels_path(case.film_id)
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with django_capture_on_commit_callbacks(execute=True):
        services.sweep_uploads()
    case.refresh_from_db()
    assert (case.state, case.film_id) == ("refused", None) and not path.exists()
    assert not [found for found in quarantine.root().rglob("*") if found.is_file()]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "film-secondary-capture"),
        ({"BurnedInAnnotation": "YES"}, "film-burned-in"),
        ({"ImageType": ["DERIVED", "SECONDARY"]}, "film-derived"),
        ({"ImageType": ["ORIGINAL", "SECONDARY"]}, "film-derived"),
        ({"ImageType": ["DERIVED", "PRIMARY"], "DerivationDescription": "annotated"}, "film-derived"),
    ],
)
def test_films_that_may_show_names_wait_for_faculty(
    changes: Any, kind: str, take: Any, cast: SimpleNamespace, client_for: Any
) -> None:
    case = take(**changes)
    assert (case.state, case.problem["type"]) == ("quarantined", f"/problems/{kind}")
    shown = client_for(cast.resident).get(f"/api/v1/cases/{case.pk}/").json()
    assert shown["film"] is None and shown["problem"]["detail"] and not shown["may"]["predict"]
    film = f"/api/v1/films/{case.film_id}/"
    for person, code in ((cast.resident, 404), (cast.second_resident, 404), (cast.faculty, 200), (cast.admin, 200)):
        for address in (f"{film}pixels/", f"{film}thumbnails/{case.received.thumbnail}/"):
            assert client_for(person).get(address).status_code == code
        assert client_for(person).get(f"/api/v1/cases/{case.pk}/film/").status_code == code
    for tail in ("release/", "reject/", "hide/"):
        assert client_for(cast.resident).post(f"/api/v1/cases/{case.pk}/{tail}").status_code == 403
        assert client_for(cast.second_resident).post(f"/api/v1/cases/{case.pk}/{tail}").status_code == 404
        assert client_for(cast.researcher).post(f"/api/v1/cases/{case.pk}/{tail}").status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"ImageType": ["DERIVED", "PRIMARY"]},
        {"ImageType": ["DERIVED", "PRIMARY"], "DerivationDescription": "JPEG 2000 lossy compression"},
        {"ImageType": None},
        {"BurnedInAnnotation": "NO"},
    ],
)
def test_compressed_or_processed_primary_films_go_to_the_text_detector(changes: Any, take: Any) -> None:
    assert take(**changes).state == "ready"


def test_a_released_film_becomes_ready_everywhere(take: Any, cast: SimpleNamespace, client_for: Any) -> None:
    one, two = take(BurnedInAnnotation="YES"), take(owner=cast.second_resident, BurnedInAnnotation="YES")
    answer = client_for(cast.faculty).post(f"/api/v1/cases/{one.pk}/release/")
    assert answer.json()["state"] == "ready" and answer.json()["problem"] is None
    two.refresh_from_db()
    assert two.state == "ready" and not two.held
    assert client_for(cast.resident).get(f"/api/v1/films/{one.film_id}/pixels/").status_code == 200
    assert client_for(cast.faculty).post(f"/api/v1/cases/{one.pk}/release/").status_code == 409


def test_whoever_sees_an_identity_on_a_film_may_hide_it(take: Any, cast: SimpleNamespace, client_for: Any) -> None:
    case = take()
    Case.objects.update(published=True)
    viewer = client_for(cast.researcher)
    assert viewer.get(f"/api/v1/cases/{case.pk}/").json()["may"]["hide"]
    assert viewer.post(f"/api/v1/cases/{case.pk}/hide/").status_code == 200
    assert viewer.get(f"/api/v1/films/{case.film_id}/pixels/").status_code == 404


def test_a_rejected_film_is_gone_from_every_case(take: Any, cast: SimpleNamespace, client_for: Any) -> None:
    twin, case = take(), take(BurnedInAnnotation="YES")
    path = storage.pixels_path(case.film_id)
    assert len(list(path.parent.glob("*.*"))) == 3, "pixels, thumbnail, and the folder's lock"
    answer = client_for(cast.admin).post(f"/api/v1/cases/{case.pk}/reject/").json()
    assert (answer["state"], answer["problem"]["type"], answer["film"]) == ("refused", "/problems/film-rejected", None)
    assert not list(path.parent.glob(f"{twin.film_id}*"))
    twin.refresh_from_db()
    assert (twin.state, twin.film) == ("refused", None)
    assert not Film.objects.exists()


def test_a_hidden_film_is_hidden_at_once_in_every_case(take: Any, cast: SimpleNamespace, client_for: Any) -> None:
    one, two = take(), take(owner=cast.second_resident)
    Case.objects.update(published=True)
    assert client_for(cast.researcher).get(f"/api/v1/films/{one.film_id}/pixels/").status_code == 200
    assert client_for(cast.faculty).post(f"/api/v1/cases/{one.pk}/hide/").json()["state"] == "quarantined"
    for person in (cast.resident, cast.second_resident, cast.researcher):
        assert client_for(person).get(f"/api/v1/films/{one.film_id}/pixels/").status_code == 404
        assert not selectors.cases_open_to(person).exists()
    again = take()
    assert (again.state, again.problem["type"]) == ("quarantined", "/problems/film-hidden")
    client_for(cast.faculty).post(f"/api/v1/cases/{two.pk}/release/")
    assert set(Case.objects.values_list("state", flat=True)) == {"ready"}
    assert list(AuditEvent.objects.filter(verb__in=["film.hide", "film.release"]).values_list("verb", flat=True)) == [
        "film.hide",
        "film.release",
    ]


def test_a_held_film_with_a_marked_report_is_confirmed_first_and_released_then(
    take: Any, cast: SimpleNamespace, client_for: Any
) -> None:
    case = take(report="Dr. Anna Smith reports.", BurnedInAnnotation="YES")
    assert case.state == "confirming" and case.held
    client = client_for(cast.resident)
    assert client.get(f"/api/v1/cases/{case.pk}/").json()["film"] is None
    answer = client.post(f"/api/v1/cases/{case.pk}/confirm-report/", {"text": "Clear."}, format="json")
    assert answer.json()["state"] == "quarantined"
    assert client_for(cast.faculty).post(f"/api/v1/cases/{case.pk}/release/").json()["state"] == "ready"
