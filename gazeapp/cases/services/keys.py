"""Writing answer keys: one draft a case, approved for good, and a new draft for every change after that."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from gazeapp.cases import phi_check, reports, selectors, shapes
from gazeapp.cases.models import AnswerKey, Case, Finding
from gazeapp.cases.services.case_states import locked
from gazeapp.core import audit, registry
from gazeapp.core.events import publish
from gazeapp.core.problems import Problem

State = AnswerKey.State
MAX_FINDINGS = 40


def save_draft(
    *,
    case: Case,
    by: Any,
    normal: bool | None,
    note: str,
    findings: Sequence[Mapping[str, Any]],
    seen: datetime | None,
) -> AnswerKey:
    """Makes the case's draft, or puts all of it anew. Its findings are numbered as they stand in the list.

    ``seen`` is the `changed_at` of the draft that the author has before them; None when they saw none.

    Raises:
        Problem: changed-meanwhile, when the draft is not that one any more; invalid; note-too-long.
    """
    note = phi_check.cleaned("note", note)
    with transaction.atomic():
        case = locked(case)
        draft = selectors.draft_of(case)
        _require_unchanged(draft, seen)
        now = timezone.now()
        if draft is None:
            newest = case.keys.order_by("-version").first()
            draft = AnswerKey(case=case, version=newest.version + 1 if newest else 1, author=by)
        begun = draft._state.adding
        draft.normal, draft.note, draft.changed_at = normal, note, now
        draft.save()
        _put_findings(draft, findings)
        if begun:
            publish(case.subject, "case.key", {"state": "draft", "version": draft.version})
            audit.record(by, "key.draft", case.subject, version=draft.version)
    return _read(draft)


def discard_draft(*, case: Case, by: Any, seen: datetime | None) -> None:
    """Throws the draft away; the approved key goes on to count.

    Raises:
        Problem: changed-meanwhile or no-draft.
    """
    with transaction.atomic():
        case = locked(case)
        draft = _draft(case, seen)
        version = draft.version
        draft.delete()
        publish(case.subject, "case.key", {"state": "discarded", "version": version})
        audit.record(by, "key.discard", case.subject, version=version)


def approve(*, case: Case, by: Any, seen: datetime | None, confirmed: Collection[str] = ()) -> AnswerKey:
    """The draft becomes the key that counts, and never changes again.

    ``confirmed`` holds digests of marked texts that the author was shown and says name nobody.

    Raises:
        Problem: key-incomplete, with `faults`: sentences of what is missing; identity-suspected, with the marks;
            changed-meanwhile; no-draft.
    """
    with transaction.atomic():
        case = locked(case)
        draft = _draft(case, seen)
        if faults := faults_of(draft, case.aspect if case.film_id else None):
            raise Problem("key-incomplete", "This key is not complete yet.", " ".join(faults), code=409, faults=faults)
        still_marked = phi_check.require_confirmed(_texts(draft), confirmed, by=by, case=case)
        draft.state, draft.approved_at, draft.approved_by = State.APPROVED, timezone.now(), by
        draft.save()
        publish(case.subject, "case.key", {"state": "approved", "version": draft.version})
        if registry.KEY_APPROVED:
            registry.load(registry.KEY_APPROVED)(case=case, by=by)
        audit.record(by, "key.approve", case.subject, version=draft.version, still_marked=still_marked)
    return _read(draft)


def faults_of(key: AnswerKey, aspect: float | None) -> list[str]:
    """What keeps a draft from being approved, in sentences. ``aspect`` is the film's; None when there is no film."""
    findings = list(key.findings.all())
    faults = []
    if aspect is None:
        faults.append("There is no film.")
    if key.normal is None:
        faults.append("Say whether the film is normal.")
    if key.normal is False and not findings:
        faults.append("A film that is not normal needs a finding.")
    if key.normal and any(finding.importance > Finding.Importance.INCIDENTAL for finding in findings):
        faults.append("A normal film has incidental findings only.")
    for finding in findings:
        if not finding.label:
            faults.append(f"Finding {finding.number} has no label.")
        if aspect is not None and not shapes.on_film(finding.shape, aspect):
            faults.append(f"Finding {finding.number} reaches over the film's edge.")
    return faults


def _put_findings(draft: AnswerKey, findings: Sequence[Mapping[str, Any]]) -> None:
    if len(findings) > MAX_FINDINGS:
        raise Problem("invalid", "These are too many findings.", f"A key takes up to {MAX_FINDINGS}.")
    draft.findings.all().delete()
    rows = []
    for number, given in enumerate(findings, 1):
        try:
            shape = shapes.parsed(given["shape"])
        except ValueError as error:
            raise Problem("invalid", f"Finding {number} has no shape.", str(error)) from None
        rows.append(
            Finding(
                key=draft,
                number=number,
                label=" ".join(given.get("label", "").split())[:60],
                shape=shape,
                importance=given.get("importance", Finding.Importance.RELEVANT),
                note=reports.clean(given.get("note", "")),
            )
        )
    Finding.objects.bulk_create(rows)


def _draft(case: Case, seen: datetime | None) -> AnswerKey:
    draft = selectors.draft_of(case)
    if draft is None and seen is None:
        raise Problem("no-draft", "There is no draft of a key here.", "Save one first.", code=409)
    _require_unchanged(draft, seen)
    assert draft is not None
    return draft


def _require_unchanged(draft: AnswerKey | None, seen: datetime | None) -> None:
    if (draft.changed_at if draft else None) != seen:
        raise Problem(
            "changed-meanwhile",
            "Somebody else has changed this key meanwhile.",
            "Nothing was saved. Look at theirs, then save yours over it or leave it.",
            code=409,
        )


def _texts(key: AnswerKey) -> dict[str, str]:
    texts = {"teaching note": key.note}
    for finding in key.findings.all():
        texts[f"label of finding {finding.number}"] = finding.label
        texts[f"note of finding {finding.number}"] = finding.note
    return {field: text for field, text in texts.items() if text}


def _read(key: AnswerKey) -> AnswerKey:
    """As it now stands, with its findings."""
    return AnswerKey.objects.select_related("author", "approved_by").prefetch_related("findings").get(pk=key.pk)
