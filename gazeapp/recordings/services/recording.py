"""Writes to recordings: begin, take a batch, seal, discard. What was acknowledged is on disk and in the database."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction
from django.utils import timezone

from gazeapp.cases.models import Case
from gazeapp.core import audit
from gazeapp.core.problems import Problem
from gazeapp.recordings import batch, selectors, storage
from gazeapp.recordings.models import FixationSet, Reader, Recording, RecordingPart, Source
from ml.gaze.detection import Dispersion, detect_fixations

State = Recording.State
GAP_S = 0.1  # a pause between samples that counts as one
LIVE = (Source.APERTURE, Source.CLICKS)  # recorded while somebody reads, so its clock cannot be ahead of ours
AHEAD_S = 600.0  # but for a clock that runs fast


def reader_of(user: Any) -> Reader:
    """The reader who is this person; made with a pseudonym of chance at the first recording."""
    reader = Reader.objects.filter(user=user).first()
    while reader is None:
        try:
            with transaction.atomic():
                reader = Reader.objects.create(user=user, pseudonym=f"Reader {secrets.token_hex(3).upper()}")
        except IntegrityError:  # the pseudonym is taken, or another request was faster
            reader = Reader.objects.filter(user=user).first()
    return reader


def start_recording(*, reader: Reader, case: Case, source: str, aspect: float, device: str = "") -> Recording:
    """A new recording without parts. Call it in the transaction of what it belongs to."""
    return Recording.objects.create(
        reader=reader, case=case, film_sha256=case.film_id or "", source=source, aspect=aspect, device=device[:120]
    )


@transaction.atomic
def take(recording: Recording) -> str:
    """From now on only the page that holds the returned token may send parts; any other learns that it was replaced."""
    locked = _open(recording)
    locked.writer = secrets.token_hex(16)
    locked.save(update_fields=["writer"])
    recording.writer = locked.writer
    return locked.writer


def receive_part(*, recording: Recording, seq: int, writer: str, body: dict[str, Any]) -> tuple[RecordingPart, bool]:
    """Stores one batch; the same batch sent again is acknowledged again. Returns the part and whether it is new.

    Raises:
        Problem: invalid-batch; part-differs, when another batch has this number; part-early, when one before it is
            missing; taken-over, when another page records now; recording-closed.
    """
    sent = batch.read(body)
    known = recording.parts.filter(seq=seq).first()
    if known is not None:
        return _same(known, sent), False
    if recording.state != State.OPEN:  # before the file is written
        raise _closed()
    storage.store(sent.content)
    with transaction.atomic():
        locked = _open(recording)
        known = locked.parts.filter(seq=seq).first()
        if known is not None:  # the same batch came twice at once
            return _same(known, sent), False
        check_writer(locked, writer)
        expected, reached = selectors.next_seq(locked), selectors.end_s(locked)
        if seq != expected:
            raise Problem("part-early", f"Batch {expected} comes first.", code=409, next_seq=expected)
        gone = (timezone.now() - locked.created_at).total_seconds()
        if sent.end_s is not None and locked.source in LIVE and sent.end_s > gone + AHEAD_S:
            raise Problem(
                "invalid-batch", "This batch is of a time that has not come yet.", f"{gone:.0f} s have gone by."
            )
        again = sent.first_sample_s is not None and locked.samples and sent.first_sample_s <= locked.duration_s
        if again or (sent.start_s is not None and sent.start_s < reached):
            raise Problem(
                "invalid-batch", "This batch goes back in time.", f"It must begin at {reached:.4f} s or later."
            )
        end = max(reached, sent.end_s or 0.0)
        part = RecordingPart.objects.create(
            recording=locked, seq=seq, sha256=sent.sha256, samples=sent.samples, end_s=end
        )
        Recording.objects.filter(pk=locked.pk).update(
            samples=locked.samples + sent.samples, duration_s=max(locked.duration_s, sent.last_sample_s or 0.0)
        )
    return part, True


def check_writer(recording: Recording, writer: str) -> None:
    """Raises Problem (taken-over) when another page took the recording meanwhile."""
    if not recording.writer or not secrets.compare_digest(recording.writer.encode(), writer.encode()):
        raise Problem("taken-over", "This reading goes on in another tab or window.", "Go on there.", code=409)


@transaction.atomic
def seal(*, recording: Recording, parts: int) -> Recording:
    """All ``parts`` are here: find the fixations, and let nothing more in. Sealing twice changes nothing.

    Raises:
        Problem: parts-missing, with their numbers in ``missing``; recording-closed; recording-damaged.
    """
    locked = Recording.objects.select_for_update().get(pk=recording.pk)
    if locked.state == State.SEALED:
        return locked
    if locked.state != State.OPEN:
        raise _closed()
    here = selectors.next_seq(locked)
    if here < parts:
        raise Problem(
            "parts-missing",
            "A part of the recording has not arrived yet.",
            "It is sent again by itself; then commit again.",
            code=409,
            missing=list(range(here, min(parts, here + 100))),
        )
    samples = selectors.samples_of(locked)
    rule = Dispersion()
    found = detect_fixations(samples.time_s, samples.x, samples.y, aspect=locked.aspect, by=rule)
    rows = [{"x": f.x, "y": f.y, "onset_s": f.onset_s, "duration_s": f.duration_s} for f in found]
    FixationSet.objects.create(recording=locked, method="I-DT", parameters=asdict(rule), fixations=rows)
    locked.state, locked.sealed_at = State.SEALED, timezone.now()
    locked.rate_hz, locked.quality = _quality(samples)
    locked.save(update_fields=["state", "sealed_at", "rate_hz", "quality"])
    return locked


@transaction.atomic
def discard(*, recording: Recording, by: Any) -> None:
    """Delete a recording's samples and fixations for good. What was released before cannot be called back."""
    locked = Recording.objects.select_for_update().get(pk=recording.pk)
    addresses = set(locked.parts.values_list("sha256", flat=True))
    locked.parts.all().delete()
    locked.fixation_sets.all().delete()
    locked.state, locked.samples, locked.quality, locked.writer = State.DISCARDED, 0, {}, ""
    locked.save()
    audit.record(by, "recording.discard", f"recording:{locked.pk}")

    def remove_files() -> None:
        shared = set(RecordingPart.objects.filter(sha256__in=addresses).values_list("sha256", flat=True))
        for sha256 in addresses - shared:
            storage.remove(sha256)

    transaction.on_commit(remove_files, robust=True)


