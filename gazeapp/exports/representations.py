"""Requests and releases as the API shows them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from gazeapp.core.models import Job
from gazeapp.core.selectors import job_summary, jobs_visible_to
from gazeapp.exports import approvals, citing, selectors, storage
from gazeapp.exports.models import DataRequest, Release
from gazeapp.exports.terms import TERMS
from ml.data.export.layout import DICTIONARY

State = Release.State


def request_dict(user: Any, request: DataRequest, *, today: bool = False) -> dict[str, Any]:
    """A request for somebody. ``today``: while it is open, with what its question finds now, which takes a moment."""
    release = getattr(request, "release", None)
    now = today and request.state == DataRequest.State.OPEN
    films = request.films_state
    return {
        "id": str(request.pk),
        "name": request.name,
        "why": request.why,
        "query": request.query,
        "counts": selectors.counts(request.query) if now else request.counts,
        "state": request.state,
        "by": request.by,
        "created_at": request.created_at,
        "decided": {"by": request.decided_by, "at": request.decided_at, "reason": request.reason}
        if request.decided_at
        else None,
        "films": {
            "asked": films != DataRequest.Films.NONE,
            "state": films,
            "by": request.films_by,
            "at": request.films_at,
            "reason": request.films_reason,
        },
        "closed": {"by": request.closed_by, "at": request.closed_at, "reason": request.closed_reason}
        if request.closed_at
        else None,
        "own": approvals.is_own(user, request),
        "may_decide": approvals.may_decide(user, request),
        "release": {"id": str(release.pk), "version": release.version, "state": release.state} if release else None,
        "job": job_summary(release.job) if release else None,
    }


def release_rows(user: Any, releases: Iterable[Release]) -> list[dict[str, Any]]:
    """Releases in a list."""
    rows = list(releases)
    held = selectors.holding_withdrawn(rows) if user.has_role("admin") else None
    blind = selectors.of_films_rated(user)
    return [_row(release, None if held is None else held.get(release.pk, 0), release.pk in blind) for release in rows]


def release_dict(user: Any, release: Release) -> dict[str, Any]:
    """One release for somebody; without its files where they may not have them now."""
    (row,) = release_rows(user, [release])
    ready = release.state == State.READY
    closed = selectors.closed_words(user, release) if ready else None
    shown = ready and closed is None
    return {
        **row,
        "query": release.query,
        "licence": release.licence or TERMS.licence,
        **citing.of(release),
        "terms": {
            "version": TERMS.version,
            "text": TERMS.text,
            "accepted_at": selectors.accepted_at(user, release),
        },
        "files": [_file(release, row) for row in release.files] if shown else [],
        "archive": _archive(release) if shown else None,
        "dictionary": _dictionary(release) if ready else {},
        "since": None if selectors.of_films_rated(user) else release.since,  # it may tell of one that is closed
        "closed": closed,
        "may_make_again": _may_make_again(user, release),
    }


def _may_make_again(user: Any, release: Release) -> bool:
    """Its making failed, its request stands, and it is theirs to start: whoever asked, and admins."""
    job, request = release.job, release.request
    stands = request is None or request.state == DataRequest.State.APPROVED
    if job is None or job.state != Job.State.FAILED or not stands:
        return False
    return jobs_visible_to(user).filter(pk=job.pk).exists()


def _row(release: Release, held: int | None, blind: bool) -> dict[str, Any]:
    """``blind``: whoever asks rates films of it, and could know a reading by its length."""
    counts = {"cases": 0, "readings": 0, "readers": 0, "fixations": 0, **release.counts}
    return {
        "id": str(release.pk),
        "number": release.number,
        "version": release.version,
        "name": release.name,
        "state": release.state,
        "simulated": release.simulated,
        "partly_simulated": release.simulated and release.counts.get("people", 0) > 0,
        "films": release.films,
        "reports": release.reports,
        "counts": {**counts, "fixations": 0} if blind else counts,
        "by_source": release.counts.get("by_source", {}),
        "size_bytes": 0 if blind else release.size_bytes,
        "sha256": release.sha256,
        "created_at": release.created_at,
        "job": job_summary(release.job),
        "holds_withdrawn": held,
    }


def _file(release: Release, row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "url": reverse("api-release-file", args=[release.pk, row["path"]])}


def _archive(release: Release) -> dict[str, Any]:
    url = reverse("api-release-archive", args=[release.pk])
    return {"name": storage.archive_name(release), **(release.archive or {}), "url": url}


def _dictionary(release: Release) -> dict[str, Any]:
    """The columns of its tables; nothing where the file is gone."""
    try:
        found: dict[str, Any] = json.loads((storage.data_of(release) / DICTIONARY).read_text(encoding="utf-8"))
    except OSError:
        return {}
    return found
