"""What people do with a case: edit it, confirm its report, delete it."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from gazeapp.cases import quarantine, reports
from gazeapp.cases.models import Case, Upload
from gazeapp.cases.services.films import drop_unused_film
from gazeapp.cases.services.telling import locked, settle, tell, wrong_state
from gazeapp.core import audit
from gazeapp.core.events import publish
from gazeapp.core.problems import Problem

State = Case.State


def edit_case(
    *,
    case: Case,
    by: Any,
    title: str | None = None,
    report: str | None = None,
    note: str | None = None,
    published: bool | None = None,
    confirmed: bool = False,
) -> Case:
    """Changes what is given. A new report starts a new prediction. Words that look like an identity are refused
    unless the caller has seen the marks and confirms."""
    with transaction.atomic():
        case = locked(case)
        if title is not None:
            case.title = _free_of_marks("title", title.strip(), confirmed) or case.title
        if note is not None:
            case.note = _free_of_marks("note", reports.clean(note), confirmed)
        if published is not None:
            case.published = published
        changed = False
        if report is not None:
            if case.state not in {State.READY, State.QUARANTINED}:
                raise wrong_state("The report can be changed when the film is in.")
            text = _free_of_marks("report", reports.clean(report), confirmed)
            changed = text != case.report
            case.report, case.report_sha256 = text, reports.sha256(text)
        if changed:
            settle(case, by)
        else:
            case.save()
            tell(case)
        given = {"title": title, "report": report, "note": note, "published": published}
        audit.record(by, "case.edit", case.subject, fields=[name for name, value in given.items() if value is not None])
    return case


def _free_of_marks(field: str, text: str, confirmed: bool) -> str:
    if field == "report" and len(text) > reports.MAX_CHARS:
        raise Problem("report-too-long", "This report is too long.", code=413)
    marks = reports.find_marks(text)
    if marks and not confirmed:
        raise Problem(
            "identity-suspected",
            f"The {field} seems to name somebody.",
            "Look at the marks. Replace what identifies a patient, or confirm that nothing does.",
            code=422,
            field=field,
            marks=[mark.to_dict() for mark in marks],
        )
    return text


def confirm_report(*, case: Case, by: Any, text: str) -> Case:
    """The uploader has seen the marks: this text is the report. The raw one is deleted."""
    text = reports.clean(text)
    if len(text) > reports.MAX_CHARS:
        raise Problem("report-too-long", "This report is too long.", code=413)
    with transaction.atomic():
        case = locked(case)
        upload = Upload.objects.filter(case=case).first()
        if case.state != State.CONFIRMING or upload is None:
            raise Problem("nothing-to-confirm", "No report waits to be confirmed here.", code=409)
        case.report, case.report_sha256 = text, reports.sha256(text)
        settle(case, by)
        audit.record(by, "report.confirm", case.subject, still_marked=len(reports.find_marks(text)))
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
