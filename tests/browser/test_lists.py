"""The lists in a real browser: filters in the address, Back, reload, the browser's cache, a session that is over."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.browser.reading_room import Visit, ask, until
from tests.live.stack import Stack


@pytest.fixture
def library(stack: Stack, visit: Visit) -> Page:
    """The library of somebody with three cases; `page.name` is who."""
    page = visit()
    for title in ("Heart", "Heart and lung", "Bones"):
        stack.ask("listed_case", username=page.name, title=title)  # type: ignore[attr-defined]
    page.goto("/cases/")
    expect(page.locator(".card")).to_have_count(3)
    return page


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def shows(page: Page, *titles: str) -> None:
    """The whole page, with these cases in its list."""
    expect(page.locator("header.bar")).to_be_visible()
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    expect(page.get_by_label("Search", exact=True)).to_be_visible()
    expect(page.locator(".card h2")).to_have_text(list(titles))
    assert page.locator("head link[rel=stylesheet]").count() == 1


def test_back_from_a_case_shows_the_page_with_its_filters_and_what_they_found(library: Page) -> None:
    library.get_by_label("Search", exact=True).fill("heart")
    shows(library, "Heart and lung", "Heart")
    library.get_by_label("Whose").select_option("mine")
    until(library, lambda: asked(library) == {"search": ["heart"], "whose": ["mine"]})
    library.get_by_role("link", name="Heart and lung").click()
    library.wait_for_url(re.compile("/cases/[0-9a-f-]{36}/"))
    library.go_back()
    shows(library, "Heart and lung", "Heart")
    assert asked(library) == {"search": ["heart"], "whose": ["mine"]}
    expect(library.get_by_label("Search", exact=True)).to_have_value("heart")
    expect(library.get_by_label("Whose")).to_have_value("mine")
    library.reload()
    shows(library, "Heart and lung", "Heart")
    expect(library.get_by_label("Whose")).to_have_value("mine")


def test_back_and_forward_go_through_the_filters_one_by_one(stack: Stack, library: Page) -> None:
    search, state = library.get_by_label("Search", exact=True), library.get_by_label("State")
    search.fill("heart")
    shows(library, "Heart and lung", "Heart")
    state.select_option("ready")
    expect(library.get_by_text("No case fits")).to_be_visible()
    library.go_back()
    shows(library, "Heart and lung", "Heart")
    expect(search).to_have_value("heart")
    expect(state).to_have_value("")
    library.go_back()
    shows(library, "Bones", "Heart and lung", "Heart")
    expect(search).to_have_value("")
    library.go_forward()
    shows(library, "Heart and lung", "Heart")
    expect(search).to_have_value("heart")
    stack.ask("listed_case", username=library.name, title="A newer heart")  # type: ignore[attr-defined]  # the page that came back is a live one
    shows(library, "A newer heart", "Heart and lung", "Heart")


def test_leaving_the_search_box_asks_nothing_and_adds_no_step_to_go_back_over(library: Page) -> None:
    search = library.get_by_label("Search", exact=True)
    search.press_sequentially("heart", delay=10)
    shows(library, "Heart and lung", "Heart")
    steps = library.evaluate("() => history.length")
    requests: list[str] = []
    library.on("request", lambda request: requests.append(request.url) if "search=" in request.url else None)
    search.blur()
    search.focus()
    library.keyboard.press("Enter")
    library.wait_for_timeout(500)
    assert requests == []
    assert library.evaluate("() => history.length") == steps


def test_the_browsers_cache_has_no_list_to_give_for_the_page(library: Page) -> None:
    library.get_by_label("Search", exact=True).fill("bones")
    shows(library, "Bones")
    for cache in ("force-cache", "default"):
        text = library.evaluate("(cache) => fetch(location.href, { cache }).then((answer) => answer.text())", cache)
        assert "<html" in text
    library.goto(library.url)
    shows(library, "Bones")


@pytest.mark.parametrize("ends", ["while searching", "before going back"])
def test_when_the_session_is_over_the_page_is_left_for_sign_in_which_leads_back(library: Page, ends: str) -> None:
    library.get_by_label("Search", exact=True).fill("heart")
    shows(library, "Heart and lung", "Heart")
    if ends == "while searching":
        library.context.clear_cookies(name="sessionid")
        library.get_by_label("Search", exact=True).fill("bones")
        word = "bones"
    else:
        library.get_by_role("link", name="Heart and lung").click()
        library.wait_for_url(re.compile("/cases/[0-9a-f-]{36}/"))
        library.context.clear_cookies(name="sessionid")
        library.go_back()
        word = "heart"
    library.wait_for_url(re.compile("/accounts/login/"))
    expect(library.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(library.locator("#cases")).to_have_count(0)
    assert asked(library) == {"next": [f"/cases/?search={word}"]}


def test_what_happens_before_the_line_stands_is_news_to_the_library(stack: Stack, visit: Visit) -> None:
    page = visit()

    def late(line: WebSocketRoute) -> None:
        stack.ask("listed_case", username=page.name, title="Meanwhile")  # type: ignore[attr-defined]
        line.connect_to_server()

    page.route_web_socket(re.compile("/ws/live/"), late)
    page.goto("/cases/")
    shows(page, "Meanwhile")


def test_what_happens_before_the_line_stands_is_news_to_the_job_page(stack: Stack, visit: Visit) -> None:
    page = visit("admin")
    queued: list[str] = []

    def late(line: WebSocketRoute) -> None:
        queued.append(stack.ask("enqueue", queue="io", seconds=0.1))
        line.connect_to_server()

    page.route_web_socket(re.compile("/ws/live/"), late)
    page.goto("/jobs/")
    until(page, lambda: bool(queued))
    expect(page.locator(f'tr[data-job="{queued[0]}"]')).to_have_count(1)


def test_a_filter_is_not_undone_by_older_news_of_the_list_that_come_late(stack: Stack, library: Page) -> None:
    held: list[Route] = []
    library.route(lambda url: urlsplit(url).path == "/cases/", lambda route: held.append(route), times=1)
    stack.ask("listed_case", username=library.name, title="News")  # type: ignore[attr-defined]
    until(library, lambda: len(held) == 1)  # the list's own refresh is on its way
    library.get_by_label("Search", exact=True).fill("bones")
    shows(library, "Bones")
    held[0].continue_()
    library.wait_for_timeout(700)
    shows(library, "Bones")
    htmx_tells = {"htmx:afterRequest, [object HTMLDivElement]", "htmx:sendAbort, [object HTMLDivElement]"}
    assert set(library.said) <= htmx_tells  # type: ignore[attr-defined]  # of the refresh that the filter replaced
    library.said.clear()  # type: ignore[attr-defined]


def test_a_list_that_does_not_come_is_said_and_what_was_there_stays(library: Page) -> None:
    library.route(lambda url: "search=" in url, lambda route: route.fulfill(status=500, body="oh"))
    library.get_by_label("Search", exact=True).fill("heart")
    expect(library.get_by_text("The list did not come")).to_be_visible()
    expect(library.locator(".card")).to_have_count(3)
    library.said.clear()  # type: ignore[attr-defined]  # the browser writes a failed request on its console


def test_the_jobs_too_come_back_with_their_filter(stack: Stack, visit: Visit) -> None:
    for number in range(2):
        stack.ask("cancel", id=stack.ask("enqueue", queue="io", seconds=600, subject=f"test:{number}"))
    page = visit("admin")
    page.goto("/jobs/")
    page.get_by_label("State").select_option("cancelled")
    all_there_are = len(ask(page, "/api/v1/jobs/?state=cancelled")["results"])  # other tests cancelled some too
    assert all_there_are >= 2
    expect(page.locator("tr[data-job]")).to_have_count(all_there_are)
    until(page, lambda: asked(page) == {"state": ["cancelled"]})
    page.goto("/people/me/")
    page.go_back()
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    expect(page.get_by_label("State")).to_have_value("cancelled")
    expect(page.locator("tr[data-job]")).to_have_count(all_there_are)
    page.go_back()
    expect(page.get_by_label("State")).to_have_value("")


def test_a_new_token_is_made_once_however_often_its_page_is_loaded(visit: Visit) -> None:
    page = visit()
    page.goto("/people/me/")
    before = page.locator("tbody tr").count()
    page.get_by_role("button", name="Make a token").click()
    expect(page.get_by_label("New token")).to_be_visible()
    for again in (page.reload, page.reload):
        again()
        expect(page.locator("tbody tr")).to_have_count(before + 1)
        expect(page.get_by_label("New token")).to_have_count(0)
