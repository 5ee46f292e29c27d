"""One address, two answers: the whole page for a browser, the list alone for htmx, and neither for a stranger."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gazeapp.cases.models import Case
from gazeapp.core.models import Job
from tests.permissions.routes import http_routes

LISTS = {
    "/cases/": "cases:library",
    "/overview/": "core:overview",
    "/jobs/": "core:jobs",
    "/quarantine/": "cases:quarantine",
    "/sets/": "cases:sets",
    "/practice/attempts/": "practice:attempts",
    "/recordings/": "recordings:list",
}
NAMED = {
    *LISTS.values(),
    "cases:new",
    "people",
    "core:demo",
    "profile",
    "consent",
    "practice:home",
    "recordings:import",
    "practice:progress",
    "practice:teaching",
    "ratings:rate",
    "ratings:studies",
    "difficulty:ladder",
    "difficulty:harder",
    "exports:releases",
    "exports:browse",
    "exports:data",
    "exports:access",
    "training:models",
    "training:new-run",
}
BY_ID = {
    "cases:room",
    "cases:key",
    "cases:set",
    "practice:attempt",
    "practice:feedback",
    "recordings:recording",
    "ratings:item",
    "ratings:study",
    "exports:release",
    "training:model",
    "training:run",
}
SENT = {"core:role", "practice:next", "practice:close-objection"}  # forms, and what a link only leads on from
HTMX = {"HX-Request": "true"}
RESTORE = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
ClientFor = Callable[[Any], Client]


@pytest.fixture
def admin(cast: SimpleNamespace, client_for: ClientFor) -> Client:
    return client_for(cast.admin)


def whole(text: str) -> bool:
    return "<html" in text and "</html>" in text


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(("headers", "is_whole"), [({}, True), (HTMX, False), (RESTORE, True)])
def test_a_browser_gets_the_page_htmx_the_list_and_history_the_page(
    admin: Client, path: str, headers: dict[str, str], is_whole: bool
) -> None:
    answer = admin.get(path, headers=headers)
    assert answer.status_code == 200
    assert whole(answer.text) is is_whole
    assert ("<h1" in answer.text) is is_whole


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("headers", [{}, HTMX, RESTORE])
def test_nobody_can_keep_the_list_and_give_it_for_the_page(admin: Client, path: str, headers: dict[str, str]) -> None:
    answer = admin.get(path, headers=headers)
    assert {"HX-Request", "HX-History-Restore-Request"} <= set(answer["Vary"].split(", "))
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))


def pages_for_the_signed_in() -> list[str]:
    """Our own pages that can be visited, the home page apart: it only leads on."""
    ident = f"{'0' * 8}-0000-4000-8000-{'0' * 12}"
    return [*(reverse(name) for name in sorted(NAMED)), *(reverse(name, args=[ident]) for name in sorted(BY_ID))]


def test_every_page_of_ours_is_in_that_list() -> None:
    names = {route.name for route in http_routes() if not route.pattern.startswith(("api/", "admin/", "accounts/"))}
    assert names - NAMED - BY_ID - SENT == {"core:home", "make-token", "delete-token", "make-link", "use-link"}


@pytest.mark.parametrize("path", pages_for_the_signed_in())
@pytest.mark.parametrize("query", ["", "?search=heart&page=2"])
def test_when_the_session_is_over_a_browser_and_htmx_both_leave_for_sign_in_and_come_back(
    db: None, path: str, query: str
) -> None:
    came_from = f"/accounts/login/?next={path}{query.replace('?', '%3F').replace('=', '%3D').replace('&', '%26')}"
    answer = Client().get(path + query)
    assert (answer.status_code, answer["Location"]) == (302, came_from)
    answer = Client().get(path + query, headers=HTMX)
    assert (answer.status_code, answer["HX-Redirect"]) == (200, came_from)
    assert answer.content == b""
    assert "no-store" in answer["Cache-Control"]


def test_going_back_in_history_without_a_session_shows_sign_in_as_a_page(db: None) -> None:
    answer = Client().get("/cases/", headers=RESTORE, follow=True)
    assert whole(answer.text)
    assert "Password" in answer.text


@pytest.mark.parametrize(
    ("referer", "way_back"),
    [
        ("http://testserver/people/me/?a=1#tokens", "%3Fa%3D1"),
        ("http://elsewhere.example/people/me/", None),
        ("", None),
    ],
)
def test_a_form_that_was_sent_too_late_leads_back_to_its_page_and_never_elsewhere(
    db: None, referer: str, way_back: str | None
) -> None:
    answer = Client().post("/people/me/tokens/", headers={"Referer": referer})
    wanted = f"/people/me/{way_back}" if way_back else "/"
    assert answer["Location"] == f"/accounts/login/?next={wanted}"


def test_the_links_to_older_and_newer_keep_every_filter(
    cast: SimpleNamespace, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gazeapp.cases.views.CASES_PER_PAGE", 1)
    for number in range(3):
        Case.objects.create(owner=cast.admin, title=f"Heart & lung {number}")
    query = "search=heart+%26&whose=mine&state=receiving&kind=real"
    for headers in ({}, HTMX):
        text = client_for(cast.admin).get(f"/cases/?{query}&page=2", headers=headers).text
        for number in (1, 3):
            assert f'href="?{query.replace("&", "&amp;")}&amp;page={number}"' in text


def test_the_links_of_the_jobs_keep_the_state_too(
    admin: Client, queued: Callable[[], Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gazeapp.core.views.JOBS_PER_PAGE", 1)
    queued()
    queued()
    assert 'href="?state=queued&amp;page=2"' in admin.get("/jobs/?state=queued", headers=HTMX).text
    assert 'href="?page=2"' in admin.get("/jobs/").text
