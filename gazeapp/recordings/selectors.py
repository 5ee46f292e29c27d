"""Reading recordings, with their guards. One's own are one's own; those of others go through `consented`."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Q, QuerySet
from django.http import Http404
from numpy.typing import NDArray

from gazeapp.accounts.consents import Purpose
from gazeapp.accounts.selectors import consenting
from gazeapp.cases.models import Case
from gazeapp.cases.selectors import cases_open_to
from gazeapp.core.problems import Problem
from gazeapp.core.selectors import active_job, job_summary, uuid_of
from gazeapp.recordings import storage
from gazeapp.recordings.models import FixationSet, ImportSession, Reader, Recording

State = Recording.State
IMPORTERS = ("resident", "faculty", "admin")
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Samples:
    """(n,) seconds from film onset, and places in film fractions, NaN where there is none."""

    time_s: Floats
    x: Floats
    y: Floats


def consented(purpose: str) -> QuerySet[Recording]:
    """The complete recordings that may be used for a purpose today. The only way to other people's gaze.

    People with an account decide themselves, and their newest answer counts; of readers without one, whoever brought
    their recordings declared for what they may serve; simulated readers may serve all.
    """
    declared = {
        Purpose.TEACHING: "reader__for_teaching",
        Purpose.RESEARCH: "reader__for_research",
        Purpose.TRAINING: "reader__for_training",
    }[Purpose(purpose)]
    people = Q(reader__user__in=consenting(purpose))
    others = Q(reader__user=None) & (Q(reader__simulated=True) | (Q(**{declared: True}) & ~Q(reader__basis="")))
    return Recording.objects.filter(people | others, state=State.SEALED).select_related("reader")


def recordings_of(user: Any) -> QuerySet[Recording]:
    """One's own and those that one brought of readers without an account, newest first, without those whose samples
    were deleted."""
    brought = Q(reader__user=None, reader__simulated=False, reader__declared_by_id=user.pk)
    own = Recording.objects.filter(Q(reader__user_id=user.pk) | brought).exclude(state=State.DISCARDED)
    return own.select_related("reader", "case").order_by("-created_at", "-id")


def own_recording(user: Any, recording_id: Any) -> Recording:
    """One's own recording; everybody else's does not exist here."""
    recording = recordings_of(user).filter(pk=uuid_of(recording_id)).first()
    if recording is None:
        raise Http404
    return recording


def shown_cases(user: Any, recordings: Iterable[Recording]) -> dict[uuid.UUID, Case]:
    """The cases of these recordings that the person may see now. A film that waits for their reading has none: its case
    is to them what does not exist, though their recording of it does."""
    wanted = {recording.case_id for recording in recordings if recording.case_id}
    return {case.pk: case for case in cases_open_to(user).filter(pk__in=wanted)}


def fixation_sets(recording: Recording) -> list[FixationSet]:
    """All of its fixation sets, the one that counts first."""
    return list(FixationSet.objects.filter(recording=recording).order_by("-counts", "created_at"))


def fixation_set(recording: Recording) -> FixationSet | None:
    """The fixations that count for this recording; None until it is sealed."""
    return FixationSet.objects.filter(recording=recording, counts=True).first()


def log_of(recording: Recording) -> dict[str, list[Any]]:
    """{"samples", "views", "events"} of all its parts, in order.

    Raises:
        Problem: recording-damaged, when a file is missing or was changed on disk.
    """
    log: dict[str, list[Any]] = {"samples": [], "views": [], "events": []}
    for sha256 in recording.parts.order_by("seq").values_list("sha256", flat=True):
        try:
            part = storage.load(sha256)
        except storage.PartDamaged as error:
            raise Problem(
                "recording-damaged", "A part of this recording is missing or damaged.", "Tell an admin.", code=410
            ) from error
        for name, rows in log.items():
            rows += part[name]
    return log


def samples_of(recording: Recording) -> Samples:
    """All its samples. Raises Problem (recording-damaged)."""
    rows = np.array(log_of(recording)["samples"], np.float64).reshape(-1, 3)  # null becomes NaN
    return Samples(rows[:, 0], rows[:, 1], rows[:, 2])


def next_seq(recording: Recording) -> int:
    """The number that the next part must have: parts have come without a gap."""
    newest = recording.parts.order_by("-seq").values_list("seq", flat=True).first()
    return 0 if newest is None else newest + 1


def end_s(recording: Recording) -> float:
    """The last time that is acknowledged; a page that goes on begins its clock there."""
    newest = recording.parts.order_by("-seq").values_list("end_s", flat=True).first()
    return 0.0 if newest is None else newest


# --- imports --------------------------------------------------------------------------------------------------------


def imports_of(user: Any) -> QuerySet[ImportSession]:
    """One's own files that wait or are being matched, newest first. They are their owner's alone."""
    own = ImportSession.objects.filter(owner_id=user.pk, state__in=ImportSession.UNFINISHED)
    return own.select_related("job").order_by("-created_at", "-id")


def imports_to_match(user: Any) -> int:
    """How many of one's files wait for their owner: read, and not yet saved."""
    return imports_of(user).filter(state=ImportSession.State.RECOGNISED).count()


def import_for(user: Any, session_id: Any) -> ImportSession:
    """One's own file, in whatever state; everybody else's does not exist, also to an admin."""
    found = ImportSession.objects.filter(owner_id=user.pk, pk=uuid_of(session_id)).select_related("job").first()
    if found is None or not user.has_role(*IMPORTERS):
        raise Http404
    return found


def readers_brought_by(user: Any) -> QuerySet[Reader]:
    """The readers without an account whose recordings this person has brought."""
    return Reader.objects.filter(user=None, simulated=False, declared_by_id=user.pk).order_by("pseudonym")


def live_import(user: Any, ident: str) -> dict[str, Any]:
    """The snapshot of `import:<id>`."""
    session = import_for(user, ident)
    return {"state": session.state, "problem": session.problem, "job": job_summary(active_job(session.subject))}
