"""Making a release: choose, write, pack, and then, in the transaction that ends the job, its row.

Nothing half made is ever visible: until the row says ready, and which folder, nobody is given a file. An attempt that
dies leaves a folder that the next one deletes.
"""

from __future__ import annotations

import errno
import shutil
from typing import Any

from django.db.models import Q
from django.utils import timezone

from gazeapp.accounts.consents import Purpose
from gazeapp.core import audit, events
from gazeapp.core.lease import Lease
from gazeapp.core.models import Job
from gazeapp.core.problems import Problem
from gazeapp.exports import approvals, derived, selection, selectors, storage, writing
from gazeapp.exports.models import DataRequest, Release, ReleaseReading
from gazeapp.exports.query import Query
from gazeapp.exports.services.closing import closed_with_its_job, refuse_closed
from gazeapp.exports.services.requests import notify
from ml.data.export import INDEX, sha256

TRIES = 5  # times that people may change their minds while it is being made
PARTS = {"films": (0.0, 0.5), "writing": (0.5, 0.7), "packing": (0.7, 1.0)}  # of the whole, where each stage lies
COUNTED = ("cases", "readings", "readers", "people", "fixations", "by_source", "predictions", "ratings", "few")


class Changed(Exception):
    """Somebody withdrew, or agreed, while it was being made: choose again."""


def make_release(*, release_id: str, lease: Lease) -> None:
    """The job. Asks for consent when it begins and once more when it ends.

    Raises:
        Problem: nothing-to-release, film-lost, disk-full, withdrawn-meanwhile.
    """
    release = Release.objects.select_related("request").filter(pk=release_id).first()
    if release is None or release.state == Release.State.READY:  # a worker that died after its result was stored
        lease.finish()
        return
    for _ in range(TRIES):
        try:
            _attempt(release, lease)
            return
        except Changed:
            continue
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise Problem(
                    "disk-full", "The disk is full.", "Make room, then start this again.", code=507
                ) from error
            raise
    raise Problem("withdrawn-meanwhile", "People withdrew while this was made.", "Start it again.", code=409)


def _attempt(release: Release, lease: Lease) -> None:
    query = Query.read(release.query)
    lease.stage("choosing", 0.0)
    found, until = approvals.readings_for(release)
    counts = selectors.counted(found, query, until)
    chosen = selection.choose(found, query, until)
    if not chosen.rows:
        raise Problem("nothing-to-release", "There is nothing to release any more.", counts["sentence"], code=409)
    if counts["readings"] != len(chosen.rows):  # between the two questions
        raise Changed
    folder = storage.new_folder(release, lease.fence)
    try:
        made = _files(folder, chosen, counts, lease)
        lease.finish(lambda: _store(release, made, chosen))
    except (OSError, Problem):  # whatever else ends an attempt leaves the folder to the next one, or to the sweeper
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _files(folder: Any, chosen: selection.Chosen, counts: dict[str, Any], lease: Lease) -> dict[str, Any]:
    """Writes and packs; gives the columns of the release's row."""

    def on_progress(stage: str, done: int, of: int) -> None:
        low, high = PARTS[stage] if chosen.query.films or stage != "writing" else (0.0, 0.7)
        lease.stage(stage, round(low + (high - low) * done / max(1, of), 2))

    data = folder / storage.DATA
    index = writing.write(data, chosen, counts["sentence"], on_progress)
    digests = {**index["sha256"], INDEX: sha256(data / INDEX)}
    name = f"medgaze-{index['dataset_version']}"
    files = storage.pack(folder, name, digests, lambda done: on_progress("packing", done, len(digests)))
    storage.seal(folder)
    archive = folder / storage.ARCHIVE
    return {
        "digest": chosen.digest,
        "sha256": digests[INDEX],
        "folder": folder.name,
        "simulated": index["simulated"],
        "films": index["films"],
        "reports": index["reports"],
        "licence": index["licence"],
        "counts": {name: counts[name] for name in COUNTED},
        "files": files,
        "archive": {"size_bytes": archive.stat().st_size, "sha256": sha256(archive)},
        "size_bytes": sum(row["size_bytes"] for row in files),
    }


def _store(release: Release, made: dict[str, Any], chosen: selection.Chosen) -> None:
    """The row, in the transaction that ends the job. Raises Changed."""
    agreed = selectors.readings(chosen.query, Purpose.RESEARCH)
    answers = derived.rated(agreed, {rated.base for rated in chosen.answers}) if chosen.answers else []
    if not selection.still_agreed(chosen, agreed, answers):
        raise Changed
    now = timezone.now()
    ready = {"state": Release.State.READY, "made_at": now, "since": _since(release, made, chosen), **made}
    if not Release.objects.filter(pk=release.pk, state=Release.State.MAKING).update(**ready):
        raise RuntimeError(f"release {release.pk} is not being made")
    rows = (
        ReleaseReading(
            release=release,
            recording_id=row.recording,
            reader_id=row.reader,
            film_sha256=row.film,
            fixations=row.fixations,
        )
        for row in chosen.rows
    )
    ReleaseReading.objects.bulk_create(rows, batch_size=500)
    events.publish(release.subject, "release.done", {"number": release.number})
    if release.request_id:
        DataRequest.objects.filter(pk=release.request_id).update(state=DataRequest.State.DONE)
        notify(DataRequest.objects.get(pk=release.request_id))
    audit.record("exports", "release-made", release.subject, number=release.number, readings=len(chosen.rows))


def _since(release: Release, made: dict[str, Any], chosen: selection.Chosen) -> dict[str, Any] | None:
    """What is other than in the ready release before it."""
    earlier = Q(state=Release.State.READY, number__lt=release.number)
    before = Release.objects.filter(earlier).defer("files").order_by("-number").first()
    if before is None:
        return None
    here = {row.recording for row in chosen.rows}
    held = ReleaseReading.objects.filter(release=before).values_list("recording", flat=True)
    change = {name: made["counts"][name] - before.counts[name] for name in ("cases", "readings", "fixations")}
    return {"version": before.version, **change, "left": sum(pk not in here for pk in held.iterator())}


def release_job_changed(job: Job) -> None:
    """The release follows its job: failed, or on its way again. A job that was cancelled closes the request.

    Raises:
        Problem: request-closed, where the job is to run again.
    """
    again = job.state == Job.State.QUEUED
    unready = Release.objects.exclude(state=Release.State.READY)
    release = unready.select_related("request").filter(job=job).first()
    if release is None:
        return
    if again and release.request is not None:
        refuse_closed(release.request)
    Release.objects.filter(pk=release.pk).update(state=Release.State.MAKING if again else Release.State.FAILED)
    if release.request is None:
        return
    if job.state == Job.State.CANCELLED:
        closed_with_its_job(release.request)
    notify(release.request)
