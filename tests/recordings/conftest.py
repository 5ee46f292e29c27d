"""An open recording of a resident on somebody's published film, and one who sends batches."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gazeapp.recordings import services
from gazeapp.recordings.models import Recording, Source
from tests.cases.films import stored_case


@pytest.fixture
def recording(cast: SimpleNamespace) -> Recording:
    case = stored_case(cast.faculty, np.arange(64 * 48).reshape(64, 48), published=True)
    return services.start_recording(
        reader=services.reader_of(cast.resident), case=case, source=Source.APERTURE, aspect=case.aspect
    )


def rest_at(x: float, y: float, start: float, seconds: float = 0.5, hz: float = 60.0) -> list[list[float]]:
    return [[start + i / hz, x, y] for i in range(round(seconds * hz))]


def send(recording: Recording, writer: str, seq: int, samples: list[list[Any]], **more: Any) -> Any:
    return services.receive_part(recording=recording, seq=seq, writer=writer, body={"samples": samples, **more})
