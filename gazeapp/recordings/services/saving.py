"""Making recordings of an eye tracker's file: one a trial, all or none, and once however often it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction
from django.utils import timezone

from gazeapp.accounts.selectors import is_to_be_asked
from gazeapp.cases.models import Case
from gazeapp.core import audit
from gazeapp.core.problems import Problem
from gazeapp.recordings import batch, reading, spool, storage
from gazeapp.recordings.models import FixationSet, ImportSession, Reader, Recording, RecordingPart, Source
from gazeapp.recordings.reading import Place, Reading
from gazeapp.recordings.services.imports import end
from gazeapp.recordings.services.recording import reader_of
from ml.gaze.detection import Dispersion

PURPOSES = ("teaching", "research", "training")
OUTSIDERS_BY = ("faculty", "admin")  # who may bring readings of people without an account


@dataclass(frozen=True)
class Whose:
    """Whose gaze it is: one's own, a reader's brought before, or a new reader's who has no account here."""

    mine: bool = False
    reader: Any = None  # id of a reader brought before
    pseudonym: str = ""
    basis: str = ""
    purposes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chosen:
    """One trial and what is to become of it."""

    trial: int
    case: Case
    eye: str
    place: Place


def save_import(*, session: ImportSession, by: Any, whose: Whose, trials: Sequence[Chosen]) -> ImportSession:
    """Stores the chosen trials as recordings of these cases. Saving again changes nothing and gives the same.

    Raises:
        Problem: import-over, nothing-chosen, consent-unanswered, reader-…, and what `reading.read` raises, with the
            trial's number in ``trial``.
    """
    if session.state == ImportSession.State.SAVED:
        return session
    _still_open(session)
    if not trials or len({chosen.trial for chosen in trials}) != len(trials):
        raise Problem(
            "nothing-chosen", "Choose a case for at least one trial.", "Each trial goes to one case.", code=422
        )
    _check_reader(whose, by)
    readings = [_read(session, chosen) for chosen in trials]
    stored = [_store(one) for one in readings]  # files first; without rows the sweeper takes them away
    with transaction.atomic():
        locked = ImportSession.objects.select_for_update().get(pk=session.pk)
        if locked.state == ImportSession.State.SAVED:  # asked for twice at once
            return locked
        _still_open(locked)
        reader = _reader(whose, by)
        rows = [_record(one, parts, reader, locked) for one, parts in zip(readings, stored, strict=True)]
        locked.mapping = {
            "reader": str(reader.pk),
            "trials": [
                {
                    "trial": chosen.trial,
                    "case": str(chosen.case.pk),
                    "eye": chosen.eye,
                    "place": asdict(chosen.place),
                    "recording": str(row.pk),
                }
                for chosen, row in zip(trials, rows, strict=True)
            ],
        }
        end(locked, ImportSession.State.SAVED)
        for row in rows:
            audit.record(by, "recording.import", f"recording:{row.pk}", reader=str(reader.pk), session=str(locked.pk))
        transaction.on_commit(lambda: spool.discard(locked.pk), robust=True)
    return locked


def _still_open(session: ImportSession) -> None:
    if session.state != ImportSession.State.RECOGNISED:
        raise Problem("import-over", "This file is not open any more.", "Look at its state again.", code=409)


def _read(session: ImportSession, chosen: Chosen) -> Reading:
    try:
        work = spool.work_path(session.pk)
        return reading.read(work, session.recognised or {}, chosen.trial, chosen.case, chosen.eye, chosen.place)
    except Problem as problem:
        problem.more["trial"] = chosen.trial
        raise


# --- whose gaze ------------------------------------------------------------------------------------------------------


