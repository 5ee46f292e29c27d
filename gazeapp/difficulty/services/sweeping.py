"""What the hourly sweep does for the ladder."""

from __future__ import annotations

from django.utils import timezone

from gazeapp.difficulty.services.recomputing import give_places, recompute
from gazeapp.difficulty.services.workloads import request_workloads

A_FEW = 5  # workloads asked for at a time; each that is found asks for the next


def sweep() -> int:
    """Places for cases whose key was approved before there was a ladder, moved by what was read of them till then, and
    a few of the workloads that are missing. Gives how many things were missing."""
    missing = give_places(timezone.now())
    if missing:
        recompute()
    return missing + request_workloads(A_FEW)
