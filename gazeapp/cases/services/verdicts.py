"""What is said of a film's pixels (`FilmVerdict`), and how every case with these pixels follows.

A verdict names the pixels, so it holds for each later upload of them: whoever sends it, and whatever its header says.
Pixels that differ in one value are another film; if it looks like one that something is held against, it waits.
"""

from __future__ import annotations

import logging
import zlib
from itertools import islice
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from gazeapp.cases import likeness, quarantine, refusals, storage
from gazeapp.cases.likeness import Look
from gazeapp.cases.models import Case, Film, FilmVerdict, Received, Upload
from gazeapp.cases.services.case_states import locked, make_ready_or_quarantined, refuse, wrong_state
from gazeapp.cases.services.films import cases_with, drop_unused_film, lock_film, lock_films
from gazeapp.cases.services.notifications import notify
from gazeapp.core import audit

log = logging.getLogger(__name__)
State = Case.State
Verdict = FilmVerdict.Verdict
AT_ONCE = 1000  # signatures compared in one go: 2 MB from the database, 8 MB as numbers


class Reason(NamedTuple):
    """Why a new case must wait: a kind of `refusals.HOLDS`, or None; and the film that this one looks like, if any."""

    kind: str | None
    like: str = ""


def reason_to_hold(*, sha256: str, found: str | None, look: Look) -> Reason:
    """Whether a new case with these pixels must wait.

    ``found`` is what the ingest itself found on them, ``look`` what they look like. Of pixels that were never
    judged both speak for every case that has them; of pixels that were, they say nothing new. The caller holds the
    film's lock.

    Raises:
        Problem: film-rejected.
    """
    said = FilmVerdict.objects.filter(pk=sha256).first()
    if said is None:
        if like := _looks_like(look):
            found = "film-looks-alike"  # rather than words: whoever looks must know that there is more to it
        if found:
            _judge(sha256, Verdict.WAITING, kind=found, look=look)
            _hold(sha256, found)
        return Reason(found, like)
    if said.verdict == Verdict.REJECTED:
        raise refusals.problem("film-rejected")
    return Reason(said.kind if said.verdict in FilmVerdict.HELD else None)


def release(*, case: Case, by: Any) -> Case:
    """Somebody looked and saw no identity. What was seen are the pixels, so every case with this film is released."""
    with transaction.atomic():
        case, sha256 = _waiting(case)
        _judge(sha256, Verdict.RELEASED, by=by)
        for other in cases_with(sha256).filter(held=True):
            other.held, other.problem = False, None
            if other.state == State.QUARANTINED:
                make_ready_or_quarantined(other, by)
            else:
                other.save()
                notify(other)
        audit.record(by, "film.release", case.subject, film=sha256)
    case.refresh_from_db()
    return case


def reject(*, case: Case, by: Any) -> Case:
    """The film shows an identity, or does not belong here: it is deleted from every case that has it, and its pixels
    are not taken again. Films that look like it wait."""
    with transaction.atomic():
        alike = _locked_with_its_like(case.film_id)
        case, sha256 = _waiting(case)
        _judge(sha256, Verdict.REJECTED, by=by)
        _hold_alike(alike)
        for other in cases_with(sha256):
            refuse(other, refusals.problem("film-rejected"))
            for upload in Upload.objects.filter(case=other):
                transaction.on_commit(lambda upload=upload: quarantine.discard(upload.pk))  # type: ignore[misc]
        audit.record(by, "film.reject", case.subject, film=sha256, **({"alike": alike} if alike else {}))
    drop_unused_film(sha256)
    case.refresh_from_db()
    return case


def hide(*, case: Case, by: Any) -> Case:
    """Somebody saw an identity on the film: at once nobody but faculty and admins sees it, anything drawn over it, or a
    film that looks like it."""
    with transaction.atomic():
        alike = _locked_with_its_like(case.film_id)
        case = locked(case)
        if case.film_id is None or case.state not in {State.READY, State.QUARANTINED, State.CONFIRMING}:
            raise wrong_state("There is no film to hide.")
        _judge(case.film_id, Verdict.HIDDEN, kind="film-hidden", by=by)
        _hold(case.film_id, "film-hidden")
        _hold_alike(alike)
        audit.record(by, "film.hide", case.subject, film=case.film_id, **({"alike": alike} if alike else {}))
    case.refresh_from_db()
    return case


