"""Reading cases and films, with their guards. A stranger gets 404; who may see but not do gets 403."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404

from gazeapp.cases import identity, quarantine
from gazeapp.cases.models import Case, Film, Upload
from gazeapp.core import registry
from gazeapp.core.problems import Problem
from gazeapp.core.selectors import active_job, job_summary

State = Case.State
UPLOADERS = ("resident", "faculty", "admin")
REVIEWERS = ("faculty", "admin")
ACTIONS = frozenset({"view", "edit", "delete", "confirm", "publish", "release", "hide", "predict"})


def cases_visible_to(user: Any) -> QuerySet[Case]:
    """Own cases; what is published and ready; for faculty also what is ready or waits for a look; for admins all."""
    cases = Case.objects.select_related("owner", "film", "received")
    if not user.is_authenticated or not user.has_role("resident", "faculty", "admin", "researcher"):
        return cases.none()
    if user.has_role("admin"):
        return cases
    if user.has_role("faculty"):
        return cases.filter(Q(owner=user) | Q(state__in=[State.READY, State.QUARANTINED]))
    return cases.filter(Q(owner=user) | Q(state=State.READY, published=True))


def cases_open_to(user: Any) -> QuerySet[Case]:
    """Of the visible cases those whose pixels (and everything drawn over them) this person may see."""
    cases = cases_visible_to(user).filter(film__isnull=False)
    if user.is_authenticated and user.has_role(*REVIEWERS):
        return cases
    return cases.filter(held=False, state__in=[State.READY, State.CONFIRMING])


def case_for(user: Any, case_id: Any, action: str) -> Case:
    """The case, if ``user`` may do ``action`` with it: view, edit, delete, confirm, publish, release, hide, predict."""
    case = cases_visible_to(user).filter(pk=_uuid(case_id)).first()
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
    """The film, if any case with it is open to this person; with a thumbnail's address: any that shows it so."""
    film = Film.objects.filter(pk=sha256).first()
    cases = cases_open_to(user).filter(film_id=sha256)
    if film is None or not (cases if thumbnail is None else cases.filter(received__thumbnail=thumbnail)).exists():
        raise Http404
    return film


def upload_for(user: Any, upload_id: Any) -> Upload:
    """Uploads are their owner's alone; nobody else, not even an admin, sends bytes for them."""
    upload = (
        Upload.objects.select_related("case__owner")
        .filter(pk=_uuid(upload_id), case__owner_id=user.pk if user.is_authenticated else None)
        .first()
    )
    if upload is None or not user.has_role(*UPLOADERS):
        raise Http404
    return upload


def report_marks(case: Case) -> dict[str, Any]:
    """The raw report with its marks, straight from the quarantine folder, in the shape of a refusal's `flagged`."""
    upload = Upload.objects.filter(case=case).first()
    identifiers = quarantine.read_identifiers(upload.pk) if upload and case.state == State.CONFIRMING else None
    if upload is None or identifiers is None:
        raise Problem("nothing-to-confirm", "No report waits to be confirmed here.", code=409)
    waits = identity.marked("report", quarantine.read_report(upload.pk), identifiers)
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


def _uuid(value: Any) -> uuid.UUID:
    try:
        return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))
    except ValueError:
        raise Http404 from None
