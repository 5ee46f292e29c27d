"""Asking for a release, and an admin's decisions. A request is decided once, its films and reports by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from gazeapp.accounts.services import reauthenticate
from gazeapp.cases.models import CaseSet
from gazeapp.core import audit, events, limits
from gazeapp.core.models import Job
from gazeapp.core.problems import Problem
from gazeapp.core.services import enqueue
from gazeapp.exports import approvals, selectors
from gazeapp.exports.models import ApprovedReading, DataRequest, Release
from gazeapp.exports.query import Query

State, Films = DataRequest.State, DataRequest.Films


def request_release(*, by: Any, name: str, why: str, query: Mapping[str, Any]) -> DataRequest:
    """Somebody asks for a release of what a question finds.

    Raises:
        Problem: invalid-query, nothing-to-release; too-many-requests.
    """
    asked = Query.read(query)
    if asked.set and not CaseSet.objects.filter(pk=asked.set).exists():
        raise Problem("invalid-query", "There is no such practice set.", "Choose one of the list.")
    counts = _some(selectors.counts(asked))
    with transaction.atomic():
        events.lock("requests")  # two of one person cannot slip under the limit together
        limits.refuse_more(
            "too-many-requests",
            "You have too many open requests.",
            there=DataRequest.objects.filter(by=by, state__in=[State.OPEN, State.APPROVED]).count(),
            limit=settings.REQUESTS_OPEN,
            open_are="wait for a decision or are being made",
            do="Wait until some are done, or withdraw some.",
        )
        made = DataRequest.objects.create(
            by=by,
            name=name,
            why=why,
            query=asked.to_dict(),
            counts=counts,
            films_state=Films.OPEN if asked.films or asked.reports else Films.NONE,
        )
        notify(made)
        audit.record(by, "data-request", f"request:{made.pk}")
    return made


def approve(*, request: DataRequest, by: Any, note: str = "") -> DataRequest:
    """Let the data out. The release is made at once, unless films or reports wait for their own decision.

    It covers the readings that are there now, and none that come later.

    Raises:
        Problem: own-request, request-decided, nothing-to-release.
    """
    _may_approve(request, by)
    with transaction.atomic():
        move(request, Q(state=State.OPEN), state=State.APPROVED, **_decided(by, note))
        _cover(request)
        _start(request)
        audit.record(by, "data-approved", f"request:{request.pk}", own=approvals.is_own(by, request))
    return reread(request)


def decline(*, request: DataRequest, by: Any, reason: str) -> DataRequest:
    """Say no, and why."""
    with transaction.atomic():
        move(request, Q(state=State.OPEN), state=State.DECLINED, **_decided(by, reason))
        audit.record(by, "data-declined", f"request:{request.pk}")
    return reread(request)


def approve_films(*, request: DataRequest, by: Any, password: str, reason: str, asked_by: Any) -> DataRequest:
    """The second approval: films and reports go along. ``asked_by``: the HTTP request, in which the password is
    counted.

    Raises:
        Problem: own-request, wrong-password, too-many, approve-first, request-decided.
    """
    _films_open(request)
    _may_approve(request, by)
    reauthenticate(user=by, password=password, request=asked_by)
    return _decide_films(request, by, Films.APPROVED, reason, "films-approved")


def decline_films(*, request: DataRequest, by: Any, reason: str) -> DataRequest:
    """The release goes without films and reports.

    Raises:
        Problem: approve-first, request-decided.
    """
    _films_open(request)
    return _decide_films(request, by, Films.DECLINED, reason, "films-declined")


def _decide_films(request: DataRequest, by: Any, state: str, reason: str, verb: str) -> DataRequest:
    with transaction.atomic():
        undecided = Q(films_state=Films.OPEN, state=State.APPROVED)
        decision = {"films_state": state, "films_by": by, "films_at": timezone.now(), "films_reason": reason}
        move(request, undecided, **decision)
        _start(request)
        audit.record(by, verb, f"request:{request.pk}", own=approvals.is_own(by, request))
    return reread(request)


def _cover(request: DataRequest) -> None:
    """Write down what is approved, and how much that is. Raises Problem (nothing-to-release)."""
    query = Query.read(request.query)
    found = selectors.readings(query).order_by("pk").values_list("pk", flat=True)
    rows = (ApprovedReading(request=request, recording_id=pk) for pk in found)
    ApprovedReading.objects.bulk_create(rows, batch_size=500)
    there = selectors.counted(approvals.covered(request), query, request.decided_at)
    counts = _some(selectors.without_fixations(there))
    DataRequest.objects.filter(pk=request.pk).update(counts=counts)


def _start(request: DataRequest) -> None:
    """Make the release, when everything is decided. Inside the transaction of the decision."""
    now = DataRequest.objects.get(pk=request.pk)
    if now.state != State.APPROVED or now.films_state == Films.OPEN:
        return
    query = dict(now.query)
    if now.films_state == Films.DECLINED:
        query.update(films=False, reports=False)
    number = 1 + (Release.objects.aggregate(n=Max("number"))["n"] or 0)  # under the lock of `requests`
    release = Release.objects.create(number=number, name=now.name, request=now, query=query)
    job = enqueue(
        kind="release",
        queue=Job.Queue.IO,
        subject=release.subject,
        owner=now.by,
        inputs={"release": str(release.pk)},
        key=f"release:{release.pk}",
    )
    Release.objects.filter(pk=release.pk).update(job=job)


def notify(request: DataRequest) -> None:
    """The admins' list and whoever asked. Call it inside the transaction of the change."""
    data = {"id": str(request.pk), "state": request.state}
    events.publish("requests", "request.changed", data)
    if request.by_id:
        events.publish(f"user:{request.by_id}", "request.changed", data)


def move(request: DataRequest, when: Q, **changes: Any) -> None:
    """A conditional UPDATE: who comes second changes nothing. The lock of `requests` is held from here on."""
    events.lock("requests")
    if not DataRequest.objects.filter(when, pk=request.pk).update(**changes):
        raise _decided_already()
    request.refresh_from_db()
    notify(request)


def _may_approve(request: DataRequest, by: Any) -> None:
    if not approvals.may_decide(by, request):
        raise Problem("own-request", "You asked for this yourself.", "Another admin decides on it.", code=403)


def _films_open(request: DataRequest) -> None:
    if request.state == State.OPEN and request.films_state == Films.OPEN:
        raise Problem("approve-first", "The release itself is not approved yet.", "Decide on that first.", code=409)
    if request.films_state != Films.OPEN:
        raise _decided_already()


def _decided(by: Any, reason: str) -> dict[str, Any]:
    return {"decided_by": by, "decided_at": timezone.now(), "reason": reason}


def _decided_already() -> Problem:
    return Problem("request-decided", "This is decided already.", "Look at the request again.", code=409)


def _some(counts: dict[str, Any]) -> dict[str, Any]:
    if not counts["readings"]:
        raise Problem("nothing-to-release", "There is nothing to release.", counts["sentence"], code=409)
    return counts


def reread(request: DataRequest) -> DataRequest:
    """As it is now, with all that is shown of it."""
    people = ("by", "decided_by", "films_by", "closed_by")
    return DataRequest.objects.select_related(*people, "release__job").get(pk=request.pk)
