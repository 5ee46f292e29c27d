"""What researcher and admin do over the API, and the release's job run here."""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from rest_framework.test import APIClient

from gazeapp.core.models import Job
from gazeapp.core.services import claim
from gazeapp.exports.models import Release
from tests.conftest import PASSWORD
from worker import handlers
from worker.tasks import run as run_lease

API = "/api/v1"


def ask(client: APIClient, status: int = 201, **query: Any) -> Any:
    """A request for what the query finds."""
    body = {"name": "Gaze on chest films", "why": "To learn from it.", "query": query}
    answer = client.post(f"{API}/data/requests/", body, format="json")
    assert answer.status_code == status, answer.json()
    return answer.json()


def act(client: APIClient, request: dict[str, Any], what: str, status: int = 200, **body: Any) -> Any:
    """A decision."""
    answer = client.post(f"{API}/data/requests/{request['id']}/{what}/", body, format="json")
    assert answer.status_code == status, answer.json()
    return answer.json()


def run_jobs() -> None:
    """What a worker of queue io would do, failures included."""
    while (lease := claim(Job.Queue.IO)) is not None:
        run_lease(lease)


def run_job(release: Release) -> None:
    """The release's job alone; what goes wrong is raised."""
    lease = claim(Job.Queue.IO, only=release.job_id)
    assert lease is not None
    with lease:
        handlers.load("release")(lease)


def approved(lab: SimpleNamespace, **query: Any) -> Release:
    """A release of what the query finds, asked for and approved; its job waits."""
    request = act(lab.decides, ask(lab.asks, **query), "approve")
    if request["films"]["state"] == "open":
        request = act(lab.decides, request, "approve-films", password=PASSWORD, reason="For training a model.")
    return Release.objects.get(pk=request["release"]["id"])


def made(lab: SimpleNamespace, **query: Any) -> Release:
    """A release of what the query finds, asked for, approved and made."""
    release = approved(lab, **query)
    run_job(release)
    return Release.objects.get(pk=release.pk)


def folder(release: Release) -> Path:
    """Where its files lie."""
    return Path(settings.MEDIA_ROOT) / "releases" / release.folder / "data"


def shown(client: APIClient, release: Release) -> Any:
    answer = client.get(f"{API}/releases/{release.pk}/")
    assert answer.status_code == 200, answer.content
    return answer.json()


def accept(client: APIClient, release: Release, version: int = 1) -> Any:
    return client.post(f"{API}/releases/{release.pk}/terms/", {"version": version}, format="json")


def fetch(client: APIClient, release: Release, path: str = "", **headers: str) -> Any:
    """A file, or without a path the archive; its bytes are `body`."""
    url = f"{API}/releases/{release.pk}/" + (f"files/{path}" if path else "archive/")
    answer = client.get(url, headers=headers)
    answer.body = body_of(answer)  # type: ignore[attr-defined]
    return answer


def body_of(answer: Any) -> bytes:
    """All that an answer holds, also one that comes in pieces."""

    async def pieces() -> bytes:
        return b"".join([piece async for piece in answer.streaming_content])

    return async_to_sync(pieces)() if answer.streaming else bytes(answer.content)


def rows(release: Release, table: str) -> list[dict[str, str]]:
    """A table of a release."""
    with (folder(release) / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
