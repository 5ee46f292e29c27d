"""Reading attempts, what comes next, and progress. Attempts are their person's alone."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import Http404
from django.utils import timezone

from gazeapp.cases.models import AnswerKey, Case, CaseSet, SetCase
from gazeapp.cases.selectors import REVIEWERS, cases_open_to, practice_cases, readable_places
from gazeapp.core import registry
from gazeapp.core.selectors import uuid_of
from gazeapp.practice.models import Attempt, Disagreement, PracticeSession, Review

State = Attempt.State
ROLES = ("resident", "faculty", "admin")  # who may practise
MOST_IN_SESSION = 20
SESSION_LIFE = timedelta(hours=12)  # a session that was left is over after this
SKIPPED_RETURNS_AFTER = timedelta(hours=1)


# --- told to the apps below, through core's registry ------------------------------------------------------------------


def committed_films(user: Any) -> QuerySet[Attempt, str]:
    """sha256 of the films that this person has committed an attempt at."""
    return Attempt.objects.filter(person_id=user.pk, state=State.COMMITTED).values_list("film_sha256", flat=True)


def committed_cases(user: Any) -> QuerySet[Attempt, uuid.UUID | None]:
    """Ids of the cases that this person has committed an attempt at."""
    committed = Attempt.objects.filter(person_id=user.pk, state=State.COMMITTED, case__isnull=False)
    return committed.values_list("case_id", flat=True)


def attempted_films(user: Any) -> QuerySet[Attempt, str]:
    """sha256 of the films that this person has any attempt at; their pixels are open to them."""
    return Attempt.objects.filter(person_id=user.pk).values_list("film_sha256", flat=True)


def attempts_by_key(case: Case) -> dict[int, int]:
    """How many committed attempts were judged by each version of the case's key."""
    rows = Attempt.objects.filter(case=case, state=State.COMMITTED, key__isnull=False)
    return dict(rows.values_list("key__version").annotate(n=Count("pk")))


# --- attempts ---------------------------------------------------------------------------------------------------------


def attempts_of(user: Any) -> QuerySet[Attempt]:
    """One's own, newest first."""
    return (
        Attempt.objects.filter(person_id=user.pk)
        .select_related("case__film", "case__received", "recording", "session", "key")
        .order_by("-created_at", "-id")
    )


def attempt_for(user: Any, attempt_id: Any) -> Attempt:
    """One's own attempt; those of others do not exist here."""
    attempt = attempts_of(user).filter(pk=uuid_of(attempt_id)).first()
    if attempt is None:
        raise Http404
    return attempt


def can_be_read(attempt: Attempt) -> bool:
    """Whether its film can still be shown: nobody has deleted or hidden it."""
    case = attempt.case
    return case is not None and case.film_id is not None and case.state == Case.State.READY and not case.held


def open_attempt(user: Any) -> Attempt | None:
    """The attempt that this person has begun last and can go on with."""
    begun = attempts_of(user).filter(state=State.OPEN, case__state=Case.State.READY, case__held=False)
    return begun.first()


def next_case(user: Any) -> tuple[Case, bool] | None:
    """What this person reads next, and whether they have read it before: what is due again, else what is new to them,
    set by set as these were opened, and in a set by difficulty; what was skipped comes back at the end. Own uploads
    hold no surprise."""
    due = Review.objects.filter(person_id=user.pk, due_at__lte=timezone.now()).order_by("due_at")
    for film in due.values_list("film_sha256", flat=True)[:50]:
        again = practice_cases().exclude(owner_id=user.pk).filter(film_id=film).first()
        if again is not None:
            return again, True
    mine = Attempt.objects.filter(person_id=user.pk, film_sha256=OuterRef("case__film_id"))
    lately = timezone.now() - SKIPPED_RETURNS_AFTER
    skipped = (
        Exists(mine.filter(state=State.SKIPPED)),
        ~Exists(mine.exclude(state=State.SKIPPED)),
        ~Exists(mine.filter(created_at__gt=lately)),
    )
    for wanted in ((~Exists(mine),), skipped):
        # Set by set: an index then ends the search at the first place that is found.
        for one in CaseSet.objects.filter(open=True).order_by("opened_at", "pk"):
            places = readable_places(one).exclude(case__owner_id=user.pk).filter(*wanted)
            place = _nearest(user, places)
            if place is not None:
                return place.case, False
    return None


