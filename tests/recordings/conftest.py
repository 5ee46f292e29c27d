"""An open recording of a resident on somebody's published film, and one who sends batches; people with a film each, and
eye trackers' files that fit them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from gazeapp.accounts.consents import TEXTS
from gazeapp.accounts.models import Consent
from gazeapp.recordings import sandbox_client, services
from gazeapp.recordings.models import Recording, Source
from tests.cases.films import stored_case
from tests.recordings.gaze_files import URL, look


@pytest.fixture
def recording(cast: SimpleNamespace) -> Recording:
    case = stored_case(cast.faculty, np.arange(64 * 48).reshape(64, 48), published=True)
    return services.start_recording(
        reader=services.reader_of(cast.resident), case=case, source=Source.APERTURE, aspect=case.aspect
    )


@pytest.fixture(autouse=True, scope="session")
def helper_ends() -> Iterator[None]:
    yield
    sandbox_client.importer.stop()


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


def rest_at(x: float, y: float, start: float, seconds: float = 0.5, hz: float = 60.0) -> list[list[float]]:
    return [[start + i / hz, x, y] for i in range(round(seconds * hz))]


def send(recording: Recording, writer: str, seq: int, samples: list[list[Any]], **more: Any) -> Any:
    return services.receive_part(recording=recording, seq=seq, writer=writer, body={"samples": samples, **more})
