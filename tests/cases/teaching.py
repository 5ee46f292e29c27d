"""Keys and sets made for tests about something else than how they are made."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from gazeapp.cases.models import AnswerKey, Case, CaseSet, Finding, SetCase

ELLIPSE = {"kind": "ellipse", "x": 0.3, "y": 0.6, "radius_x": 0.08, "radius_y": 0.05, "angle_deg": 20.0}


def key_of(case: Case, author: Any, *, state: str = "approved", normal: bool = False, **more: Any) -> AnswerKey:
    """A key with one finding, unless it is of a normal film."""
    version = case.keys.count() + 1
    now = timezone.now()
    key = AnswerKey.objects.create(
        case=case, version=version, state=state, normal=normal, author=author, changed_at=now, **more
    )
    if state == "approved":
        AnswerKey.objects.filter(pk=key.pk).update(approved_at=now, approved_by=author)
    if not normal:
        Finding.objects.create(key=key, number=1, label="nodule", shape=ELLIPSE, importance=2, note="Look twice.")
    key.refresh_from_db()
    return key


def open_set(owner: Any, *cases: Case, agreed: bool = True, **more: Any) -> CaseSet:
    """An open practice set with these cases."""
    values = {"name": "A practice set", "open": True, "opened_at": timezone.now(), **more}
    made = CaseSet.objects.create(owner=owner, **values)
    for position, case in enumerate(cases, 1):
        SetCase.objects.create(case_set=made, case=case, position=position, added_by=owner, agreed=agreed)
    return made
