"""Reading the ladder, with its guards, the next pair to compare, and what it tells practice.

The ladder tells of cases that residents have not read, so nobody sees it who is a resident and does not teach.
Researchers see what is published.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any
from zlib import crc32

from django.core.exceptions import PermissionDenied
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Abs
from django.http import Http404

from gazeapp.cases.models import Case, SetCase
from gazeapp.cases.selectors import REVIEWERS, cases_open_to, cases_visible_to
from gazeapp.core.problems import Problem
from gazeapp.core.selectors import uuid_of
from gazeapp.difficulty.models import Ability, Comparison, Place
from ml.ladder import elo

PAGE, MOST = 100, 500  # rows of an answer: if nothing is said, and at most
NEAR = 20  # cases on each side among which a partner is looked for
LEAST_COMPARED = 50  # cases for which one is looked for
NEAREST = 200  # cases on each side of the target among which the next one is looked for first
TARGET = 0.75  # chance of success at the next case
LEAST_SEEN = 3  # first attempts and comparisons together, with fewer of which a case lies in no band


def may_read(user: Any) -> bool:
    """Whether this person may see the ladder at all."""
    if not user.is_authenticated:
        return False
    return bool(user.has_role(*REVIEWERS) or (user.has_role("researcher") and not user.has_role("resident")))


def may_compare(user: Any) -> bool:
    return bool(user.is_authenticated and user.has_role(*REVIEWERS))


def require_reader(user: Any) -> None:
    if not may_read(user):
        raise PermissionDenied


def on_ladder() -> QuerySet[Place]:
    """Where cases stand that can be read: ready, not held. That a key was approved is why there is a place."""
    return Place.objects.filter(case__state=Case.State.READY, case__held=False)


def banded(*, yes: bool = True) -> Q:
    """Of places those of cases that were read for the first time or compared often enough to lie in a band; or those
    that were not. As `in_a_band` has it."""
    enough = Q(attempts__gte=LEAST_SEEN - F("comparisons"))
    return enough if yes else ~enough


def in_a_band(attempts: int, comparisons: int) -> bool:
    return attempts + comparisons >= LEAST_SEEN


def ladder_for(user: Any) -> QuerySet[Place]:
    """The places that this person may see."""
    if not may_read(user):
        return Place.objects.none()
    places = on_ladder()
    if user.has_role(*REVIEWERS):
        return places
    return places.filter(case__in=cases_visible_to(user).values("pk"))


def place_for(user: Any, case_id: Any) -> Place:
    """The place of a case; strangers to it, and cases off the ladder, get 404."""
    place = ladder_for(user).select_related("case").filter(case_id=uuid_of(case_id)).first()
    if place is None:
        raise Http404
    return place


def rows_after(places: QuerySet[Place], cursor: str, limit: int) -> tuple[list[Place], str | None]:
    """Up to ``limit`` places after the cursor and the cursor of the next ones: what lies in a band, the hardest
    first, then what does not, which has no place among them.

    Raises:
        Problem: invalid, for a cursor that is none of ours.
    """
    places = places.select_related("case")
    seen, new = places.filter(banded()), places.filter(banded(yes=False))
    found: list[Place] = []
    where, case = _parsed(cursor) if cursor else (None, None)
    if case is None:
        found = list(seen.order_by("-place", "case_id")[: limit + 1])
    elif where is not None:
        below = seen.filter(Q(place__lt=where) | Q(place=where, case_id__gt=case))
        found = list(below.order_by("-place", "case_id")[: limit + 1])
    else:
        new = new.filter(case_id__gt=case)
    if len(found) <= limit:
        found += new.order_by("case_id")[: limit + 1 - len(found)]
    more = len(found) > limit
    found = found[:limit]
    return found, _cursor(found[-1]) if more else None


NEW = "new"  # in a cursor, instead of a place


def _cursor(row: Place) -> str:
    return f"{row.place.hex() if in_a_band(row.attempts, row.comparisons) else NEW}~{row.case_id}"


def _parsed(cursor: str) -> tuple[float | None, uuid.UUID]:
    """Place and case of a row; of one in no band there is no place."""
    where, _, case = cursor.partition("~")
    try:
        if where == NEW:
            return None, uuid.UUID(case)
        value = float.fromhex(where)
        if not abs(value) < 1e9:
            raise ValueError
        return value, uuid.UUID(case)
    except (ValueError, OverflowError):
        raise Problem("invalid", "That is not a cursor of this list.", "Take it from `next`.") from None


def live_ladder(user: Any, ident: str) -> dict[str, Any]:
    """The snapshot of `ladder`, for faculty and admins, and of `ladder:published`, for whoever may read the ladder."""
    if not (may_compare(user) if ident == "" else ident == "published" and may_read(user)):
        raise Http404
    places = on_ladder() if ident == "" else on_ladder().filter(case__published=True)
    return {"cases": places.count()}


def subject_for(user: Any) -> str:
    """The live subject that this person's page follows."""
    return "ladder" if may_compare(user) else "ladder:published"


