"""`manage.py models`: what whoever runs the server does with model versions."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from gazeapp.core.models import AuditEvent
from gazeapp.scanpaths import selectors
from ml.medgaze.model_info import read_model_info
from tests.scanpaths.versions import make_folders

pytestmark = pytest.mark.django_db


@pytest.fixture
def model() -> None:
    """No stand-in here."""


@pytest.fixture
def folders(model: None, tmp_path: Path, settings: Any) -> list[Path]:
    made = make_folders(tmp_path)
    settings.MEDGAZE_MODEL, settings.MEDIA_ROOT = made[0], tmp_path / "media"
    return made


def models(*words: str) -> str:
    out = StringIO()
    call_command("models", *words, stdout=out)
    return out.getvalue()


def test_a_folder_is_registered_promoted_listed_and_gone_back_from(folders: list[Path]) -> None:
    first, second = (read_model_info(folder).sha256 for folder in folders[:2])
    assert second in models("register", str(folders[1]))
    assert second[:12] in models("promote", second[:8].upper(), "--reason", "Better.")
    assert selectors.current_model().sha256 == second
    assert models("list").splitlines()[-1] == f"New predictions use model-1 ({second[:12]})."
    assert first[:12] in models("roll-back", "--reason", "Worse.")
    assert selectors.current_model().sha256 == first
    verbs = AuditEvent.objects.filter(actor="command").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["model.register", "model.promote", "model.roll-back"]


def test_what_is_refused_is_said_in_words(folders: list[Path], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="holds no model"):
        models("register", str(tmp_path / "none"))
    with pytest.raises(CommandError, match="No version that is registered here begins with 0000"):
        models("promote", "0000", "--reason", "Better.")
    with pytest.raises(CommandError, match="no version to go back to"):
        models("roll-back", "--reason", "Worse.")


def test_a_beginning_that_two_versions_share_is_refused(folders: list[Path]) -> None:
    for folder in folders:
        models("register", str(folder))
    with pytest.raises(CommandError, match="More than one"):
        models("promote", "", "--reason", "Better.")
