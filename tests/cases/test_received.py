"""What a file says beside its pixels belongs to its own case: a second upload of the same pixels changes no other's."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image

from gazeapp.cases import dicom_copy, sandbox_client, services, storage
from gazeapp.cases.models import Case, Film, Received
from gazeapp.core.models import AuditEvent
from tests.cases.films import png

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_words")]


@pytest.fixture
def take_blinding(take: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Takes the same pixels in from a file that wants them shown all white, whatever windows the sandbox grants."""
    examine = sandbox_client.examine

    def white(path: Path, work: Path) -> sandbox_client.Examined:
        film = examine(path, work)
        film.thumbnail.write_bytes(png(np.full((80, 96), 255, np.uint8)))
        return dataclasses.replace(film, window=(1.0, 2.0))

    def make(**changes: Any) -> Case:
        with monkeypatch.context() as patched:
            patched.setattr(sandbox_client, "examine", white)
            return take(**changes)

    return make


def seen(client: Any, case: Case) -> dict[str, Any]:
    """The case's film as the API shows it, its header, and the thumbnail's brightness."""
    film = client.get(f"/api/v1/cases/{case.pk}/").json()["film"]
    detail = client.get(f"/api/v1/cases/{case.pk}/film/").json()
    picture = client.get(film["thumbnail"])
    grey = float(np.asarray(Image.open(io.BytesIO(picture.content)).convert("L")).mean())
    return {"film": film, "header": detail["header"], "grey": grey, "tag": picture["ETag"]}


def test_a_second_file_with_the_same_pixels_changes_nothing_of_the_first(
    take: Any, take_blinding: Any, cast: SimpleNamespace, client_for: Any
) -> None:
    first = take(KVP="120")
    Case.objects.update(published=True)
    before = {person.username: seen(client_for(person), first) for person in (cast.resident, cast.researcher)}
    second = take_blinding(owner=cast.second_resident, ViewPosition="AP", KVP="60")
    assert second.film_id == first.film_id
    for person in (cast.resident, cast.researcher):
        assert seen(client_for(person), first) == before[person.username]


def test_a_second_file_with_the_same_pixels_is_shown_as_it_says_itself(
    take: Any, take_blinding: Any, cast: SimpleNamespace, client_for: Any
) -> None:
    first = seen(client_for(cast.resident), take(KVP="120"))
    second = seen(client_for(cast.resident), take_blinding(ViewPosition="AP", KVP="60"))
    assert (second["film"]["window_width"], second["film"]["view"], second["header"]["KVP"]) == (2, "AP", 60)
    assert first["film"]["pixels"] == second["film"]["pixels"]
    assert first["film"]["thumbnail"] != second["film"]["thumbnail"] and first["tag"] != second["tag"]
    assert second["grey"] > first["grey"] + 50


def test_files_that_say_the_same_share_a_thumbnail(take: Any) -> None:
    assert take().received.thumbnail == take().received.thumbnail


def test_a_thumbnail_is_for_those_who_may_see_a_case_that_it_shows(
    take: Any, take_blinding: Any, cast: SimpleNamespace, client_for: Any
) -> None:
    take(owner=cast.second_resident)
    private = take_blinding()
    address = f"/api/v1/films/{private.film_id}/thumbnails/{private.received.thumbnail}/"
    assert client_for(cast.resident).get(address).status_code == 200
    assert client_for(cast.second_resident).get(address).status_code == 404, "has the film, but not drawn like this"


def test_a_film_takes_every_thumbnail_along(take: Any, take_blinding: Any, cast: SimpleNamespace) -> None:
    one, two = take(), take_blinding()
    folder = storage.pixels_path(one.film_id).parent
    assert len(list(folder.glob("*.png"))) == 2
    services.delete_case(case=one, by=cast.resident)
    assert len(list(folder.glob("*.png"))) == 2, "the film is still another case's"
    services.delete_case(case=two, by=cast.resident)
    assert not Film.objects.exists() and not list(folder.glob("[!.]*"))


def test_a_refused_case_keeps_nothing_of_its_header(take: Any, cast: SimpleNamespace) -> None:
    services.reject(case=take(BurnedInAnnotation="YES"), by=cast.faculty)
    assert not Received.objects.exists()


def test_each_case_is_written_as_dicom_with_its_own_header_and_instance(take: Any, take_blinding: Any) -> None:
    one, two = take(KVP="120"), take_blinding(KVP="60")
    pixels = storage.film_pixels(one.film_id)
    first, second = (pydicom.dcmread(io.BytesIO(dicom_copy.as_dicom(case, pixels))) for case in (one, two))
    assert (first.KVP, second.KVP, second.WindowCenter, second.WindowWidth) == (120, 60, 1, 2)
    assert first.WindowWidth == one.received.window_width > 2
    assert first.SOPInstanceUID != second.SOPInstanceUID, "a UID names one content"
    assert first.StudyInstanceUID == second.StudyInstanceUID and first.PatientID == second.PatientID


def test_who_may_not_see_the_film_may_not_read_its_header(take: Any, cast: SimpleNamespace, client_for: Any) -> None:
    case = take(BurnedInAnnotation="YES", KVP="120")
    people = (cast.resident, cast.second_resident, cast.researcher, cast.faculty, cast.admin)
    codes = [client_for(person).get(f"/api/v1/cases/{case.pk}/film/").status_code for person in people]
    assert codes == [404, 404, 404, 200, 200]
    assert AuditEvent.objects.get(verb="film.deidentify").detail["held"] == "film-burned-in"
