"""What people agree to: asked once a text, changed at any time, and counted from the next query on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from gazeapp.accounts import consents
from gazeapp.accounts.consents import TEXTS, Purpose
from gazeapp.accounts.models import Consent, User
from gazeapp.accounts.selectors import consenting, consents_of, is_to_be_asked
from gazeapp.accounts.services import answer_consent
from gazeapp.core.models import AuditEvent
from gazeapp.core.problems import Problem

pytestmark = pytest.mark.django_db
VERSIONS = {purpose: text.version for purpose, text in TEXTS.items()}
PAGE = "/people/me/consent/"
ClientFor = Callable[[Any], Client]


def says(person: User, **answers: bool) -> None:
    answer_consent(person=person, answers=answers, versions=VERSIONS)


def form(answer: str = "yes", **more: str) -> dict[str, str]:
    values = {purpose: answer for purpose in TEXTS}
    return {**values, **{f"{purpose}-version": str(text.version) for purpose, text in TEXTS.items()}, **more}


@pytest.fixture
def resident(cast: SimpleNamespace) -> User:
    person: User = cast.resident
    return person


def test_nobody_consents_before_they_are_asked(resident: User) -> None:
    assert consents_of(resident) == {"teaching": None, "research": None, "training": None}
    assert is_to_be_asked(resident)
    assert not consenting(Purpose.TEACHING).exists()


def test_a_yes_counts_for_its_purpose_only_and_a_no_for_none(resident: User) -> None:
    says(resident, teaching=True, research=False, training=False)
    assert not is_to_be_asked(resident)
    assert [consenting(purpose).filter(pk=resident.pk).exists() for purpose in Purpose] == [True, False, False]


def test_the_newest_answer_counts_and_the_earlier_ones_are_kept(resident: User) -> None:
    says(resident, teaching=True, research=True, training=True)
    says(resident, research=False)
    assert [consenting(purpose).exists() for purpose in Purpose] == [True, False, True]
    says(resident, research=True)
    assert consenting(Purpose.RESEARCH).exists()
    assert Consent.objects.filter(person=resident, purpose="research").count() == 3


def test_a_text_that_is_reworded_is_asked_again_and_the_old_yes_no_longer_counts(
    resident: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(resident, teaching=True, research=True, training=True)
    text = TEXTS[Purpose.TRAINING]
    monkeypatch.setitem(consents.TEXTS, Purpose.TRAINING, replace(text, version=text.version + 1))
    assert consents_of(resident) == {"teaching": True, "research": True, "training": None}
    assert is_to_be_asked(resident)
    assert not consenting(Purpose.TRAINING).exists()


def test_an_answer_to_another_text_than_todays_is_refused_and_nothing_is_kept(resident: User) -> None:
    with pytest.raises(Problem) as refused:
        answer_consent(person=resident, answers={"teaching": True, "research": True}, versions={"teaching": 1})
    assert refused.value.kind == "text-changed"
    assert not Consent.objects.exists()


def test_somebody_who_was_deactivated_consents_to_nothing(resident: User) -> None:
    says(resident, teaching=True, research=True, training=True)
    resident.is_active = False
    resident.save()
    assert not consenting(Purpose.TEACHING).exists()


def test_an_answer_stands_in_the_audit_trail(resident: User) -> None:
    says(resident, teaching=True, research=False, training=False)
    row = AuditEvent.objects.get(verb="consent")
    assert row.detail == {"teaching": True, "research": False, "training": False}


def test_the_page_takes_answers_and_leads_on_to_where_one_came_from(resident: User, client_for: ClientFor) -> None:
    client = client_for(resident)
    answer = client.post(PAGE, form(next="/practice/", research="no"))
    assert (answer.status_code, answer["Location"]) == (302, "/practice/")
    assert consents_of(resident) == {"teaching": True, "research": False, "training": True}
    page = client.get(PAGE).text
    assert page.count("checked") == 3


def test_who_came_from_their_profile_saves_and_is_there_again(resident: User, client_for: ClientFor) -> None:
    client = client_for(resident)
    assert ">Save</button>" in client.get(PAGE).text
    answer = client.post(PAGE, form(next=""), follow=True)
    assert answer.redirect_chain == [("/people/me/", 302)]
    assert "Your answers are saved." in answer.text


@pytest.mark.parametrize("onward", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_the_page_never_leads_elsewhere(resident: User, client_for: ClientFor, onward: str) -> None:
    answer = client_for(resident).post(PAGE, form(next=onward))
    assert answer["Location"] == "/people/me/"


@pytest.mark.parametrize("broken", [{"teaching": ""}, {"teaching": "perhaps"}])
def test_the_page_asks_again_for_what_was_not_answered(
    resident: User, client_for: ClientFor, broken: dict[str, str]
) -> None:
    answer = client_for(resident).post(PAGE, form(**broken))
    assert answer.status_code == 422
    assert "Answer each question" in answer.text
    assert not Consent.objects.exists()


@pytest.mark.parametrize("version", ["0", "2", "x", "", "9" * 30, "9" * 5000, "²"])
def test_the_page_says_when_a_question_was_reworded(resident: User, client_for: ClientFor, version: str) -> None:
    client = client_for(resident)
    answer = client.post(PAGE, form(**{"training-version": version}), follow=True)
    assert "reworded meanwhile" in answer.text
    assert not Consent.objects.exists()


def test_the_profile_says_what_was_answered(resident: User, client_for: ClientFor) -> None:
    assert client_for(resident).get("/people/me/").text.count("not asked yet") == 3
    says(resident, teaching=True, research=False, training=False)
    assert "not asked yet" not in client_for(resident).get("/people/me/").text
    assert client_for(resident).get("/api/v1/me/consents/").json() == {
        "teaching": True,
        "research": False,
        "training": False,
    }
