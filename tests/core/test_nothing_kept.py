"""What the API answers is kept nowhere, unless its view says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rest_framework.test import APIClient

from tests.cases.films import stored_case
from tests.exports.small import small_release

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Any], APIClient]


@pytest.mark.parametrize(
    "path",
    ["me/", "me/consents/", "tokens/", "cases/", "jobs/", "overview/", "recordings/", "releases/", "data/requests/",
     "data/withdrawals/", "models/", "training/runs/", "ladder/", "events/?subject=jobs", "schema/"],
)  # fmt: skip
def test_answers_of_the_api_are_not_kept(path: str, cast: SimpleNamespace, client_for: ClientFor) -> None:
    answer = client_for(cast.admin).get(f"/api/v1/{path}")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")


@pytest.mark.parametrize(("path", "code"), [("me/", 401), ("nowhere/", 404)])
def test_refusals_are_not_kept_either(path: str, code: int, client: APIClient) -> None:
    answer = client.get(f"/api/v1/{path}")
    assert (answer.status_code, answer["Cache-Control"]) == (code, "no-store")


def test_a_film_is_kept_by_its_own_browser_and_asked_for_by_its_tag_each_time(
    cast: SimpleNamespace, client_for: ClientFor
) -> None:
    case = stored_case(cast.resident, np.arange(80).reshape(8, 10))
    client = client_for(cast.resident)
    detail = client.get(f"/api/v1/cases/{case.pk}/film/")
    assert detail["Cache-Control"] == "no-store"
    pixels = client.get(detail.json()["pixels"])
    assert pixels["Cache-Control"] == "private, no-cache"
    again = client.get(detail.json()["pixels"], headers={"If-None-Match": pixels["ETag"]})
    assert (again.status_code, again["Cache-Control"]) == (304, pixels["Cache-Control"])


def test_a_download_says_it_itself_and_goes_on_after_a_cut(cast: SimpleNamespace, client_for: ClientFor) -> None:
    release = small_release(cast.researcher)
    path = f"/api/v1/releases/{release.pk}/archive/"
    answer = client_for(cast.researcher).get(path, headers={"Range": "bytes=2-"})
    assert (answer.status_code, answer["Cache-Control"]) == (206, "private, no-store")
    assert answer["ETag"] == f'"{release.archive["sha256"]}"'