def _nearest(user: Any, places: QuerySet[SetCase]) -> SetCase | None:
    """Of these places in a set the one that suits this person best, as the ladder has it; without it the first."""
    if registry.NEAREST_PLACE:
        found: SetCase | None = registry.load(registry.NEAREST_PLACE)(user, places)
        return found
    return places.select_related("case__film", "case__received").order_by("position", "pk").first()


def current_session(user: Any) -> PracticeSession | None:
    """The session that goes on: not older than half a day, with cases left in it."""
    session = PracticeSession.objects.filter(
        person_id=user.pk, started_at__gt=timezone.now() - SESSION_LIFE
    ).order_by("-started_at").first()  # fmt: skip
    return session if session is not None and done_in(session) < session.size else None


def session_size(user: Any) -> int:
    """How many cases a session of today has: what there is to read, and no more than twenty."""
    there = len(unread(user, MOST_IN_SESSION)) + due_again(user, timezone.now()).count()
    return max(1, min(MOST_IN_SESSION, there))


def done_in(session: PracticeSession) -> int:
    """How many cases of the session are committed."""
    return session.attempts.filter(state=State.COMMITTED).count()


def due_again(user: Any, until: datetime | None = None) -> QuerySet[Review]:
    """The films that come back, the earliest first; with ``until`` only those that are due by then."""
    rows = Review.objects.filter(person_id=user.pk).order_by("due_at")
    return rows if until is None else rows.filter(due_at__lte=until)


def unread(user: Any, most: int | None = None) -> set[str]:
    """sha256 of the films of the open sets that this person has not committed an attempt at; ``most``: of each set no
    more than so many, where only it is asked whether there are."""
    mine = Attempt.objects.filter(person_id=user.pk, film_sha256=OuterRef("case__film_id"), state=State.COMMITTED)
    films: set[str] = set()
    for one in CaseSet.objects.filter(open=True):
        places = readable_places(one).exclude(case__owner_id=user.pk).filter(~Exists(mine))
        films.update(places.values_list("case__film_id", flat=True)[:most])
    return films


def put_away(user: Any, films: set[str]) -> dict[str, datetime]:
    """Of these films those that the person has skipped lately, with the time at which each comes back."""
    lately = timezone.now() - SKIPPED_RETURNS_AFTER
    skipped = Attempt.objects.filter(person_id=user.pk, state=State.SKIPPED, created_at__gt=lately)
    rows = skipped.order_by("created_at").values_list("film_sha256", "created_at")
    return {film: at + SKIPPED_RETURNS_AFTER for film, at in rows if film in films}


def open_disagreements(case: Case | None = None) -> QuerySet[Disagreement]:
    """What readers say against keys and nobody has answered yet, the oldest first."""
    rows = Disagreement.objects.filter(closed_at=None, attempt__case__isnull=False).select_related(
        "attempt__case", "key"
    )
    return (rows if case is None else rows.filter(attempt__case=case)).order_by("at")


def to_do(user: Any) -> int:
    """How many objections to keys and drafts of one's own wait for somebody who teaches."""
    if not user.has_role(*REVIEWERS):
        return 0
    return open_disagreements().count() + drafts_of(user).count()


def drafts_of(user: Any) -> QuerySet[AnswerKey]:
    """The keys that this author has begun and not approved."""
    drafts = AnswerKey.objects.filter(author_id=user.pk, state=AnswerKey.State.DRAFT)
    return drafts.select_related("case").order_by("changed_at")


def without_key(user: Any) -> QuerySet[Case]:
    """Places in sets that nobody can practise, because the case has no approved key yet; the oldest first."""
    approved = AnswerKey.objects.filter(case=OuterRef("pk"), state=AnswerKey.State.APPROVED)
    return cases_open_to(user).filter(~Exists(approved), places__isnull=False).distinct().order_by("created_at")


def sets_at_work() -> list[dict[str, Any]]:
    """The open sets, each with how many cases it gives, how many attempts it had, and how many were a success."""
    rows = []
    for one in CaseSet.objects.filter(open=True).order_by("-opened_at"):
        films = one.places.filter(agreed=True).values("case__film_id")
        done = Attempt.objects.filter(state=State.COMMITTED, film_sha256__in=films)
        rows.append(
            {
                "set": one,
                "cases": one.places.filter(agreed=True).count(),
                "people": done.values("person").distinct().count(),
                "attempts": done.count(),
                "successes": done.filter(success=True).count(),
            }
        )
    return rows