def sweep_orphans() -> int:
    """Files of batches whose row never came. Called by the hourly sweep."""
    return storage.sweep_orphans()


def _quality(samples: selectors.Samples) -> tuple[float | None, dict[str, float]]:
    """Median rate (Hz); the share of samples without a place, the number of pauses over .1 s between samples, and the
    share of the time that these take."""
    steps = np.diff(samples.time_s)
    if not len(steps):
        return None, {"lost": 0.0, "gaps": 0, "missing": 0.0}
    lost = float(np.isnan(samples.x).mean())
    return round(1.0 / float(np.median(steps)), 1), {
        "lost": round(lost, 4),
        "gaps": int((steps > GAP_S).sum()),
        "missing": round(float(steps[steps > GAP_S].sum() / steps.sum()), 4),
    }


def _open(recording: Recording) -> Recording:
    locked = Recording.objects.select_for_update().get(pk=recording.pk)
    if locked.state != State.OPEN:
        raise _closed()
    return locked


def _closed() -> Problem:
    return Problem("recording-closed", "This recording is complete.", "Nothing more is taken for it.", code=409)


def _same(known: RecordingPart, sent: batch.Batch) -> RecordingPart:
    if known.sha256 != sent.sha256:
        raise Problem("part-differs", "Another batch with this number is here already.", code=409)
    return known
