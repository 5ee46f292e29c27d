"""A verdict names the pixels: it holds for every upload of them, whoever sends it and whatever its header says."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.db import connection

from gazeapp.cases import services, storage
from gazeapp.cases.models import Case, Film, FilmVerdict
from gazeapp.cases.services import verdicts
from tests.cases.films import REPORT, dicom, file_bytes, png, ramp

pytestmark = pytest.mark.usefixtures("no_words")


def kind(case: Case) -> str:
    """The state, and why."""
    case.refresh_from_db()
    return f"{case.state} {(case.problem or {}).get('type', '').removeprefix('/problems/')}".strip()


def stored_files() -> list[str]:
    folder = Path(settings.MEDIA_ROOT)
    return [path.name for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]


@pytest.mark.django_db
def test_a_hidden_film_stays_hidden_when_its_owner_deletes_the_case_and_sends_it_again(
    take: Any, cast: SimpleNamespace, client_for: Any
) -> None:
    case, client = take(), client_for(cast.resident)
    assert client.post(f"/api/v1/cases/{case.pk}/hide/").status_code == 200
    assert client.delete(f"/api/v1/cases/{case.pk}/").status_code == 204
    assert not Film.objects.exists()
    again = take()
    assert kind(again) == "quarantined film-hidden"
    assert client.get(f"/api/v1/cases/{again.pk}/").json()["film"] is None
    assert client.get(f"/api/v1/films/{again.film_id}/pixels/").status_code == 404


@pytest.mark.django_db
def test_a_waiting_film_waits_on_when_it_is_deleted_and_sent_again_with_a_better_header(
    take: Any, cast: SimpleNamespace
) -> None:
    services.delete_case(case=take(BurnedInAnnotation="YES"), by=cast.resident)
    assert kind(take(BurnedInAnnotation="NO")) == "quarantined film-burned-in"


@pytest.mark.django_db
def test_a_rejected_film_is_refused_with_words_however_it_is_sent_again(
    take: Any, cast: SimpleNamespace, tmp_path: Path
) -> None:
    case = take(BurnedInAnnotation="YES")
    services.reject(case=case, by=cast.faculty)
    again = take(owner=cast.second_resident, BurnedInAnnotation="NO", report="Dr. Anna Smith reports.")
    assert kind(again) == "refused film-rejected" and "Upload a film without it" in again.problem["detail"]
    (tmp_path / "copy.png").write_bytes(png(ramp()))
    copy = services.take_in(owner=cast.admin, path=tmp_path / "copy.png", report="", now=True)
    assert kind(copy) == "refused film-rejected"
    assert not Film.objects.exists() and stored_files() == []
    assert not any(path.is_file() for path in (tmp_path / "quarantine").rglob("*"))


@pytest.mark.django_db
def test_while_one_copy_waits_every_other_copy_waits_too(take: Any, cast: SimpleNamespace, tmp_path: Path) -> None:
    first = take(BurnedInAnnotation="YES")
    second = take(owner=cast.second_resident, BurnedInAnnotation="NO")
    assert second.film_id == first.film_id and kind(second) == "quarantined film-burned-in"
    (tmp_path / "copy.png").write_bytes(png(ramp()))
    copy = services.take_in(owner=cast.second_resident, path=tmp_path / "copy.png", report=REPORT, now=True)
    assert copy.film_id == first.film_id and kind(copy) == "quarantined film-burned-in"


@pytest.mark.django_db
def test_a_finding_on_a_later_copy_closes_the_film_in_every_case(take: Any, cast: SimpleNamespace) -> None:
    ready, confirming = take(), take(owner=cast.second_resident, report="Dr. Anna Smith reports.")
    take(BurnedInAnnotation="YES")
    assert kind(ready) == "quarantined film-burned-in"
    assert kind(confirming) == "confirming film-burned-in" and confirming.held


@pytest.mark.django_db
def test_a_released_film_is_not_held_again_for_what_a_program_finds(take: Any, cast: SimpleNamespace) -> None:
    case = take(BurnedInAnnotation="YES")
    services.release(case=case, by=cast.faculty)
    assert kind(take(BurnedInAnnotation="YES")) == "ready"
    for mine in Case.objects.all():
        services.delete_case(case=mine, by=cast.resident)
    assert kind(take(BurnedInAnnotation="YES")) == "ready", "the look outlives the film that was looked at"


@pytest.mark.django_db
def test_a_released_film_that_somebody_hides_waits_again(take: Any, cast: SimpleNamespace) -> None:
    case = take(BurnedInAnnotation="YES")
    services.release(case=case, by=cast.faculty)
    services.hide(case=case, by=cast.resident)
    assert kind(case) == kind(take(owner=cast.second_resident)) == "quarantined film-hidden"


@pytest.mark.django_db
def test_a_verdict_says_who_gave_it_and_why_the_film_waited(take: Any, cast: SimpleNamespace) -> None:
    case = take(BurnedInAnnotation="YES")
    said = FilmVerdict.objects.get()
    assert (said.sha256, said.verdict, said.kind, said.by) == (case.film_id, "waiting", "film-burned-in", None)
    services.release(case=case, by=cast.faculty)
    later = FilmVerdict.objects.get()
    assert (later.verdict, later.kind, later.by) == ("released", "film-burned-in", cast.faculty)
    assert later.at > said.at


@pytest.mark.django_db
def test_a_film_that_differs_in_one_value_is_another_film(take: Any, cast: SimpleNamespace) -> None:
    """This one shows nothing by which it could be known; those that do are in `test_likeness`."""
    services.hide(case=take(), by=cast.resident)
    other = ramp()
    other[0, 0] += 1
    assert kind(take(pixels=other)) == "ready"


@pytest.mark.django_db
def test_a_film_hidden_while_its_copy_is_being_stored_is_hidden_in_the_copy(
    take: Any, cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, store = take(), storage.store_film

    def hidden_meanwhile(*film: Any) -> str:
        services.hide(case=first, by=cast.second_resident)
        return store(*film)

    monkeypatch.setattr(storage, "store_film", hidden_meanwhile)
    assert kind(take(owner=cast.second_resident)) == "quarantined film-hidden"


@pytest.mark.django_db
def test_a_film_rejected_while_its_copy_is_being_stored_is_not_taken(
    take: Any, cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, store = take(BurnedInAnnotation="YES"), storage.store_film

    def rejected_meanwhile(*film: Any) -> str:
        with monkeypatch.context() as held:  # the ingest holds the film's files; the rejection comes to them later
            held.setattr(verdicts, "drop_unused_film", lambda sha256: False)
            services.reject(case=first, by=cast.faculty)
        return store(*film)

    monkeypatch.setattr(storage, "store_film", rejected_meanwhile)
    assert kind(take(owner=cast.second_resident)) == "refused film-rejected"
    assert not Film.objects.exists() and stored_files() == []


@pytest.mark.django_db
def test_a_film_that_comes_while_its_rejection_deletes_the_files_is_not_taken(
    take: Any, cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, drop, late = take(BurnedInAnnotation="YES"), verdicts.drop_unused_film, []

    def sent_meanwhile(sha256: str) -> bool:
        late.append(take(owner=cast.second_resident, BurnedInAnnotation="NO"))
        return drop(sha256)

    monkeypatch.setattr(verdicts, "drop_unused_film", sent_meanwhile)
    services.reject(case=first, by=cast.faculty)
    assert kind(late[0]) == "refused film-rejected"
    assert not Film.objects.exists() and stored_files() == []


@pytest.mark.django_db(transaction=True)
def test_a_hide_that_meets_an_unfinished_ingest_reaches_its_case_too(
    cast: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ingest has looked for a verdict and found none; before it commits, somebody hides the film."""
    path = tmp_path / "film.dcm"
    path.write_bytes(file_bytes(dicom(np.flipud(ramp()).copy())))
    first = services.take_in(owner=cast.resident, path=path, report=REPORT, now=True)
    looked, look = threading.Event(), verdicts.reason_to_hold

    def slowly(**film: Any) -> verdicts.Reason:
        reason = look(**film)
        looked.set()
        hiding.join(1)  # on its way into the same film, and not to be let in
        return reason

    def hide() -> None:
        looked.wait(20)
        services.hide(case=first, by=cast.second_resident)
        connection.close()

    hiding = threading.Thread(target=hide)
    monkeypatch.setattr(verdicts, "reason_to_hold", slowly)
    hiding.start()
    second = services.take_in(owner=cast.second_resident, path=path, report=REPORT, now=True)
    hiding.join(20)
    assert kind(first) == kind(second) == "quarantined film-hidden"
