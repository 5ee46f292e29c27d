"""What a child that reads foreign bytes can do, tried from within; each way out is shut by itself."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from gazeapp.core.sandbox import client, limits
from gazeapp.core.sandbox.helper import HelperProcess
from tests.core.escaping_sandbox import ALLOWED, LIMITS, WAYS

needs_kernel = pytest.mark.skipif(bool(limits.missing()), reason=f"the kernel has no {', '.join(limits.missing())}")


@pytest.fixture(scope="module")
def helper() -> Iterator[HelperProcess]:
    one = HelperProcess("tests.core.escaping_sandbox")
    yield one
    one.stop()


def came_of(helper: HelperProcess, way: str, folder: Path) -> str:
    film, work, beside = folder / way, folder / "work", folder / "beside"
    work.mkdir()
    film.write_bytes(b"film")
    beside.write_bytes(b"beside")
    came: str = client.open_file(helper, film, work, LIMITS).answer["came"]
    assert sorted(path.name for path in folder.iterdir()) == sorted([way, "work", "beside"])
    assert (film.read_bytes(), beside.read_bytes()) == (b"film", b"beside")
    return came


@needs_kernel
@pytest.mark.parametrize("way", WAYS)
def test_a_reader_of_foreign_bytes_cannot(helper: HelperProcess, tmp_path: Path, way: str) -> None:
    assert came_of(helper, way, tmp_path) in {"PermissionError", "RuntimeError"}, (
        way
    )  # the latter: "can't start thread"


@pytest.mark.parametrize("way", ALLOWED)
def test_a_reader_of_foreign_bytes_can(helper: HelperProcess, tmp_path: Path, way: str) -> None:
    assert came_of(helper, way, tmp_path) == "out", way


def test_a_worker_on_a_kernel_without_the_means_says_so_or_does_not_start(
    monkeypatch: pytest.MonkeyPatch, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(limits.landlock, "version", lambda: 0)
    with caplog.at_level(logging.WARNING):
        client.look_at_kernel()
    assert "without Landlock (files)" in caplog.text
    settings.SANDBOX_REQUIRED = True
    with pytest.raises(ImproperlyConfigured, match="Landlock"):
        client.look_at_kernel()


@needs_kernel
def test_a_worker_starts_where_the_kernel_has_all_that_is_demanded(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SANDBOX_REQUIRED = True
    client.look_at_kernel()
    assert not caplog.text
