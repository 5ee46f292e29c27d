"""What somebody deletes while somebody else works on it: the second is told that it is not here."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models import QuerySet
from rest_framework.test import APIClient

from gazeapp.cases import selectors
from gazeapp.cases.models import Case, Film

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_words")]
REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "": ("PATCH", {"title": "Another"}),
    "confirm-report/": ("POST", {"text": "Clear lungs."}),
    "release/": ("POST", {}),
    "reject/": ("POST", {}),
    "hide/": ("POST", {}),
}


@pytest.mark.parametrize("verb", [*REQUESTS, "delete"])
def test_a_change_of_a_case_that_was_just_deleted_is_told_so(
    take: Any,
    cast: SimpleNamespace,
    client_for: Callable[[Any], APIClient],
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
) -> None:
    case, look = take(), selectors.case_for

    def delete_after_the_look(*args: Any) -> Case:
        found = look(*args)
        Case.objects.filter(pk=found.pk).delete()
        return found

    monkeypatch.setattr(selectors, "case_for", delete_after_the_look)
    method, body = REQUESTS.get(verb, ("DELETE", {}))
    address = f"/api/v1/cases/{case.pk}/{verb if verb in REQUESTS else ''}"
    answer = client_for(cast.admin).generic(method, address, json.dumps(body), "application/json")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_a_film_that_goes_between_two_looks_is_answered_all_the_same(
    take: Any, cast: SimpleNamespace, client_for: Callable[[Any], APIClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    film, exists = take().film, QuerySet.exists

    def gone_after_the_look(rows: QuerySet[Any]) -> bool:
        found = exists(rows)
        if rows.model is Case:
            Case.objects.all().delete()
            Film.objects.all().delete()
        return found

    monkeypatch.setattr(QuerySet, "exists", gone_after_the_look)
    answers = [client_for(cast.resident).get(f"/api/v1/films/{film.sha256}/pixels/").status_code for _ in range(2)]
    assert answers == [200, 404]
