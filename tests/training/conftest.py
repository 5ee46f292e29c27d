"""A server set up with the first of three tiny models, the other two registered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework.test import APIClient

from gazeapp.scanpaths import services as scanpaths
from gazeapp.scanpaths.models import ModelVersion
from gazeapp.training.services import serving
from tests.scanpaths.versions import copied, make_folders


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return make_folders(tmp_path_factory.mktemp("models"))


@pytest.fixture
def models(folders: list[Path], settings: Any, tmp_path: Path, cast: SimpleNamespace) -> Iterator[SimpleNamespace]:
    """`champion` serves, `candidate` and `other` are registered."""
    settings.MEDGAZE_MODEL = copied(folders[0], tmp_path / "seed")
    settings.MEDIA_ROOT, settings.STATE_DIR = tmp_path / "media", tmp_path / "state"
    yield SimpleNamespace(
        champion=serving(),
        candidate=scanpaths.register_model(folder=folders[1], by=cast.admin),
        other=scanpaths.register_model(folder=folders[2], by=cast.admin),
    )


@pytest.fixture
def admin(cast: SimpleNamespace, client_for: Callable[[Any], APIClient]) -> APIClient:
    return client_for(cast.admin)


def said(version: ModelVersion, champion: ModelVersion, *, passed: bool = True, **more: Any) -> dict[str, Any]:
    """What `python -m ml gate` writes."""
    interval = {"value": 0.4, "low": 0.38, "high": 0.42}
    row = {
        "metric": "ScanMatch", "unit": "", "higher_is_better": True, "champion": interval, "candidate": interval,
        "difference": {"value": 0.0, "low": -0.01, "high": 0.01}, "baseline": {"name": "centre", "value": 0.2},
        "rule": "At most .02 below the champion.", "kind": "non-inferior", "margin": 0.02, "passed": passed,
    }  # fmt: skip
    return {
        "version": 1, "rules": {"version": 1, "sha256": "a" * 64},
        "set": {"name": "frozen", "sha256": "b" * 64, "cases": 40, "readings": 80, "simulated": True},
        "champion": champion.pk, "candidate": version.pk, "rows": [row], "passed": passed, "seconds": 12.0, **more,
    }  # fmt: skip


@pytest.fixture(autouse=True)
def _until_it_lands(monkeypatch: pytest.MonkeyPatch) -> None:
    from gazeapp.accounts import services as accounts
    from gazeapp.core.problems import Problem

    def reauthenticate(*, user: Any, password: str, request: Any) -> None:
        if not user.check_password(password):
            raise Problem("wrong-password", "That is not your password.", code=403)

    if not hasattr(accounts, "reauthenticate"):
        monkeypatch.setattr(accounts, "reauthenticate", reauthenticate, raising=False)
