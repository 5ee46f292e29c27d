"""Each test has its own quarantine and films folder; the text detector is real only where a test is about it."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, settings: object) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"  # type: ignore[attr-defined]
    settings.QUARANTINE_DIR = tmp_path / "quarantine"  # type: ignore[attr-defined]


@pytest.fixture
def no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text detector that finds nothing, for tests about something else."""
    from gazeapp.cases import words

    monkeypatch.setattr(words, "on_film", lambda looks: False)
    monkeypatch.setattr(words.detector, "start", lambda: None)
