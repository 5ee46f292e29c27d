"""People with a film each, and eye trackers' files that fit them."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from gazeapp.accounts.consents import TEXTS
from gazeapp.accounts.models import Consent
from gazeapp.core.models import Job
from gazeapp.core.services import claim
from gazeapp.recordings import warden
from gazeapp.recordings.models import ImportSession
from tests.cases.films import stored_case
from worker import handlers

URL = "/api/v1/recordings/imports/"


@pytest.fixture(autouse=True, scope="session")
def helper_ends() -> Any:
    yield
    warden.opener.stop()


@pytest.fixture
def cases(cast: SimpleNamespace) -> SimpleNamespace:
    """The resident's square film and a published wide one; both have answered the questions of consent."""
    for person in (cast.resident, cast.faculty):
        for purpose, text in TEXTS.items():
            Consent.objects.create(person=person, purpose=purpose, version=text.version, given=False)
    square = stored_case(cast.resident, np.arange(64 * 64).reshape(64, 64), title="Square film")
    wide = stored_case(cast.faculty, np.arange(64 * 128).reshape(64, 128), title="Wide film", published=True)
    return SimpleNamespace(square=square, wide=wide)


@pytest.fixture
def bring(client_for: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    """Sends a file as a person and lets the job look into it; gives what the API then says of it."""

    def send(person: Any, content: str | bytes, name: str = "gaze.asc") -> dict[str, Any]:
        client = client_for(person)
        content = content.encode() if isinstance(content, str) else content
        answer = client.post(URL, {"file": SimpleUploadedFile(name, content)}, format="multipart")
        assert answer.status_code == 202, answer.content
        look(answer.json()["id"])
        found: dict[str, Any] = client.get(f"{URL}{answer.json()['id']}/").json()
        return found

    return send


def look(import_id: str) -> None:
    """The job, run here."""
    job = ImportSession.objects.get(pk=import_id).job
    assert job is not None
    lease = claim(Job.Queue.IO, only=job.pk)
    assert lease is not None
    with lease:
        handlers.load("import")(lease)


def dwells(
    places: list[tuple[float, float]], *, hz: int = 500, each_s: float = 0.4
) -> list[tuple[float, float, float]]:
    """(ms, x, y) of an eye that rests at each place."""
    step = 1000 / hz
    return [(round(i * step, 1), *places[int(i / hz / each_s)]) for i in range(int(len(places) * each_s * hz))]


def asc(*trials: tuple[str, list[tuple[float, float, float]]], screen: str = "0 0 1919 1079", more: str = "") -> str:
    """An EyeLink file with these trials of the left eye."""
    lines = [
        "** CONVERTED FROM C:\\data\\Miller_John.edf using edfapi",
        "** TYPE: EDF_FILE BINARY EVENT SAMPLE TAGGED",
        "** EYELINK II CL v6.12 Feb  1 2018 (EyeLink Portable Duo)",
        *([f"MSG\t1 DISPLAY_COORDS {screen}"] if screen else []),
        "MSG\t2 !CAL VALIDATION HV9 L LEFT  GOOD ERROR 0.27 avg. 0.83 max  OFFSET 0.11 deg. 3.7,2.4 pix.",
    ]
    start = 1000.0
    for name, rows in trials:
        lines += [
            f"MSG\t{start - 10} TRIALID {name}",
            f"START\t{start:.0f} \tLEFT\tSAMPLES\tEVENTS",
            "EVENTS\tGAZE\tLEFT\tRATE\t 500.00\tTRACKING\tCR\tFILTER\t2",
            "SAMPLES\tGAZE\tLEFT\tRATE\t 500.00\tTRACKING\tCR\tFILTER\t2",
            *(f"{start + t:.1f}\t{x:.1f}\t{y:.1f}\t 800.0\t..." for t, x, y in rows),
            more.format(start=start),
            f"END\t{start + 9000:.0f} \tSAMPLES\tEVENTS\tRES\t  47.75\t  45.92",
        ]
        start += 10_000
    return "\n".join(lines)
