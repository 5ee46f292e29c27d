"""Whose turn it is: in a queue everybody who waits has one job a round, however many they sent.

A job gets its round when it is queued and keeps it, so the rows stay in one order that an index holds, and the place
that people are told is the order in which jobs are taken. (A rank worked out at each claim would forget who has had
their turn: with one worker nothing runs at that moment, and the oldest would always win.)
"""

from __future__ import annotations

from typing import Any

from django.db.models import Max, Min, Q, QuerySet

from gazeapp.core.models import Job


def next_turn(*, queue: str, later: bool, owner: Any, kind: str) -> int:
    """The round in which a job that is queued now is taken: the one that the queue has come to, or the one after the
    last that its owner has there. Work that nobody sent has its kind for an owner.

    Jobs of one person that are sent at the same moment may share a round on PostgreSQL, where neither sees the other.
    """
    same = Q(owner=owner) if owner is not None else Q(owner=None, kind=kind)
    there = Job.objects.filter(queue=queue, later=later, state__in=Job.ACTIVE).aggregate(
        running=Max("turn", filter=Q(state=Job.State.RUNNING)),
        waiting=Min("turn", filter=Q(state=Job.State.QUEUED)),
        own=Max("turn", filter=same),
    )
    now = there["running"] if there["running"] is not None else there["waiting"]
    return max(now or 0, -1 if there["own"] is None else there["own"] + 1)


def before_a_new_one(*, queue: str, owner: Any, kind: str) -> QuerySet[Job]:
    """What a job that its owner queues now, and waits for, would have to wait for."""
    turn = next_turn(queue=queue, later=False, owner=owner, kind=kind)
    taken_first = Q(state=Job.State.QUEUED, later=False, turn__lte=turn)
    return Job.objects.filter(Q(state=Job.State.RUNNING) | taken_first, queue=queue)
