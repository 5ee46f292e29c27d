"""Which of two cases is harder: each answer is kept, and all that count are put in order anew (Bradley-Terry)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from gazeapp.cases.models import Case
from gazeapp.core import audit
from gazeapp.core.problems import Problem
from gazeapp.difficulty.models import Comparison, Place
from gazeapp.difficulty.services.places import combine_evidence, lock_ladder, note, notify, place_of
from ml.ladder import pairs

Harder = Comparison.Harder
NOTICEABLE = 0.05  # log-odds; cases that an answer about others moves by less are not told one by one
MOST_NOTIFIED = 20  # of those that moved, at most


def compare(*, first: Case, second: Case, by: Any, harder: str, seconds: float) -> Comparison:
    """One person's answer about two cases. The same answer again changes nothing.

    Raises:
        Problem: same-case; compared-already, when this person has said otherwise; case-gone.
    """
    if first.pk == second.pk or first.film_id == second.film_id:
        raise Problem("same-case", "These are one and the same film.", "Compare two different ones.")
    try:
        with transaction.atomic():
            return _compare(first, second, by, harder, seconds)
    except IntegrityError:  # sent twice at once, or a case was deleted at this moment
        with transaction.atomic():
            if Case.objects.filter(pk__in=[first.pk, second.pk]).count() < 2:
                raise Problem("case-gone", "One of these cases was deleted.", "Take the next pair.", code=410) from None
            return _compare(first, second, by, harder, seconds)


def _compare(first: Case, second: Case, by: Any, harder: str, seconds: float) -> Comparison:
    earlier = _earlier(first, second, by)
    if earlier is not None:
        if _seen_from(earlier, first) == harder:
            return earlier
        raise Problem(
            "compared-already",
            "You have compared these two, and said otherwise.",
            "Undo that comparison first.",
            code=409,
        )
    now = timezone.now()
    made = Comparison.objects.create(first=first, second=second, rater=by, harder=harder, seconds=seconds, at=now)
    _settle_pairs([first.pk, second.pk], now)
    audit.record(by, "ladder.compare", f"comparison:{made.pk}")
    return made


@transaction.atomic
def undo(*, comparison: Comparison, by: Any) -> Comparison:
    """The answer counts no more. Once more changes nothing. Raises Http404 when it was deleted meanwhile."""
    locked = Comparison.objects.select_for_update(of=("self",)).filter(pk=comparison.pk).first()
    if locked is None:  # one of its cases was deleted at this moment, and the comparison with it
        raise Http404
    if locked.undone_at is None:
        locked.undone_at = timezone.now()
        locked.save(update_fields=["undone_at"])
        _settle_pairs([locked.first_id, locked.second_id], locked.undone_at)
        audit.record(by, "ladder.undo", f"comparison:{locked.pk}")
    return locked


def _earlier(first: Case, second: Case, by: Any) -> Comparison | None:
    """What this person says of the two, whichever stood on the left."""
    either = Q(first=first, second=second) | Q(first=second, second=first)
    return Comparison.objects.filter(either, rater=by, undone_at=None).first()


def _seen_from(comparison: Comparison, first: Case) -> str:
    """The answer as if ``first`` had stood on the left."""
    turned = {Harder.FIRST: Harder.SECOND, Harder.SECOND: Harder.FIRST}
    answer = Harder(comparison.harder)
    return str(answer if comparison.first_id == first.pk else turned.get(answer, answer))


def _settle_pairs(compared: list[Any], now: datetime) -> None:
    """All places anew after an answer about these two, and the history of these two."""
    lock_ladder()
    for case_id in compared:
        place_of(case_id, now)
    before = fit(now)
    for place in Place.objects.filter(case_id__in=compared):
        note(place, now)
    moved = sorted(
        (case for case, step in before.items() if step > NOTICEABLE and case not in compared),
        key=lambda case: (-before[case], str(case)),
    )
    notify([*compared, *moved[:MOST_NOTIFIED]])


def fit(now: datetime) -> dict[Any, float]:
    """Difficulties from all comparisons that count, into the places; gives how far each compared case moved. The
    ladder is locked by the caller."""
    counting = list(
        Comparison.objects.filter(undone_at=None).order_by("pk").values_list("first_id", "second_id", "harder")
    )
    cases = sorted({case for first, second, _ in counting for case in (first, second)})
    number = {case: n for n, case in enumerate(cases)}
    wins, ties = [], []
    for first, second, harder in counting:
        a, b = number[first], number[second]
        if harder == Harder.EQUAL:
            ties.append((a, b))
        else:
            wins.append((a, b) if harder == Harder.FIRST else (b, a))
    scores, errors = pairs.strengths(len(cases), wins, ties)
    times: dict[Any, int] = dict.fromkeys(cases, 0)
    for first, second, _ in counting:
        times[first] += 1
        times[second] += 1
    moved, changed = {}, []
    for row in Place.objects.filter(Q(case_id__in=cases) | Q(comparisons__gt=0)).order_by("pk"):
        old = (row.pairs, row.pairs_se, row.comparisons, row.place, row.se)
        place = row.place
        n = number.get(row.case_id)
        row.pairs, row.pairs_se = (None, None) if n is None else (float(scores[n]), float(errors[n]))
        row.comparisons = times.get(row.case_id, 0)
        combine_evidence(row)
        moved[row.case_id] = abs(row.place - place)
        if (row.pairs, row.pairs_se, row.comparisons, row.place, row.se) != old:
            row.changed_at = now
            changed.append(row)
    Place.objects.bulk_update(
        changed, ["pairs", "pairs_se", "comparisons", "place", "se", "changed_at"], batch_size=200
    )
    return moved
