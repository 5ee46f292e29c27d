"""Reading cases, films and answer keys, with their guards. A stranger gets 404; who may see but not do gets 403.

The key stays closed: a film of an open practice set is closed to a resident until that person has committed an attempt
at it. `keys_closed_to` says which cases that are, and stands inside `cases_visible_to`, so that a closed case is to its
reader what does not exist, by every door.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.http import Http404

from gazeapp.cases import phi_check, quarantine
from gazeapp.cases.models import AnswerKey, Case, CaseSet, Film, SetCase, Upload
from gazeapp.core import registry
from gazeapp.core.problems import Problem
from gazeapp.core.selectors import active_job, job_summary, uuid_of

State = Case.State
UPLOADERS = ("resident", "faculty", "admin")
REVIEWERS = ("faculty", "admin")
ACTIONS = frozenset({"view", "edit", "delete", "confirm", "publish", "release", "hide", "predict", "author"})
IN_PRACTICE = Q(case_set__open=True, agreed=True)  # of the places in sets those that are practised


def cases_visible_to(user: Any) -> QuerySet[Case]:
    """Own cases; what is published and ready, or was read in practice, unless it is closed; for faculty also what is
    ready or waits for a look; for admins all."""
    cases = Case.objects.select_related("owner", "film", "received")
    if not user.is_authenticated or not user.has_role("resident", "faculty", "admin", "researcher"):
        return cases.none()
    if user.has_role("admin"):
        return cases
    if user.has_role("faculty"):
        return cases.filter(Q(owner=user) | Q(state__in=[State.READY, State.QUARANTINED]))
    shown = Q(published=True) | Q(pk__in=_told(registry.COMMITTED_CASES, user))
    return cases.filter(Q(owner=user) | Q(shown, state=State.READY)).exclude(keys_closed_to(user))


def keys_closed_to(user: Any) -> Q:
    """The cases that this person may not see yet: all with a film of an open practice set at which they have committed
    no attempt, but not their own uploads. Faculty and admins are exempt, and who is no resident reads nothing."""
    if not _practises(user):
        return Q(pk__in=[])
    practised = SetCase.objects.filter(IN_PRACTICE, case__film__isnull=False).values("case__film_id")
    return Q(film_id__in=practised) & ~Q(film_id__in=_told(registry.COMMITTED_FILMS, user)) & ~Q(owner_id=user.pk)


def may_see_key(user: Any, case: Case) -> bool:
    """Whether this person may see the case's approved answer key: authors; others who see the case, but a resident
    with a film that a set holds, open or still to come, only after an attempt at it. That goes for own uploads too."""
    if not cases_visible_to(user).filter(pk=case.pk).exists():
        return False
    if not _practises(user) or _told_film(registry.COMMITTED_FILMS, user, case.film_id):
        return True
    return not SetCase.objects.filter(case__film_id=case.film_id, case_set__closed_at=None).exists()


def _practises(user: Any) -> bool:
    return bool(user.is_authenticated and user.has_role("resident") and not user.has_role(*REVIEWERS))


def _told(path: str | None, user: Any) -> Any:
    """What the app that keeps attempts says of this person, to stand in a query; nothing while there is no such app."""
    return registry.load(path)(user) if path else []


def _told_film(path: str | None, user: Any, sha256: str | None) -> bool:
    return Film.objects.filter(Q(pk__in=_told(path, user)), pk=sha256).exists()


def cases_open_to(user: Any) -> QuerySet[Case]:
    """Of the visible cases those whose pixels (and everything drawn over them) this person may see."""
    cases = cases_visible_to(user).filter(film__isnull=False)
    if user.is_authenticated and user.has_role(*REVIEWERS):
        return cases
    return cases.filter(held=False, state__in=[State.READY, State.CONFIRMING])


def quarantined(user: Any) -> int:
    """How many films wait for a look."""
    return cases_visible_to(user).filter(state=State.QUARANTINED).count() if user.has_role(*REVIEWERS) else 0


def case_for(user: Any, case_id: Any, action: str) -> Case:
    """The case, if ``user`` may do ``action`` (one of ACTIONS) with it."""
    case = cases_visible_to(user).filter(pk=uuid_of(case_id)).first()
    if case is None:
        raise Http404
    if not may(user, case, action):
        raise PermissionDenied
    return case


def may(user: Any, case: Case, action: str) -> bool:
    """Whether someone who sees the case may do this with it. Its state is another matter: see the services."""
    if action not in ACTIONS:
        raise ValueError(action)
    if action == "view":
        return True
    if action in {"edit", "delete", "confirm"}:
        return bool(case.owner_id == user.pk or user.has_role("admin"))
    if action in {"publish", "release"}:
        return bool(user.has_role(*REVIEWERS))
    if action == "author":
        return bool(user.has_role(*REVIEWERS)) and is_open(user, case)
    if action == "hide":  # whoever sees an identity on a film may hide it at once
        return is_open(user, case)
    return bool(user.has_role(*UPLOADERS)) and is_open(user, case) and case.state == State.READY


def is_open(user: Any, case: Case) -> bool:
    """Whether this person may see the pixels of a visible case."""
    if case.film_id is None:
        return False
    return bool(user.has_role(*REVIEWERS)) or (not case.held and case.state in {State.READY, State.CONFIRMING})


def open_case_for(user: Any, case_id: Any) -> Case:
    """The case, if this person may see its pixels."""
    case = case_for(user, case_id, "view")
    if not is_open(user, case):
        raise Http404
    return case


def film_for(user: Any, sha256: str, thumbnail: str | None = None) -> Film:
    """The film, if any case with it is open to this person; with a thumbnail's address: any that shows it so.

    The pixels alone are also open to whoever has an attempt at the film, unless it is held.
    """
    film = Film.objects.filter(pk=sha256).first()
    if film is None:
        raise Http404
    cases = cases_open_to(user).filter(film_id=sha256)
    if thumbnail is not None:
        cases = cases.filter(received__thumbnail=thumbnail)
    if not cases.exists() and not (thumbnail is None and _attempted(user, film)):
        raise Http404
    return film


def _attempted(user: Any, film: Film) -> bool:
    """Whether this person has begun to read the film in practice, and may go on: somebody may have hidden it."""
    ready = film.cases.filter(state=State.READY, held=False)
    return (
        bool(user.is_authenticated and user.has_role("resident", *REVIEWERS))
        and _told_film(registry.ATTEMPTED_FILMS, user, film.pk)
        and ready.exists()
    )


def upload_for(user: Any, upload_id: Any) -> Upload:
    """Uploads are their owner's alone; nobody else, not even an admin, sends bytes for them."""
    upload = (
        Upload.objects.select_related("case__owner")
        .filter(pk=uuid_of(upload_id), case__owner_id=user.pk if user.is_authenticated else None)
        .first()
    )
    if upload is None or not user.has_role(*UPLOADERS):
        raise Http404
    return upload


