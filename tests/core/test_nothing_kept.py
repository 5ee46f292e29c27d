"""What the API and the pages of the signed-in answer is kept nowhere, unless its view says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from rest_framework.test import APIClient

from gazeapp.core.middleware import NothingKept
from tests.accounts.signing_in import add_second_factor, admin_client
from tests.cases.films import stored_case
from tests.core.test_pages import pages_for_the_signed_in
from tests.exports.small import small_release
from tests.permissions.routes import http_routes

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


def accounts_pages() -> list[str]:
    return sorted(f"/{route.pattern}" for route in http_routes() if route.pattern.startswith("accounts/"))


@pytest.mark.parametrize("second_factor", [False, True])
def test_no_page_is_kept_of_who_is_signed_in(second_factor: bool, cast: SimpleNamespace) -> None:
    """All of ours, and those of packages: signing in, the password, the second factor and its codes, records."""
    client = admin_client()
    if second_factor:
        add_second_factor(cast.admin)
    pages = ["/", *pages_for_the_signed_in(), *accounts_pages(), "/admin/", "/nowhere/", "/cases"]
    kept = []
    for path in pages:
        answer = client.get(path)
        said = set(answer.headers.get("Cache-Control", "").split(", "))
        if not {"no-store", "private"} <= said and not (answer.status_code >= 400 and "no-store" in said):
            kept.append((path, answer.status_code, said))
    assert kept == []


def test_a_form_that_was_taken_is_not_kept_either(cast: SimpleNamespace) -> None:
    answer = admin_client().post("/accounts/logout/")
    assert (answer.status_code, answer["Cache-Control"]) == (302, "private, no-store")


def test_what_a_view_says_itself_stands_and_strangers_are_told_nothing() -> None:
    def view(request: Any) -> HttpResponse:
        return HttpResponse(headers={"Cache-Control": "max-age=60"} if request.path == "/own/" else {})

    signed_in, stranger = RequestFactory(), RequestFactory()
    signed_in.cookies["sessionid"] = "somebody"
    assert NothingKept(view)(signed_in.get("/own/"))["Cache-Control"] == "max-age=60"
    assert NothingKept(view)(signed_in.get("/page/"))["Cache-Control"] == "private, no-store"
    assert "Cache-Control" not in NothingKept(view)(stranger.get("/page/"))


def test_static_files_are_kept_as_ever(cast: SimpleNamespace, settings: SimpleNamespace, tmp_path: Path) -> None:
    (tmp_path / "room.css").write_text("main {}")
    settings.STATIC_ROOT = tmp_path
    client = Client()
    client.force_login(cast.resident, backend="gazeapp.accounts.backends.PeopleBackend")
    answer = client.get("/static/room.css")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "max-age=60, public")
