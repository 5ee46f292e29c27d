"""First attempts move a case's place and a person's ability, once each."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from gazeapp.cases.models import Case
from gazeapp.difficulty.models import Ability, Move, Place
from gazeapp.difficulty.services.places import combine_evidence, lock_ladder, note, notify, place_of
from gazeapp.difficulty.services.workloads import request_workload
from gazeapp.practice.models import Attempt
from ml.ladder import elo


@transaction.atomic
def attempt_committed(attempt: Attempt) -> None:
    """Counts an attempt that was just committed, if it is its person's first at the film."""
    if attempt.repeat or attempt.case_id is None or attempt.success is None:
        return
    lock_ladder()
    committed = Attempt.objects.filter(
        person_id=attempt.person_id, film_sha256=attempt.film_sha256, state=Attempt.State.COMMITTED
    )
    if committed.exclude(pk=attempt.pk).exists() or Move.objects.filter(attempt=attempt).exists():
        return
    now = timezone.now()
    place = place_of(attempt.case_id, now)
    ability, _ = Ability.objects.get_or_create(person_id=attempt.person_id)
    count(place, ability, attempt.success)
    combine_evidence(place)
    place.changed_at = now
    place.save()
    ability.save()
    note(place, now, attempt)
    notify([attempt.case_id])


def count(place: Place, ability: Ability, success: bool) -> None:
    """One first attempt: moves both by what was not expected (`ml.ladder.elo`)."""
    place.information += elo.information(ability.theta, place.elo)
    ability.theta, place.elo = elo.update(ability.theta, place.elo, ability.attempts, place.attempts, success)
    ability.attempts += 1
    place.attempts += 1
    place.successes += int(success)


@transaction.atomic
def key_approved(*, case: Case, by: Any) -> None:
    """A case with an approved key stands on the ladder, and its workload is asked for."""
    request_workload(case)
    lock_ladder()
    place_of(case.pk, timezone.now())
    notify([case.pk])
