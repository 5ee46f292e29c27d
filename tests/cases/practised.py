"""Stands in for the app that keeps attempts: what it would tell of a person, by hand."""

from __future__ import annotations

from typing import Any

from gazeapp.cases.models import Case, Film

COMMITTED: set[tuple[Any, Any]] = set()  # (person, case) with a committed attempt
BEGUN: set[tuple[Any, Any]] = set()  # with an open one


def committed_cases(user: Any) -> Any:
    return Case.objects.filter(pk__in=[case for person, case in COMMITTED if person == user.pk]).values("pk")


def committed_films(user: Any) -> Any:
    return Film.objects.filter(cases__in=committed_cases(user)).values("pk")


def attempted_films(user: Any) -> Any:
    begun = [case for person, case in COMMITTED | BEGUN if person == user.pk]
    return Film.objects.filter(cases__in=begun).values("pk")


def attempts_by_key(case: Any) -> dict[int, int]:
    return {1: sum(one == case.pk for _, one in COMMITTED)}
