"""What waits to be rated stands where a rater begins."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from rest_framework.test import APIClient

from tests.practice.conftest import consent
from tests.ratings import study

pytestmark = pytest.mark.django_db


def page(client: APIClient) -> str:
    return str(client.get("/teaching/").content.decode())


def test_home_says_how_many_items_wait_and_leads_to_the_next_one(running: SimpleNamespace) -> None:
    seen = page(running.first)
    (row,) = study.queued(running.first)
    assert f"0 of {row['of']} rated; what is left takes about {row['minutes']} minutes" in seen
    assert f'href="/rate/{row["next"]}/"' in seen
    assert "Nothing waits for you." not in seen


def test_who_rates_nothing_is_told_of_no_study(running: SimpleNamespace) -> None:
    for client in (running.organiser, running.manager):
        assert running.study["name"] not in page(client)


def test_a_closed_study_waits_no_more(running: SimpleNamespace) -> None:
    assert study.close(running.organiser, running.study).status_code == 200
    assert running.study["name"] not in page(running.first)
    assert "Nothing waits for you." in page(running.first)


def test_a_rater_who_was_never_asked_about_consent_is_led_to_the_questions_and_back(running: SimpleNamespace) -> None:
    seen = str(running.first.get("/rate/").content.decode())
    assert 'href="/people/me/consent/?next=/rate/"' in seen
    consent(running.ada)
    assert "/me/consent/" not in str(running.first.get("/rate/").content.decode())
