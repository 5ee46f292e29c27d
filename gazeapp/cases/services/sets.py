"""Practice sets: making one, what stands in it and in which order, opening and closing it, and the owners' yes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.http import Http404
from django.utils import timezone

from gazeapp.cases import phi_check, selectors
from gazeapp.cases.models import Case, CaseSet, SetCase
from gazeapp.core import audit
from gazeapp.core.events import publish
from gazeapp.core.problems import Problem

MAX_CASES = 1000


@transaction.atomic
def make_set(*, by: Any, name: str, description: str = "", simulated: bool = False) -> CaseSet:
    """An empty set that is not open yet."""
    name = _name(name)
    phi_check.refuse_marked({"name": name, "description": description})
    made = CaseSet.objects.create(owner=by, name=name, description=description, simulated=simulated)
    audit.record(by, "set.make", _target(made))
    return made


@transaction.atomic
def change_set(
    *,
    case_set: CaseSet,
    by: Any,
    name: str | None = None,
    description: str | None = None,
    order: Sequence[UUID] | None = None,
) -> CaseSet:
    """Changes what is given. ``order`` names every case of the set once.

    Raises:
        Problem: order-differs, when cases came or went meanwhile.
    """
    case_set = _locked(case_set)
    case_set.name = case_set.name if name is None else _name(name)
    case_set.description = case_set.description if description is None else description
    phi_check.refuse_marked({"name": case_set.name, "description": case_set.description})
    case_set.save()
    if order is not None:
        places = {place.case_id: place for place in case_set.places.all()}
        if set(order) != set(places) or len(order) != len(places):
            raise Problem("order-differs", "The set holds other cases by now.", "Load it again.", code=409)
        for position, case_id in enumerate(order, 1):
            places[case_id].position = position
        SetCase.objects.bulk_update(places.values(), ["position"])
    audit.record(by, "set.change", _target(case_set), ordered=order is not None)
    return case_set


@transaction.atomic
def delete_set(*, case_set: CaseSet, by: Any) -> None:
    """The set; its cases and their keys stay.

    Raises:
        Problem: set-open.
    """
    case_set = _locked(case_set)
    if case_set.open:
        raise Problem("set-open", "This set is open.", "Close it first; residents may be reading it.", code=409)
    target = _target(case_set)
    case_set.delete()
    audit.record(by, "set.delete", target)


@transaction.atomic
def add_case(*, case_set: CaseSet, case: Case, by: Any) -> SetCase:
    """At the end of the set. Another person's unpublished case waits for its owner's yes, who is told.

    Raises:
        Problem: set-full.
    """
    case_set = _locked(case_set)
    found = case_set.places.filter(case=case).first()
    if found is not None:
        return found
    last = case_set.places.aggregate(last=Max("position"))["last"] or 0
    if case_set.places.count() >= MAX_CASES:
        raise Problem("set-full", "This set is full.", f"It takes up to {MAX_CASES} cases.", code=409)
    agreed = case.published or case.owner_id == by.pk
    answered = {"agreed_by": by, "agreed_at": timezone.now()} if agreed else {}
    place = SetCase.objects.create(
        case_set=case_set, case=case, position=last + 1, added_by=by, agreed=agreed, **answered
    )
    if not agreed:
        _notify_owner(case)
    audit.record(by, "set.add", _target(case_set), case=str(case.pk), agreed=agreed)
    return place


@transaction.atomic
def remove_case(*, case_set: CaseSet, case_id: Any, by: Any) -> None:
    """Takes the case out; what was read of it stays."""
    case_set = _locked(case_set)
    place = case_set.places.select_related("case").filter(case_id=case_id).first()
    if place is None:
        raise Http404
    waited = not place.agreed and place.agreed_at is None
    place.delete()
    if waited:
        _notify_owner(place.case)
    audit.record(by, "set.remove", _target(case_set), case=str(case_id))


@transaction.atomic
def agree(*, place: SetCase, by: Any, agreed: bool) -> SetCase:
    """The owner's answer, which may be changed later."""
    place.agreed, place.agreed_by, place.agreed_at = agreed, by, timezone.now()
    place.save()
    _notify_owner(place.case)
    audit.record(by, "set.agree", _target(place.case_set), case=str(place.case_id), agreed=agreed)
    return place


@transaction.atomic
def open_set(*, case_set: CaseSet, by: Any) -> CaseSet:
    """From now on residents are given its cases in practice, and see them nowhere else before.

    Raises:
        Problem: nothing-to-practise, when no case in it could be given to anybody.
    """
    case_set = _locked(case_set)
    if case_set.open:
        return case_set
    if not selectors.readable_places(case_set).exists():
        raise Problem(
            "nothing-to-practise",
            "No case of this set can be practised yet.",
            "At least one needs an approved key and, where it is another person's, the owner's yes.",
            code=409,
        )
    case_set.open, case_set.opened_at, case_set.closed_at = True, timezone.now(), None
    case_set.save()
    audit.record(by, "set.open", _target(case_set))
    return case_set


@transaction.atomic
def close_set(*, case_set: CaseSet, by: Any) -> CaseSet:
    """Its cases are given to nobody any more, and stand in the library again if they are published."""
    case_set = _locked(case_set)
    if case_set.open:
        case_set.open, case_set.closed_at = False, timezone.now()
        case_set.save()
        audit.record(by, "set.close", _target(case_set))
    return case_set


def _locked(case_set: CaseSet) -> CaseSet:
    now = CaseSet.objects.select_for_update().filter(pk=case_set.pk).first()
    if now is None:
        raise Http404
    return now


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Problem("invalid", "A set needs a name.")
    return name


def _target(case_set: CaseSet) -> str:
    return f"set:{case_set.pk}"


def _notify_owner(case: Case) -> None:
    """A question came, or went: it stands in the owner's library."""
    publish(f"user:{case.owner_id}", "case.listed", {"case": str(case.pk), "state": case.state})