def _waiting(case: Case) -> tuple[Case, str]:
    """The case and its film's address, both locked, if the film waits for somebody to look."""
    lock_film(case.film_id)
    case = locked(case)
    if not case.held or case.film_id is None:
        raise wrong_state("This film does not wait for a release.")
    return case, case.film_id


def _locked_with_its_like(sha256: str | None) -> list[str]:
    """Locks the film and those that look like it; the addresses of those of the latter that nobody judged yet."""
    if sha256 is None:
        return []
    look, others = _look_of(sha256), Film.objects.exclude(pk=sha256)
    same_words = Q(pk__in=Received.objects.filter(words=look.words).values("case__film"))
    alike = list(_alike(look, others, same_words=same_words))
    lock_films([sha256, *alike])
    judged = set(FilmVerdict.objects.filter(pk__in=alike).values_list("pk", flat=True))
    return [film for film in alike if film not in judged]


def _looks_like(look: Look) -> str:
    """The address of the film most like this one that waits, is hidden or was rejected; empty if none is."""
    against = FilmVerdict.objects.filter(verdict__in=FilmVerdict.AGAINST)
    alike = _alike(look, against, same_words=Q(words=look.words))
    return max(alike, key=lambda known: alike[known], default="")


def _alike(look: Look, among: QuerySet[Any], *, same_words: Q) -> dict[str, float]:
    """Which of the rows, by address, show the same picture, or hold the same values in rows of another length, or
    another meaning of the same file; and how alike they are, at most 1."""
    found: dict[str, float] = {}
    for known, same in ((look.values, Q(values=look.values)), (look.words, same_words)):
        if known:
            found |= dict.fromkeys(among.filter(same).values_list("pk", flat=True), 1.0)
    if not look.signature:
        return found
    rows = among.exclude(signature=b"").order_by("pk").values_list("pk", "signature").iterator(AT_ONCE)
    while several := list(islice(rows, AT_ONCE)):
        scores = likeness.likenesses(look.signature, [bytes(known) for _, known in several])
        for (pk, _), score in zip(several, scores.tolist(), strict=True):
            if score >= likeness.ALIKE:
                found.setdefault(pk, score)
    return found


def _judge(sha256: str, verdict: Verdict, *, by: Any = None, kind: str | None = None, look: Look | None = None) -> None:
    """One row a film. Without a kind the one that it waited for stays. What speaks against a film is said of its look
    too: the one that is at hand, else that of the stored pixels."""
    said = {"verdict": verdict, "by": by, "at": timezone.now()}
    row, _ = FilmVerdict.objects.update_or_create(sha256=sha256, defaults={**said, "kind": kind} if kind else said)
    if verdict in FilmVerdict.AGAINST and not (row.values and row.words):
        row.signature, row.values, row.words = look or _look_of(sha256)
        row.save(update_fields=["signature", "values", "words"])


def _look_of(sha256: str) -> Look:
    """The look of a stored film; as much of it as is known if its files are damaged or gone, since a film is hidden all
    the same."""
    words = Received.objects.filter(case__film=sha256).exclude(words="").values_list("words", flat=True).first() or ""
    film = Film.objects.filter(pk=sha256).first()
    if film is not None and film.values:
        return Look(bytes(film.signature), film.values, words)
    try:
        return Look.of(storage.film_pixels(sha256), words)
    except (Film.DoesNotExist, OSError, EOFError, ValueError, zlib.error) as fault:
        log.warning("film %s is hidden without its look (%s)", sha256[:12], type(fault).__name__)
        return Look(b"", "", words)


def _hold(sha256: str, kind: str) -> None:
    """Takes every case with this film away from everybody but faculty and admins."""
    for case in cases_with(sha256):
        case.held, case.problem = True, refusals.problem(kind).to_dict()
        if case.state == State.READY:
            case.state = State.QUARANTINED
        case.save()
        notify(case)


def _hold_alike(alike: list[str]) -> None:
    """Films that look like one that was hidden or rejected wait for a look of their own, as they would if they came
    now."""
    for sha256 in alike:
        _judge(sha256, Verdict.WAITING, kind="film-looks-alike")
        _hold(sha256, "film-looks-alike")
