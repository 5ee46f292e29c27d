"""What this app's services share: locking a case, and the state it comes to after each step."""

from __future__ import annotations

from typing import Any

from django.http import Http404

from gazeapp.cases.models import Case, Received
from gazeapp.cases.services.notifications import notify
from gazeapp.core import registry
from gazeapp.core.problems import Problem

State = Case.State


def locked(case: Case) -> Case:
    """The case as it is now, nobody else's until the transaction ends. Raises Http404 when it was deleted meanwhile."""
    now = Case.objects.select_for_update(of=("self",)).select_related("owner").filter(pk=case.pk).first()
    if now is None:
        raise Http404
    return now


def wrong_state(title: str) -> Problem:
    return Problem("wrong-state", title, "Look at its state again; it may have changed.", code=409)


def make_ready_or_quarantined(case: Case, by: Any) -> None:
    """Film and report are settled: quarantined while somebody must look, else ready with its prediction on the way."""
    case.state = State.QUARANTINED if case.held else State.READY
    if not case.held:
        case.problem = None
    case.save()
    more = {}
    if case.state == State.READY:
        prediction = registry.load(registry.CASE_READY)(case=case, by=by)
        if getattr(prediction, "pk", None):
            more["prediction"] = str(prediction.pk)
    notify(case, **more)


def refuse(case: Case, problem: Problem) -> None:
    """The case stays as a line that says why; nothing of film or report does."""
    case.state = State.REFUSED
    case.problem = problem.to_dict()
    case.film, case.held, case.report, case.report_sha256 = None, False, "", ""
    case.save()
    Received.objects.filter(case=case).delete()
    notify(case)
