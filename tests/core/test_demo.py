"""What is still to come of the demo, as everybody's home says it while it is made in the background."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
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


@pytest.mark.parametrize(
    ("role", "address", "of", "words"),
    [
        ("faculty", "/studies/", "studies", "a closed study with its results, a study to rate"),
        ("faculty", "/rate/", "rate", "a study to rate"),
        ("faculty", "/ladder/", "ladder", "16 practice films on the ladder (3 so far)"),
        ("admin", "/models/", "models", "a release of simulated readings and a training from it"),
        ("researcher", "/models/", "models", "a release of simulated readings and a training from it"),
        ("admin", "/releases/", "releases", "a release of simulated readings"),
    ],
)
def test_a_list_that_is_empty_until_then_says_so_too(
    cast: SimpleNamespace, client_for: ClientFor, role: str, address: str, of: str, words: str
) -> None:
    client = client_for(getattr(cast, role))
    made(demo.FILM, 3)
    for asked in (address, f"/demo/?of={of}"):
        assert f"{LINE} To come: {words}." in client.get(asked).text
    assert f'data-demo="/demo/?of={of}"' in client.get(address).text
    made(demo.OVER)
    assert LINE not in client.get(address).text + client.get(f"/demo/?of={of}").text


def test_the_line_of_a_list_that_is_not_one_is_that_of_ones_home(cast: SimpleNamespace, client_for: ClientFor) -> None:
    assert "a first practice film" in client_for(cast.resident).get("/demo/?of=admin").text


def test_each_role_is_told_of_what_its_home_will_hold_and_how_many_films_there_are_so_far() -> None:
    assert coming("resident") == "a first practice film, all 16 practice films (0 so far)"
    made(demo.FILM, 7)
    assert coming("resident") == "all 16 practice films (7 so far)"
    assert coming("faculty") == "a study to rate, all 16 practice films (7 so far)"
    made(demo.STUDY)
    assert coming("faculty").startswith("a study to rate")  # the closed one comes first
    assert coming("admin") == "a release of simulated readings and a training from it"
    assert coming("researcher") == "a release of simulated readings"


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
