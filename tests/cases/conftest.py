"""Each test has its own quarantine and films folder; the text detector is real only where a test is about it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gazeapp.cases import services
from gazeapp.cases.models import Case
from tests.cases.films import REPORT, dicom, file_bytes


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, settings: object) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"  # type: ignore[attr-defined]
    settings.QUARANTINE_DIR = tmp_path / "quarantine"  # type: ignore[attr-defined]


@pytest.fixture
def no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text detector that finds nothing, for tests about something else."""
    from gazeapp.cases import burned_in_text

    monkeypatch.setattr(burned_in_text, "found_in", lambda looks: False)
    monkeypatch.setattr(burned_in_text.detector, "start", lambda: None)


@pytest.fixture
def take(cast: SimpleNamespace, tmp_path: Path, django_capture_on_commit_callbacks: Any) -> Any:
    """Takes a made film in for somebody, through the real path."""

    def make(owner: Any = None, report: str = REPORT, pixels: Any = None, title: str = "", **changes: Any) -> Case:
        path = tmp_path / "film.dcm"
        path.write_bytes(file_bytes(dicom(pixels, **changes)))
        with django_capture_on_commit_callbacks(execute=True):
            return services.take_in(owner=owner or cast.resident, path=path, report=report, title=title, now=True)

    return make
