"""What is still to come of the demo, as everybody's home says it while it is made in the background."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.test import APIClient

from gazeapp.core import audit, demo
from gazeapp.core.models import AuditEvent

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Any], APIClient]
HOMES = {"resident": "/practice/", "faculty": "/teaching/", "admin": "/overview/", "researcher": "/releases/"}
LINE = "The demo is still being made."


@pytest.fixture(autouse=True)
def demo_mode(settings: Any) -> None:
    settings.DEMO = True
    audit.record("demo", demo.BEGUN, "demo")


def made(verb: str, number: int = 1) -> None:
    for n in range(number):
        audit.record("demo", verb, f"{verb}:{n}")


def coming(role: str) -> str:
    return ", ".join(demo.line(role)["coming"])


@pytest.mark.parametrize("role", HOMES)
def test_every_home_says_what_is_to_come_until_it_is_there(
    cast: SimpleNamespace, client_for: ClientFor, role: str
) -> None:
    client = client_for(getattr(cast, role))

    def seen() -> list[bool]:
        return [LINE in client.get(address).content.decode() for address in (HOMES[role], "/demo/")]

    assert seen() == [True, True]
    made(demo.FILM, 16)
    made(demo.STUDY, 2)
    made(demo.RUN)
    assert seen() == [False, False]


def test_each_role_is_told_of_what_its_home_will_hold_and_about_when() -> None:
    assert coming("resident") == "a first practice film in about a minute, all 16 practice films in about 4 minutes"
    made(demo.FILM, 7)
    assert coming("resident") == "all 16 practice films in about 4 minutes"
    assert coming("faculty").startswith("a study to rate in about 3 minutes, all 16 practice films")
    made(demo.STUDY)
    assert coming("faculty").startswith("a study to rate")  # the closed one comes first
    assert coming("admin") == "a release of simulated readings and a training from it in about 6 minutes"
    AuditEvent.objects.filter(verb=demo.BEGUN).update(at=timezone.now() - timedelta(minutes=9))
    assert coming("researcher") == "a release of simulated readings soon"


def test_nothing_is_promised_outside_of_demo_mode_or_after_its_end(settings: Any) -> None:
    made(demo.OVER)
    assert not coming("faculty")
    AuditEvent.objects.filter(verb=demo.OVER).delete()
    assert coming("faculty")
    settings.DEMO = False
    assert not coming("faculty")


def test_a_demo_that_cannot_be_made_promises_nothing_more(
    cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ml.simulator import teaching

    def none() -> None:
        raise teaching.NoChestCT("it is not here")

    monkeypatch.setattr(teaching, "project", none)
    type(cast.faculty).objects.filter(pk=cast.faculty.pk).update(is_demo=True)
    with pytest.raises(CommandError):
        call_command("demo_practice_set")
    assert not coming("resident")
