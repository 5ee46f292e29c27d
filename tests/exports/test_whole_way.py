"""From a request to bytes in a researcher's hands."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from ml.data.export import read_export, verify
from tests.exports import data

pytestmark = pytest.mark.django_db


def test_a_release_is_asked_for_approved_made_agreed_to_and_downloaded(lab: SimpleNamespace, tmp_path: Path) -> None:
    request = data.ask(lab.asks)
    assert (request["state"], request["counts"]["readings"], request["release"]) == ("open", 9, None)
    request = data.act(lab.decides, request, "approve")
    assert (request["state"], request["release"]["state"], request["job"]["state"]) == ("approved", "making", "queued")
    data.run_jobs()
    (row,) = lab.asks.get(f"{data.API}/data/requests/").json()["results"]
    assert (row["state"], row["release"]["state"]) == ("done", "ready")
    latest = lab.asks.get(f"{data.API}/releases/latest/").json()
    assert (latest["id"], latest["version"], latest["counts"]["fixations"]) == (row["release"]["id"], "1", 39)
    release = data.Release.objects.get()
    assert data.accept(lab.asks, release).json()["terms"]["accepted_at"] is not None
    archive = data.fetch(lab.asks, release)
    assert hashlib.sha256(archive.body).hexdigest() == latest["archive"]["sha256"]
    zipfile.ZipFile(io.BytesIO(archive.body)).extractall(tmp_path)
    (unpacked,) = tmp_path.iterdir()
    assert verify(unpacked)["counts"]["readings"] == 9
    cases = read_export(unpacked, films_needed=False)
    assert sum(len(reading.scanpath.fixations) for case in cases for reading in case.readings) == 39
    for file in latest["files"]:
        assert data.body_of(lab.asks.get(file["url"])) == (unpacked / file["path"]).read_bytes()
