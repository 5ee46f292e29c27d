"""What people do with a case: edit, delete, confirm its report, release, reject or hide its film."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import Http404

from gazeapp.cases import quarantine, refusals, reports, storage
from gazeapp.cases.models import Case, Film, Upload
from gazeapp.cases.services.telling import refuse, settle, tell
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
        case = _locked(case)
        if title is not None:
            case.title = _free_of_marks("title", title.strip(), confirmed) or case.title
        if note is not None:
            case.note = _free_of_marks("note", reports.clean(note), confirmed)
        if published is not None:
            case.published = published
        changed = False
        if report is not None:
            if case.state not in {State.READY, State.QUARANTINED}:
                raise _wrong_state("The report can be changed when the film is in.")
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
        case = _locked(case)
        upload = Upload.objects.filter(case=case).first()
        if case.state != State.CONFIRMING or upload is None:
            raise Problem("nothing-to-confirm", "No report waits to be confirmed here.", code=409)
        case.report, case.report_sha256 = text, reports.sha256(text)
        settle(case, by)
        audit.record(by, "report.confirm", case.subject, still_marked=len(reports.find_marks(text)))
        transaction.on_commit(lambda: quarantine.discard(upload.pk))
    return case


def release(*, case: Case, by: Any) -> Case:
    """Somebody looked and saw no identity. What was seen are the pixels, so every case with this film is released."""
    with transaction.atomic():
        case = _locked(case)
        if not case.held or case.film_id is None:
            raise _wrong_state("This film does not wait for a release.")
        Film.objects.filter(pk=case.film_id).update(hidden=False)
        for other in _with_film(case.film_id).filter(held=True):
            other.held, other.problem = False, None
            if other.state == State.QUARANTINED:
                settle(other, by)
            else:
                other.save()
                tell(other)
        audit.record(by, "film.release", case.subject, film=case.film_id)
    case.refresh_from_db()
    return case


def reject(*, case: Case, by: Any) -> Case:
    """The film shows an identity, or does not belong here: it is deleted from every case that has it."""
    with transaction.atomic():
        case = _locked(case)
        if not case.held or case.film_id is None:
            raise _wrong_state("This film does not wait for a release.")
        sha256 = case.film_id
        for other in _with_film(sha256):
            refuse(other, refusals.problem("film-rejected"))
            for upload in Upload.objects.filter(case=other):
                transaction.on_commit(lambda upload=upload: quarantine.discard(upload.pk))  # type: ignore[misc]
        audit.record(by, "film.reject", case.subject, film=sha256)
    drop_unused_film(sha256)
    case.refresh_from_db()
    return case


def hide(*, case: Case, by: Any) -> Case:
    """Somebody saw an identity on the film: at once nobody but faculty and admins sees it or anything drawn over it."""
    with transaction.atomic():
        case = _locked(case)
        if case.film_id is None or case.state not in {State.READY, State.QUARANTINED, State.CONFIRMING}:
            raise _wrong_state("There is no film to hide.")
        Film.objects.filter(pk=case.film_id).update(hidden=True)
        for other in _with_film(case.film_id):
            other.held = True
            other.problem = refusals.problem("film-hidden").to_dict()
            if other.state == State.READY:
                other.state = State.QUARANTINED
            other.save()
            tell(other)
        audit.record(by, "film.hide", case.subject, film=case.film_id)
    case.refresh_from_db()
    return case


def delete_case(*, case: Case, by: Any) -> None:
    """The case, its report, and its film unless another case has it too."""
    with transaction.atomic():
        case = _locked(case)
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


def drop_unused_film(sha256: str) -> bool:
    """Row and files of a film that no case has any more. The lock keeps an ingest of the same film from losing its
    files."""
    with storage.locked(sha256):
        with transaction.atomic():
            if Case.objects.filter(film_id=sha256).exists():
                return False
            Film.objects.filter(pk=sha256).delete()
        storage.remove_film(sha256)
    return True


def _locked(case: Case) -> Case:
    """The case as it is now. Raises Http404 when somebody deleted it meanwhile."""
    found = Case.objects.select_for_update(of=("self",)).select_related("owner").filter(pk=case.pk).first()
    if found is None:
        raise Http404
    return found


def _with_film(sha256: str) -> Any:
    return Case.objects.select_for_update(of=("self",)).select_related("owner").filter(film_id=sha256).order_by("pk")


def _wrong_state(title: str) -> Problem:
    return Problem("wrong-state", title, "Look at its state again; it may have changed.", code=409)