# --- comparisons


def comparisons_of(user: Any) -> QuerySet[Comparison]:
    """One's own that count."""
    return Comparison.objects.filter(rater_id=user.pk, undone_at=None)


def last_comparison(user: Any) -> Comparison | None:
    """One's newest that counts, if both its films are still open to this person: it can be taken back."""
    newest = comparisons_of(user).select_related(
        "first__film", "first__received", "second__film", "second__received"
    ).order_by("-pk").first()  # fmt: skip
    if newest is None:
        return None
    both = cases_open_to(user).filter(pk__in=[newest.first_id, newest.second_id]).count() == 2
    return newest if both else None


def comparison_for(user: Any, pk: int) -> Comparison:
    """One's own comparison, undone or not; those of others do not exist here."""
    found = Comparison.objects.filter(rater_id=user.pk, pk=pk).first()
    if found is None:
        raise Http404
    return found


def open_case(user: Any, case_id: Any) -> Case:
    """A case on the ladder whose film this person may see."""
    case = cases_open_to(user).filter(pk=uuid_of(case_id), ladder_place__in=on_ladder()).first()
    if case is None:
        raise Http404
    return case


def pair_for(user: Any, besides: Collection[uuid.UUID] = ()) -> tuple[Case, Case] | None:
    """The next two to compare, left and right: of the least compared cases the first that has one near it which this
    person has not compared it with; of those near it the least compared, then the nearest. ``besides``: the pair that
    is on their page already."""
    films = cases_open_to(user)
    places = on_ladder().filter(case__in=films.values("pk")) if not may_compare(user) else on_ladder()
    own = {frozenset(pair) for pair in comparisons_of(user).values_list("first_id", "second_id")} | {frozenset(besides)}
    for left in places.select_related("case").order_by("comparisons", "pk")[:LEAST_COMPARED]:
        others = places.exclude(case__film_id=left.case.film_id)
        near = [
            *others.filter(place__gte=left.place).order_by("place", "case_id")[:NEAR],
            *others.filter(place__lt=left.place).order_by("-place", "-case_id")[:NEAR],
        ]
        new = [row for row in near if frozenset((left.case_id, row.case_id)) not in own]
        if new:
            right = min(new, key=lambda row: (row.comparisons, abs(row.place - left.place), str(row.case_id)))
            ids = sorted((left.case_id, right.case_id))
            if crc32(f"{ids[0]} {ids[1]}".encode()) % 2:  # the same for everybody, and neither side is the harder one
                ids.reverse()
            cases = films.in_bulk(ids)
            return (cases[ids[0]], cases[ids[1]]) if len(cases) == 2 else None
    return None


# --- told to practice, through core's registry


def nearest_place(user: Any, places: QuerySet[SetCase]) -> SetCase | None:
    """Of these places in a set the one whose case this person would read with a success of TARGET, as nearly as there
    is; of several equally near the first in the set. Cases that stand nowhere yet come after those that do."""
    theta = Ability.objects.filter(person_id=user.pk).values_list("theta", flat=True).first() or 0.0
    target = elo.target(theta, TARGET)
    above, below = (_outward(places, target, up=up) for up in (True, False))
    shown = places.select_related("case__film", "case__received")
    if above and below:
        nearest = min(abs(where - target) for where, _ in (*above, *below))
        cases = [case for where, case in (*above, *below) if abs(where - target) == nearest]
        found = shown.filter(case_id__in=cases).order_by("position", "pk").first()
        if found is not None:
            return found
    # Nothing near on one side, many equally near, or gone meanwhile: then all that is left is looked through, once.
    distance = Abs(F("case__ladder_place__place") - Value(target))
    return shown.order_by(distance.asc(nulls_last=True), "position", "pk").first()


def _outward(places: QuerySet[SetCase], target: float, *, up: bool) -> list[tuple[float, Any]]:
    """(difficulty, case) of these places on one side of the target, the nearest first, as far as the NEAREST cases on
    the ladder there reach; it goes along the ladder's index, so that thousands of cases far away cost nothing. Empty
    where that is not far enough to know all that are equally near."""
    side = Place.objects.filter(place__gte=target) if up else Place.objects.filter(place__lt=target)
    near = list(side.order_by("place" if up else "-place", "pk").values_list("place", "case_id")[:NEAREST])
    here = set(places.filter(case_id__in=[case for _, case in near]).values_list("case_id", flat=True))
    found = [(where, case) for where, case in near if case in here]
    cut_off = len(near) == NEAREST and bool(found) and found[0][0] == near[-1][0]
    return [] if cut_off else found
