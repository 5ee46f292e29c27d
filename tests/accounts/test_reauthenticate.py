"""Showing one's password once more, before what cannot be undone."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.http import HttpRequest
from django.test import Client, RequestFactory
from rest_framework.request import Request

from gazeapp.accounts.models import User
from gazeapp.accounts.services import reauthenticate
from gazeapp.core.models import AuditEvent
from gazeapp.core.problems import Problem
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def counted_anew() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def request_of() -> HttpRequest:
    request = RequestFactory().post("/")
    request.session = SessionStore()
    return request


def refused(user: User, password: str, request: Any) -> str:
    with pytest.raises(Problem) as caught:
        reauthenticate(user=user, password=password, request=request)
    return f"{caught.value.kind} {caught.value.code}"


def test_the_right_password_passes_and_signs_nobody_in(cast: SimpleNamespace, request_of: HttpRequest) -> None:
    reauthenticate(user=cast.admin, password=PASSWORD, request=request_of)
    reauthenticate(user=cast.admin, password=PASSWORD, request=Request(request_of))
    assert not get_user(request_of).is_authenticated


def test_a_wrong_one_and_somebody_elses_are_refused_in_words(cast: SimpleNamespace, request_of: HttpRequest) -> None:
    assert refused(cast.admin, "guessed", request_of) == "wrong-password 403"
    cast.faculty.set_password("another long pass phrase")
    cast.faculty.save()
    assert refused(cast.admin, "another long pass phrase", request_of) == "wrong-password 403"
    assert AuditEvent.objects.filter(verb="sign-in-failed").count() == 2


def test_wrong_ones_are_counted_and_right_ones_are_not(cast: SimpleNamespace, request_of: HttpRequest) -> None:
    for _ in range(8):
        reauthenticate(user=cast.admin, password=PASSWORD, request=request_of)
    for _ in range(5):
        assert refused(cast.admin, "guessed", request_of) == "wrong-password 403"
    assert refused(cast.admin, PASSWORD, request_of) == "too-many 429"
    reauthenticate(user=cast.faculty, password=PASSWORD, request=request_of)  # of somebody else


def test_they_are_counted_together_with_those_at_sign_in(cast: SimpleNamespace, request_of: HttpRequest) -> None:
    for _ in range(5):
        refused(cast.admin, "guessed", request_of)
    answer = Client().post("/accounts/login/", {"login": "admin", "password": PASSWORD})
    assert answer.status_code == 429


def test_who_is_deactivated_cannot(cast: SimpleNamespace, request_of: HttpRequest) -> None:
    User.objects.filter(pk=cast.admin.pk).update(is_active=False)
    assert refused(cast.admin, PASSWORD, request_of) == "wrong-password 403"