def report_marks(user: Any, case: Case) -> dict[str, Any]:
    """The raw report with its marks, straight from the quarantine folder, in the shape of a refusal's `flagged`."""
    upload = Upload.objects.filter(case=case).first()
    identifiers = quarantine.read_identifiers(upload.pk) if upload and case.state == State.CONFIRMING else None
    if upload is None or identifiers is None:
        raise Problem("nothing-to-confirm", "No report waits to be confirmed here.", code=409)
    waits = phi_check.marked("report", quarantine.read_report(upload.pk), identifiers, phi_check.shown(user, case))
    return {"flagged": [waits.to_dict()]}


def live_case(user: Any, ident: str) -> dict[str, Any]:
    """The snapshot of `case:<id>`."""
    case = case_for(user, ident, "view")
    upload = Upload.objects.filter(case=case).first() if case.state == State.RECEIVING else None
    return {
        "state": case.state,
        "problem": case.problem,
        "prediction": predictions_of([case]).get(case.pk) if is_open(user, case) else None,
        "upload": {"offset": upload.offset, "size": upload.size} if upload else None,
        "job": job_summary(active_job(case.subject)),
    }


def predictions_of(cases: Iterable[Case]) -> dict[uuid.UUID, str]:
    """The newest prediction's id of each case that has one; told by the app above this one."""
    found: dict[uuid.UUID, str] = registry.load(registry.CASE_PREDICTIONS)(list(cases))
    return found


def films_rated(user: Any) -> set[str]:
    """sha256 of the films whose readings this person rates in a running study: what is predicted of them is closed to
    them; told by the app above this one."""
    return set(registry.load(registry.FILMS_RATED)(user)) if registry.FILMS_RATED else set()


def approved_key(case: Case) -> AnswerKey | None:
    """The answer key that counts: the newest approved one."""
    return case.keys.filter(state=AnswerKey.State.APPROVED).order_by("-version").prefetch_related("findings").first()


def draft_of(case: Case) -> AnswerKey | None:
    """The key that somebody is working on."""
    return case.keys.filter(state=AnswerKey.State.DRAFT).prefetch_related("findings").first()


