"""Reading recordings, with their guards. One's own are one's own; those of others go through `consented`."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Q, QuerySet
from django.http import Http404
from numpy.typing import NDArray

from gazeapp.accounts.consents import Purpose
from gazeapp.accounts.selectors import consenting
from gazeapp.core.problems import Problem
from gazeapp.recordings import storage
from gazeapp.recordings.models import FixationSet, Recording

State = Recording.State
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
    """One's own, newest first, without those whose samples were deleted."""
    own = Recording.objects.filter(reader__user_id=user.pk).exclude(state=State.DISCARDED)
    return own.select_related("reader", "case").order_by("-created_at", "-id")


def own_recording(user: Any, recording_id: Any) -> Recording:
    """One's own recording; everybody else's does not exist here."""
    try:
        key = uuid.UUID(str(recording_id))
    except ValueError:
        raise Http404 from None
    recording = recordings_of(user).filter(pk=key).first()
    if recording is None:
        raise Http404
    return recording


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
