"""A practice set whose three cases stand on the ladder, and ways to read and compare them."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework.test import APIClient

from gazeapp.cases.models import Case, SetCase
from gazeapp.core.models import Event
from gazeapp.difficulty import services
from gazeapp.difficulty.models import Place
from tests.practice.conftest import consent, teaching

__all__ = ["consent", "teaching"]
API = "/api/v1/ladder"


@pytest.fixture
def ladder(teaching: SimpleNamespace) -> SimpleNamespace:
    """The three cases of the set with a place each, as after the approval of their keys."""
    services.recompute()
    return teaching


@pytest.fixture
def faculty(ladder: SimpleNamespace, client_for: Callable[[Any], APIClient]) -> APIClient:
    return client_for(ladder.faculty)


@pytest.fixture
def resident(ladder: SimpleNamespace, client_for: Callable[[Any], APIClient]) -> APIClient:
    return client_for(ladder.resident)


def only(*cases: Case) -> None:
    """From now on only these are practised."""
    SetCase.objects.exclude(case__in=cases).update(agreed=False)


def place(case: Case) -> Place:
    return Place.objects.get(case=case)


def ladder_rows(client: APIClient, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(f"{API}/", query)
    assert answer.status_code == 200, answer.json()
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


def compare(client: APIClient, left: Case, right: Case, harder: str, **more: Any) -> Any:
    body = {"left": str(left.pk), "right": str(right.pk), "harder": harder, "seconds": 4.5, **more}
    return client.post(f"{API}/comparisons/", body, format="json")


def moved(subject: str = "ladder") -> list[dict[str, Any]]:
    """The rows that the live subject told of, in order."""
    events = Event.objects.filter(subject=subject, type="ladder.moved").order_by("seq")
    return [event.data["row"] for event in events]