def practice_cases() -> QuerySet[Case]:
    """What residents are given to read: ready cases in an open set, agreed to, with an approved key; in the order in
    which the sets were opened and the cases stand there."""
    first = SetCase.objects.filter(IN_PRACTICE, case=OuterRef("pk")).order_by("case_set__opened_at", "position", "pk")
    approved = AnswerKey.objects.filter(case=OuterRef("pk"), state=AnswerKey.State.APPROVED)
    return (
        Case.objects.select_related("film", "received")
        .filter(Exists(approved), state=State.READY, held=False, film__isnull=False)
        .annotate(
            set_opened_at=Subquery(first.values("case_set__opened_at")[:1]),
            set_position=Subquery(first.values("position")[:1]),
        )
        .filter(set_opened_at__isnull=False)
        .order_by("set_opened_at", "set_position", "pk")
    )


def key_attempts(case: Case) -> dict[int, int]:
    """How many committed attempts were judged by each version of the case's key; told by the app above this one."""
    found: dict[int, int] = registry.load(registry.KEY_ATTEMPTS)(case) if registry.KEY_ATTEMPTS else {}
    return found


def next_to_author(user: Any, after: Case) -> Case | None:
    """What to author when this case's key is done: one's own drafts, the one that has waited longest first; then what
    stands in a set and has no key yet."""
    cases = cases_open_to(user).filter(state=State.READY).exclude(pk=after.pk)
    drafts = cases.filter(keys__state=AnswerKey.State.DRAFT, keys__author=user).order_by("keys__changed_at")
    keys, places = AnswerKey.objects.filter(case=OuterRef("pk")), SetCase.objects.filter(case=OuterRef("pk"))
    waiting = cases.filter(Exists(places.filter(case_set__closed_at=None)), ~Exists(keys)).order_by("created_at", "pk")
    return drafts.first() or waiting.first()


# --- practice sets


def sets_for(user: Any) -> QuerySet[CaseSet]:
    """All practice sets, with `cases`, `keyed` and `waiting` counted; for faculty and admins, who share them."""
    if not user.is_authenticated or not user.has_role(*REVIEWERS):
        raise PermissionDenied
    approved = AnswerKey.objects.filter(case=OuterRef("case"), state=AnswerKey.State.APPROVED)
    keyed = SetCase.objects.filter(Exists(approved), case_set=OuterRef("pk")).values("case_set")
    return CaseSet.objects.select_related("owner").annotate(
        cases=Count("places"),
        keyed=Subquery(keyed.annotate(n=Count("pk")).values("n")),
        waiting=Count("places", filter=Q(places__agreed=False, places__agreed_at=None)),
    )


def set_for(user: Any, set_id: Any) -> CaseSet:
    case_set = sets_for(user).filter(pk=uuid_of(set_id)).first()
    if case_set is None:
        raise Http404
    return case_set


def places_of(case_set: CaseSet) -> QuerySet[SetCase]:
    """The set's cases in order, each with the version of its approved key (`key_version`) and of its draft."""
    keys = AnswerKey.objects.filter(case=OuterRef("case")).order_by("-version").values("version")
    return (
        case_set.places.select_related("case__owner", "case__film", "case__received", "added_by", "agreed_by")
        .annotate(
            key_version=Subquery(keys.filter(state=AnswerKey.State.APPROVED)[:1]),
            draft_version=Subquery(keys.filter(state=AnswerKey.State.DRAFT)[:1]),
        )
        .order_by("position", "pk")
    )


def readable_places(case_set: CaseSet) -> QuerySet[SetCase]:
    """Those of the set's cases that could be given to a resident."""
    approved = AnswerKey.objects.filter(case=OuterRef("case"), state=AnswerKey.State.APPROVED)
    ready = {"case__state": State.READY, "case__held": False, "case__film__isnull": False}
    return case_set.places.filter(Exists(approved), agreed=True, **ready)


def questions_for(user: Any) -> QuerySet[SetCase]:
    """The places in sets of which this person was asked, since the case is theirs; with and without an answer."""
    asked = SetCase.objects.filter(Q(agreed_by=None) | Q(agreed_by=user.pk), case__owner_id=user.pk)
    return asked.exclude(added_by=user.pk).select_related("case", "case_set", "added_by").order_by("pk")


def open_questions_for(user: Any) -> QuerySet[SetCase]:
    """Those that wait for a yes or no."""
    return questions_for(user).filter(agreed_at=None)


def place_to_agree_to(user: Any, set_id: Any, case_id: Any) -> SetCase:
    """A case's place in a set, for its owner or an admin to answer. Who does not see the case gets 404."""
    case = case_for(user, case_id, "view")
    place = SetCase.objects.select_related("case", "case_set").filter(case=case, case_set_id=uuid_of(set_id)).first()
    if place is None:
        raise Http404
    if case.owner_id != user.pk and not user.has_role("admin"):
        raise PermissionDenied
    return place
