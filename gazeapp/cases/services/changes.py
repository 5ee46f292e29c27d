"""What people do with a case: edit it, confirm its report, delete it. Every text passes the check in `phi_check.py`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction

from gazeapp.cases import phi_check, quarantine, reports
from gazeapp.cases.models import Case, Upload
from gazeapp.cases.services.case_states import locked, make_ready_or_quarantined, wrong_state
from gazeapp.cases.services.films import drop_unused_film
from gazeapp.cases.services.notifications import notify
from gazeapp.core import audit
from gazeapp.core.events import publish
from gazeapp.core.problems import Problem

State = Case.State
SETTLED = frozenset({State.READY, State.QUARANTINED})


def edit_case(
    *,
    case: Case,
    by: Any,
    title: str | None = None,
    report: str | None = None,
    note: str | None = None,
    published: bool | None = None,
    confirmed: Collection[str] = (),
) -> Case:
    """Changes what is given. A new report starts a new prediction.

    ``confirmed`` holds digests of marked texts that the caller was shown and says name nobody.

    Raises:
        Problem: identity-suspected, with the marks; wrong-state, for texts while the film is not in: before that, what
            its header names is not known to be searched, and the report that was sent still waits.
    """
    given = {"title": title, "report": report, "note": note}
    with transaction.atomic():
        case = locked(case)
        texts = {field: phi_check.cleaned(field, text) for field, text in given.items() if text is not None}
        if texts and case.state not in SETTLED:
            raise wrong_state("Title, note and report can be changed when the film is in.")
        still_marked = phi_check.require_confirmed(texts, confirmed, by=by, case=case)
        case.title = texts.get("title") or case.title
        case.note = texts.get("note", case.note)
        if published is not None:
            case.published = published
        changed = texts.get("report", case.report) != case.report
        if "report" in texts:
            case.report, case.report_sha256 = texts["report"], reports.sha256(texts["report"])
        if changed:
            make_ready_or_quarantined(case, by)
        else:
            case.save()
            notify(case)
        fields = [*texts, *(["published"] if published is not None else [])]
        audit.record(by, "case.edit", case.subject, fields=fields, still_marked=still_marked)
    return case


def confirm_report(*, case: Case, by: Any, text: str, confirmed: Collection[str] = ()) -> Case:
    """The uploader has seen the marks: this text is the report. The raw one is deleted.

    A text that still names somebody, by a pattern or by the film's header, needs its digest in ``confirmed``.

    Raises:
        Problem: identity-suspected, with the marks; nothing-to-confirm.
    """
    text = phi_check.cleaned("report", text)
    with transaction.atomic():
        case = locked(case)
        upload = Upload.objects.filter(case=case).first()
        identifiers = quarantine.read_identifiers(upload.pk) if upload else None
        if case.state != State.CONFIRMING or upload is None or identifiers is None:
            raise Problem("nothing-to-confirm", "No report waits to be confirmed here.", code=409)
        still_marked = phi_check.require_confirmed({"report": text}, confirmed, identifiers, by=by, case=case)
        case.report, case.report_sha256 = text, reports.sha256(text)
        make_ready_or_quarantined(case, by)
        audit.record(by, "report.confirm", case.subject, still_marked=still_marked)
        transaction.on_commit(lambda: quarantine.discard(upload.pk))
    return case


def delete_case(*, case: Case, by: Any) -> None:
    """The case, its report, and its film unless another case has it too. What was said of the film's pixels stays."""
    with transaction.atomic():
        case = locked(case)
        sha256, subject = case.film_id, case.subject
        uploads = list(Upload.objects.filter(case=case).values_list("pk", flat=True))
        publish(subject, "case.state", {"state": "deleted"})
        publish(f"user:{case.owner_id}", "case.listed", {"case": str(case.pk), "state": "deleted"})
        case.delete()
        audit.record(by, "case.delete", subject, film=sha256 or "")
        for upload_id in uploads:
            transaction.on_commit(lambda upload_id=upload_id: quarantine.discard(upload_id))  # type: ignore[misc]
    if sha256:
        drop_unused_film(sha256)
