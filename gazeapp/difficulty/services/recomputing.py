"""The ladder made anew from attempts and comparisons: it is derived, so this gives the rows that are there already."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from gazeapp.cases.models import AnswerKey
from gazeapp.difficulty.models import Ability, Place
from gazeapp.difficulty.services.attempts import count
from gazeapp.difficulty.services.comparisons import fit
from gazeapp.difficulty.services.places import combine_evidence, lock_ladder
from gazeapp.practice.models import Attempt
from ml.ladder import elo

State = AnswerKey.State
FROM_ATTEMPTS = ("elo", "attempts", "successes", "information")


@transaction.atomic
def recompute() -> int:
    """Places and abilities anew; gives how many cases have a place. Attempts count in the order in which they were
    counted before, and those that never were (made before there was a ladder) first, as they were committed.

    What a deleted case taught of people stays; a deleted person's attempts and a deleted case's comparisons are gone,
    and with them what they had moved.
    """
    now = timezone.now()
    give_places(now)
    lock_ladder()
    places: dict[Any, Place] = {}  # by case, or by film for cases that are gone
    abilities: dict[Any, Ability] = {}
    keyed = AnswerKey.objects.filter(state=State.APPROVED).order_by("case_id").values_list("case_id", flat=True)
    for case_id in keyed.distinct():
        places[case_id] = _new(case_id)
    for person_id, case_id, film, success in _first_attempts():
        place = places.setdefault(case_id or film, _new(case_id))
        count(place, abilities.setdefault(person_id, Ability(person_id=person_id)), success)
    _write_places([place for place in places.values() if place.case_id is not None], now)
    _write_abilities(abilities)
    fit(now)
    return Place.objects.count()


def give_places(now: datetime) -> int:
    """A place for each case whose key was approved before there was a ladder; gives how many those were. Before the
    ladder's lock: a new place holds its case's row, and whoever deletes the case may wait for a commit that waits for
    the ladder."""
    keyed = AnswerKey.objects.filter(~Exists(Place.objects.filter(case=OuterRef("case"))), state=State.APPROVED)
    missing = list(keyed.order_by("case_id").values_list("case_id", flat=True).distinct())
    rows = [Place(case_id=case_id, se=elo.PRIOR_SD, changed_at=now) for case_id in missing]
    Place.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    return len(missing)


def _new(case_id: Any) -> Place:
    return Place(case_id=case_id, se=elo.PRIOR_SD)


def _first_attempts() -> list[tuple[Any, Any, str, bool]]:
    """(person, case, film, success) of every attempt that counts, in order."""
    committed = Attempt.objects.filter(state=Attempt.State.COMMITTED)
    seen: set[tuple[Any, str]] = set()
    first = []
    by_commit = committed.order_by("committed_at", "pk").values_list(
        "pk", "person_id", "film_sha256", "repeat", "success"
    )
    for pk, person_id, film, repeat, success in by_commit.iterator(2000):
        if (person_id, film) not in seen and not repeat and success is not None:
            first.append(pk)
        seen.add((person_id, film))
    counting = set(first)
    in_turn = committed.order_by(F("ladder_move__pk").asc(nulls_first=True), "committed_at", "pk")
    rows = in_turn.values_list("pk", "person_id", "case_id", "film_sha256", "success")
    return [
        (person, case, film, bool(success)) for pk, person, case, film, success in rows.iterator(2000) if pk in counting
    ]


def _write_places(wanted: list[Place], now: Any) -> None:
    there = Place.objects.in_bulk([place.case_id for place in wanted], field_name="case_id") if wanted else {}
    new, changed = [], []
    for place in wanted:
        old = there.get(place.case_id)
        if old is None:
            combine_evidence(place)
            place.changed_at = now
            new.append(place)
        elif any(getattr(old, name) != getattr(place, name) for name in FROM_ATTEMPTS):
            for name in FROM_ATTEMPTS:
                setattr(old, name, getattr(place, name))
            combine_evidence(old)
            old.changed_at = now
            changed.append(old)
    Place.objects.bulk_create(new, batch_size=500)
    Place.objects.bulk_update(changed, [*FROM_ATTEMPTS, "place", "se", "changed_at"], batch_size=200)


def _write_abilities(wanted: dict[Any, Ability]) -> None:
    Ability.objects.exclude(person_id__in=list(wanted)).delete()
    there = {row.person_id: row for row in Ability.objects.all()}
    for person_id, ability in wanted.items():
        ability.pk = there[person_id].pk if person_id in there else None
    Ability.objects.bulk_create([row for row in wanted.values() if row.pk is None])
    Ability.objects.bulk_update([row for row in wanted.values() if row.pk is not None], ["theta", "attempts"])