def _check_reader(whose: Whose, by: Any) -> None:
    """Raises Problem."""
    if whose.mine:
        if is_to_be_asked(by):
            raise Problem(
                "consent-unanswered",
                "First say what your readings may be used for.",
                "Refusing costs you nothing; the page is /people/me/consent/.",
                code=409,
            )
        return
    if not by.has_role(*OUTSIDERS_BY):
        raise Problem("reader-not-yours", "Residents bring their own readings only.", code=403)
    if whose.reader is not None:
        _brought_before(whose, by)
        return
    if not whose.pseudonym.strip() or not whose.basis.strip():
        raise Problem(
            "reader-incomplete",
            "Say whose gaze this is.",
            "A reader without an account needs a pseudonym and the basis on which the recording may be used.",
            code=422,
        )
    if Reader.objects.filter(pseudonym=whose.pseudonym.strip()).exists():
        raise _taken()


def _reader(whose: Whose, by: Any) -> Reader:
    if whose.mine:
        return reader_of(by)
    if whose.reader is not None:
        return _brought_before(whose, by)
    try:
        with transaction.atomic():
            return Reader.objects.create(
                pseudonym=whose.pseudonym.strip(),
                basis=whose.basis.strip(),
                declared_by=by,
                for_teaching="teaching" in whose.purposes,
                for_research="research" in whose.purposes,
                for_training="training" in whose.purposes,
            )
    except IntegrityError:  # somebody else was faster by a moment
        raise _taken() from None


def _taken() -> Problem:
    return Problem(
        "pseudonym-taken",
        "There is a reader of this pseudonym already.",
        "Choose that reader from the list if it is the same person, or take another pseudonym.",
        code=409,
    )


def _brought_before(whose: Whose, by: Any) -> Reader:
    found = Reader.objects.filter(pk=whose.reader, user=None, simulated=False, declared_by=by).first()
    if found is None:
        raise Problem(
            "reader-unknown", "You have brought no such reader.", "Choose one of yours, or a new one.", code=422
        )
    return found


# --- files and rows --------------------------------------------------------------------------------------------------


def _store(one: Reading) -> list[RecordingPart]:
    """Writes the samples in batches as a page sends them; the parts' rows are not saved yet."""
    parts: list[RecordingPart] = []
    samples = one.samples
    time_s = np.round(samples.time_s, 5)
    kept = np.concatenate([[True], np.diff(time_s) > 0]) if len(time_s) else np.empty(0, bool)
    rows = [
        [t, None, None] if x != x else [t, x, y]  # a NaN differs from itself
        for t, x, y in zip(
            time_s[kept].tolist(),
            np.round(samples.x[kept], 6).tolist(),
            np.round(samples.y[kept], 6).tolist(),
            strict=True,
        )
    ]
    for seq, start in enumerate(range(0, len(rows), batch.MAX_SAMPLES)):
        part = batch.read({"samples": rows[start : start + batch.MAX_SAMPLES]})
        sha256 = storage.store(part.content)
        parts.append(RecordingPart(seq=seq, sha256=sha256, samples=part.samples, end_s=part.end_s or 0.0))
    return parts


def _record(one: Reading, parts: list[RecordingPart], reader: Reader, session: ImportSession) -> Recording:
    recognised = session.recognised or {}
    accuracy = recognised["accuracy_deg"].get(one.eye)
    row = Recording.objects.create(
        reader=reader,
        case=one.case,
        film_sha256=one.case.film_id or "",
        aspect=one.case.aspect,
        source=Source.IMPORT,
        state=Recording.State.SEALED,
        device=recognised["device"] or recognised["format"],
        rate_hz=one.rate_hz,
        duration_s=round(one.duration_s, 5),
        samples=sum(part.samples for part in parts),
        quality={**one.quality, **({"accuracy_deg": accuracy} if accuracy is not None else {})},
        sealed_at=timezone.now(),
    )
    for part in parts:
        part.recording = row
    RecordingPart.objects.bulk_create(parts)
    sampled = bool(parts)
    if sampled:
        FixationSet.objects.create(
            recording=row, method=reading.METHOD, parameters=asdict(Dispersion()), fixations=one.fixations
        )
    if one.tracker:  # it counts only where there are no samples to find ours in
        FixationSet.objects.create(
            recording=row,
            method="tracker",
            parameters={"device": row.device},
            fixations=one.tracker,
            counts=not sampled,
        )
    return row
