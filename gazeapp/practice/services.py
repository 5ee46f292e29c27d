"""Writes to attempts: begin or go on, take over, save, commit, skip, disagree. A commit freezes an attempt."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from gazeapp.accounts.selectors import is_to_be_asked
from gazeapp.accounts.services import lock_people
from gazeapp.cases import phi_check
from gazeapp.cases.selectors import approved_key
from gazeapp.cases.services import hide
from gazeapp.core import audit, events, registry
from gazeapp.core.problems import Problem
from gazeapp.practice import scoring, selectors
from gazeapp.practice.models import Attempt, Disagreement, PracticeSession, Review
from gazeapp.recordings import services as recordings
from gazeapp.recordings.models import Source
from gazeapp.scanpaths import services as scanpaths

State = Attempt.State
LEFT_FOR_DISAGREEMENT = 20  # open ones a person; whoever has more should wait for answers


def begin(*, user: Any) -> tuple[Attempt, bool]:
    """The attempt to go on with, or a new one at the next case; and whether it is new.

    Raises:
        Problem: consent-unanswered, before the first recording; nothing-left.
    """
    if is_to_be_asked(user):
        raise Problem(
            "consent-unanswered",
            "First say what your readings may be used for.",
            "Answer the questions under your account; a no costs you nothing.",
            code=409,
        )
    if (begun := selectors.open_attempt(user)) is not None:
        return begun, False
    try:
        with transaction.atomic():
            return _begin(user), True
    except IntegrityError:  # a second tab asked at the same moment
        begun = selectors.open_attempt(user)
        if begun is None:
            raise
        return begun, False


def _begin(user: Any) -> Attempt:
    found = selectors.next_case(user)
    if found is None:
        raise Problem(
            "nothing-left",
            "There is nothing new to read.",
            "You have read every case of the open practice sets; what you missed comes back when it is due.",
            code=404,
        )
    case, repeat = found
    film = case.film_id or ""
    session = selectors.current_session(user) or PracticeSession.objects.create(
        person=user, size=selectors.session_size(user)
    )
    recording = recordings.start_recording(
        reader=recordings.reader_of(user), case=case, source=Source.APERTURE, aspect=case.aspect
    )
    attempt = Attempt.objects.create(
        person=user,
        case=case,
        film_sha256=film,
        recording=recording,
        session=session,
        number=selectors.done_in(session) + 1,
        repeat=repeat,
    )
    with contextlib.suppress(
        Problem
    ):  # films of before this version have no regions; without a model practice works too
        scanpaths.request_regions(film_sha256=film, by=user)
    return attempt


def take(*, attempt: Attempt) -> str:
    """This page records from now on; a page that did before learns it with its next batch.

    Raises:
        Problem: attempt-closed.
    """
    if attempt.state != State.OPEN or attempt.recording is None:
        raise _closed()
    return recordings.take(attempt.recording)


@transaction.atomic
def save_draft(*, attempt: Attempt, writer: str, marks: list[dict[str, Any]], answer: str) -> Attempt:
    """Keep what is marked so far.

    Raises:
        Problem: attempt-closed or taken-over.
    """
    locked = _open(attempt, writer)
    locked.marks, locked.answer = marks, answer
    locked.save(update_fields=["marks", "answer"])
    return locked


@transaction.atomic
def commit(
    *, attempt: Attempt, writer: str, marks: list[dict[str, Any]], answer: str, parts: int, aperture: bool = True
) -> Attempt:
    """Freeze the attempt: its recording is complete, its marks are judged by the key of today. The same commit sent
    again changes nothing.

    Raises:
        Problem: answer-missing; answer-contradicts, when something is marked on a film called normal; parts-missing;
            attempt-closed; taken-over; case-gone; key-gone.
    """
    lock_people([attempt.person_id])
    locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
    answer = answer or ("abnormal" if marks else "")
    if locked.state == State.COMMITTED and (locked.marks, locked.answer) == (marks, answer):
        return selectors.attempt_for(locked.person, locked.pk)
    locked = _open(attempt, writer)
    if not answer:
        raise Problem("answer-missing", "Mark what you see, or say that the film is normal.")
    if answer == Attempt.Answer.NORMAL and marks:
        raise Problem("answer-contradicts", "You marked something and call the film normal.", "Take back one of them.")
    case = locked.case
    if case is None:
        raise Problem("case-gone", "This case was deleted meanwhile.", "Skip it; your recording is kept.", code=410)
    key = approved_key(case)
    if key is None:
        raise Problem("key-gone", "This case has no answer key any more.", "Skip it.", code=409)
    assert locked.recording is not None
    recording = recordings.seal(recording=locked.recording, parts=parts)
    if not aperture:
        type(recording).objects.filter(pk=recording.pk).update(source=Source.CLICKS)
    outcome = scoring.score(marks, answer, key, aspect=recording.aspect)
    locked.marks, locked.answer, locked.key = marks, answer, key
    locked.success, locked.found, locked.findings = outcome.success, outcome.found, outcome.findings
    locked.state, locked.committed_at = State.COMMITTED, timezone.now()
    locked.save()
    _plan_review(locked, locked.committed_at)
    events.publish(f"user:{locked.person_id}", "attempt.committed", {"attempt": str(locked.pk)})
    if registry.ATTEMPT_COMMITTED:  # last: it holds the ladder's lock until the transaction ends
        registry.load(registry.ATTEMPT_COMMITTED)(locked)
    return locked


@transaction.atomic
def skip(*, attempt: Attempt) -> Attempt:
    """Put the case away: it counts for nothing and returns later. What was recorded is deleted.

    Raises:
        Problem: attempt-closed.
    """
    locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if locked.state == State.SKIPPED:
        return locked
    if locked.state != State.OPEN:
        raise _closed()
    locked.state = State.SKIPPED
    locked.save(update_fields=["state"])
    if locked.recording is not None:
        recordings.discard(recording=locked.recording, by=locked.person)
    return locked


@transaction.atomic
def hide_film(*, attempt: Attempt) -> Attempt:
    """The reader sees an identity on the film: it is hidden from everybody at once, and the attempt counts for nothing.

    Raises:
        Problem: attempt-closed; case-gone.
    """
    if attempt.case is None:
        raise Problem("case-gone", "This case was deleted meanwhile.", "There is nothing left to hide.", code=410)
    skipped = skip(attempt=attempt)
    hide(case=attempt.case, by=attempt.person)
    return skipped


@transaction.atomic
def disagree(*, attempt: Attempt, words: str) -> Disagreement:
    """Tell faculty that the key is wrong, in words. Once said, more words replace those that nobody has answered.

    Raises:
        Problem: not-committed; identity-suspected; too-many-open.
    """
    if attempt.state != State.COMMITTED or attempt.key is None:
        raise Problem("not-committed", "Read and commit the case first.", code=409)
    phi_check.refuse_marked({"text": words})
    waiting = Disagreement.objects.filter(attempt__person=attempt.person, closed_at=None)
    disagreement = waiting.filter(attempt=attempt).first()
    if disagreement is None and waiting.count() >= LEFT_FOR_DISAGREEMENT:
        raise Problem("too-many-open", "Wait until some of your objections are answered.", code=409)
    disagreement = disagreement or Disagreement(attempt=attempt, key=attempt.key)
    disagreement.words = words
    disagreement.save()
    audit.record(attempt.person, "key.disagree", f"attempt:{attempt.pk}")
    return disagreement


@transaction.atomic
def close_disagreement(*, disagreement: Disagreement, by: Any) -> None:
    """Faculty have looked at it."""
    Disagreement.objects.filter(pk=disagreement.pk, closed_at=None).update(closed_at=timezone.now(), closed_by=by)
    audit.record(by, "key.disagreement.close", f"attempt:{disagreement.attempt_id}")


def _plan_review(attempt: Attempt, now: datetime) -> None:
    """A miss brings the film back soon; after it each success in a row brings it back later, and the last ends it."""
    review = Review.objects.select_for_update().filter(person=attempt.person, film_sha256=attempt.film_sha256).first()
    if attempt.success:
        if review is None:
            return
        if review.step + 1 >= len(scoring.REVIEW_AFTER):
            review.delete()
            return
        review.step += 1
    else:
        review = review or Review(person=attempt.person, film_sha256=attempt.film_sha256)
        review.step = 0
    review.due_at = now + scoring.REVIEW_AFTER[review.step]
    review.save()


def _open(attempt: Attempt, writer: str) -> Attempt:
    """The attempt's row, locked, if this page may still write to it."""
    locked = Attempt.objects.select_for_update().select_related(None).get(pk=attempt.pk)
    if locked.state != State.OPEN or locked.recording is None:
        raise _closed()
    recordings.check_writer(locked.recording, writer)
    return locked


def _closed() -> Problem:
    return Problem("attempt-closed", "This attempt is over.", "Its feedback shows what came of it.", code=409)
