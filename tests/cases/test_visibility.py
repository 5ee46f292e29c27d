"""A published case that is hidden again, or whose report still waits, is closed by every door."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gazeapp.cases import services
from gazeapp.cases.models import Case
from gazeapp.scanpaths.models import Prediction
from tests.cases.films import stored_case

pytestmark = pytest.mark.django_db
WORDS = "Unmistakable opacity"


def hidden(case: Case, cast: SimpleNamespace) -> None:
    services.hide(case=case, by=cast.admin)


def waiting_to_be_confirmed(case: Case, cast: SimpleNamespace) -> None:
    Case.objects.filter(pk=case.pk).update(state="confirming")


@pytest.fixture
def case(cast: SimpleNamespace) -> Case:
    """Faculty's published case, with its reading."""
    pixels = np.arange(64 * 64).reshape(64, 64)
    return stored_case(cast.faculty, pixels, title=WORDS, report=WORDS, note=WORDS, published=True)


@pytest.fixture
def doors(case: Case) -> dict[str, str]:
    reading = {"samples": [], "seed": 0}
    prediction = Prediction.objects.create(
        film_sha256=case.film_id, report_sha256=case.report_sha256, model_sha256="f" * 64, reading=reading
    )
    return {
        "case": f"/api/v1/cases/{case.pk}/",
        "header": f"/api/v1/cases/{case.pk}/film/",
        "room": f"/cases/{case.pk}/",
        "pixels": f"/api/v1/films/{case.film_id}/pixels/",
        "thumbnail": f"/api/v1/films/{case.film_id}/thumbnails/{case.received.thumbnail}/",
        "prediction": f"/api/v1/predictions/{prediction.pk}/",
        "events": f"/api/v1/events/?subject=case:{case.pk}",
    }


LISTS = ("/api/v1/cases/", f"/api/v1/cases/?search={WORDS}", "/cases/", "/cases/?whose=library")


def holds(answer: Any) -> bool:
    return WORDS.encode() in answer.content


@pytest.mark.parametrize("role", ["resident", "second_resident", "researcher"])
@pytest.mark.parametrize("closed", [None, hidden, waiting_to_be_confirmed])
def test_every_door_of_a_published_case_follows_its_state(
    role: str,
    closed: Callable[[Case, SimpleNamespace], None] | None,
    case: Case,
    doors: dict[str, str],
    cast: SimpleNamespace,
    client_for: Any,
) -> None:
    client = client_for(getattr(cast, role))
    if closed is not None:
        closed(case, cast)
    codes = {name: client.get(address).status_code for name, address in doors.items()}
    assert codes == dict.fromkeys(doors, 404 if closed else 200)
    listed = [holds(client.get(address, {"search": WORDS} if "search" in address else {})) for address in LISTS]
    assert listed == [closed is None] * len(LISTS)
    asked = client.post(f"/api/v1/cases/{case.pk}/predictions/", {}, format="json").status_code
    assert asked == 404 if closed else asked in {200, 202, 403}
