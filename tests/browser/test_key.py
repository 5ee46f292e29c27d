"""An author in Chromium: a finding is drawn by mouse and by keys, saved by itself, approved, practised in a set."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.reading_room import PATIENCE, REPORT, Visit, ask, film_file, until
from tests.live.stack import Stack, eventually

PLACE = """([x, y]) => {
    const box = key.viewport.host.getBoundingClientRect();
    const at = key.viewport.toScreen(x, y);
    return [box.left + at.x, box.top + at.y];
}"""


# The panel beside the film is filled, and the viewer knows the size that it left to the film.
SETTLED = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
    const box = key.viewport.host.getBoundingClientRect();
    const { width, height } = key.viewport.viewer.view;
    done(Math.abs(box.width - width) < 1 && Math.abs(box.height - height) < 1);
})))"""


def new_case(stack: Stack) -> str:
    """A ready case of somebody's with a real film of 1955 by 1841 pixels."""
    person = stack.ask("person", username=f"p{secrets.token_hex(4)}", roles=["resident"])
    with film_file().open("rb") as file, httpx.Client(base_url=stack.url, timeout=30) as client:
        client.headers["Authorization"] = f"Bearer {person['token']}"
        sent = client.post("/api/v1/cases/", data={"report": REPORT, "title": "A film"}, files={"file": file})
        ident = str(sent.json()["id"])
        eventually(lambda: client.get(f"/api/v1/cases/{ident}/").json()["state"] == "ready", PATIENCE / 1000)
    return ident


@pytest.fixture(scope="module")
def case(stack: Stack) -> str:
    """One case for the tests that leave no key behind."""
    return new_case(stack)


@pytest.fixture
def author(visit: Visit, case: str) -> Iterator[Page]:
    """Faculty at the answer key of that case, which holds no draft; what they leave there is saved before they go."""
    page = visit("faculty")
    page.on("dialog", lambda dialog: dialog.accept())  # that it is not saved yet
    page.goto(f"/cases/{case}/key/")
    page.wait_for_selector("[data-film-status=shown]", timeout=PATIENCE)
    expect(page.locator("[data-version]")).not_to_be_empty(timeout=PATIENCE)
    if page.locator("[data-version]").inner_text().startswith("Draft"):  # of the test before, saved as its page closed
        page.get_by_role("button", name="Throw the draft away").click()
        page.locator("dialog[open] [data-yes]").click()
        expect(page.locator("[data-version]")).not_to_contain_text("Draft")
    until(page, lambda: page.evaluate("() => key.editor.doc.findings.length === 0 && key.editor.doc.note === ''"), 20)
    until(page, lambda: page.evaluate(SETTLED), 20)
    yield page
    page.evaluate("async () => { if (window.key) await key.saver.flush() }")


def kept(page: Page, case: str) -> Any:
    """The draft as the API has it, once the page says that it is saved."""
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"^saved \d\d:\d\d$"), timeout=PATIENCE)
    return ask(page, f"/api/v1/cases/{case}/key/")["draft"]


def drag(page: Page, start: tuple[float, float], to: tuple[float, float]) -> None:
    """From one place on the film to another, film fractions."""
    (x0, y0), (x1, y1) = page.evaluate(PLACE, start), page.evaluate(PLACE, to)
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2)
    page.mouse.move(x1, y1)
    page.mouse.up()


def film_of(page: Page, case: str) -> tuple[float, float]:
    film = ask(page, f"/api/v1/cases/{case}/")["film"]
    return film["columns"], film["rows"]


def test_an_ellipse_drawn_by_the_mouse_is_stored_where_it_was_drawn(author: Page, case: str) -> None:
    columns, rows = film_of(author, case)
    for _ in range(6):  # near enough that a pixel of the film is more than one of the screen
        author.get_by_role("button", name="Zoom in").click()
    (x0, y0), (x1, y1) = (0.45, 0.47), (0.56, 0.53)
    drag(author, (x0, y0), (x1, y1))
    author.keyboard.type("nodule")  # what it is can be typed at once
    finding = kept(author, case)["findings"][0]
    shape = finding["shape"]
    assert finding["label"] == "nodule"
    within = 1.0  # pixel of the film
    assert shape["x"] * columns == pytest.approx((x0 + x1) / 2 * columns, abs=within)
    assert shape["y"] * rows == pytest.approx((y0 + y1) / 2 * rows, abs=within)
    assert shape["radius_x"] * columns == pytest.approx((x1 - x0) / 2 * columns, abs=within)
    assert shape["radius_y"] * columns == pytest.approx((y1 - y0) / 2 * rows, abs=within)


def test_an_ellipse_is_made_and_shaped_by_keys_alone(author: Page, case: str) -> None:
    columns, _ = film_of(author, case)
    author.locator("[data-viewport]").focus()
    author.keyboard.press("e")
    before = kept(author, case)["findings"][0]["shape"]
    scale = author.evaluate("() => key.viewport.viewer.view.scale")
    for name, times in (
        ("ArrowRight", 5),
        ("ArrowUp", 3),
        ("Shift+ArrowRight", 4),
        ("Shift+ArrowDown", 2),
        ("]", 3),
    ):
        for _ in range(times):
            author.keyboard.press(name)
    until(author, lambda: author.evaluate("() => key.saver.state") == "clean")
    after = kept(author, case)["findings"][0]["shape"]
    step = 4 / scale  # film pixels a key
    moved = [(after[name] - before[name]) * columns for name in ("x", "radius_x", "radius_y")]
    assert moved == pytest.approx([5 * step, 4 * step, -2 * step], abs=1)
    assert after["angle_deg"] - before["angle_deg"] == 15
    author.keyboard.press("Enter")
    author.keyboard.insert_text("mass")  # at once, so that it is one step on a slow machine too
    author.wait_for_timeout(1600)  # longer than letters of one step may lie apart: Enter alone changes nothing
    author.keyboard.press("Enter")
    author.keyboard.press("Control+z")
    expect(author.get_by_label("Label of finding 1")).to_have_value("")
    author.keyboard.press("Control+Shift+z")
    expect(author.get_by_label("Label of finding 1")).to_have_value("mass")
    author.keyboard.press("Delete")
    expect(author.locator(".key-findings li")).to_have_count(0)
    author.get_by_role("button", name="Step back").click()
    expect(author.get_by_label("Label of finding 1")).to_have_value("mass")


def test_tab_goes_through_the_findings_and_then_on_through_the_page(author: Page) -> None:
    author.locator("[data-viewport]").focus()
    for _ in range(2):
        author.keyboard.press("e")
    author.keyboard.press("Escape")
    chosen = author.locator(".key-findings li[data-chosen] .key-number")
    author.keyboard.press("Tab")
    expect(chosen).to_have_text("1")
    author.keyboard.press("Tab")
    expect(chosen).to_have_text("2")
    author.keyboard.press("Tab")
    expect(author.locator("[data-viewport]")).not_to_be_focused()


def test_an_ellipse_is_moved_by_its_middle_and_sized_by_its_handle(author: Page, case: str) -> None:
    drag(author, (0.3, 0.3), (0.4, 0.4))
    drag(author, (0.35, 0.35), (0.45, 0.35))
    drag(author, (0.5, 0.35), (0.55, 0.35))  # the end of its axis at the right
    shape = kept(author, case)["findings"][0]["shape"]
    assert (shape["x"], shape["y"]) == pytest.approx((0.45, 0.35), abs=0.003)
    assert shape["radius_x"] == pytest.approx(0.1, abs=0.004)
    assert len(author.evaluate("() => key.editor.doc.findings")) == 1


def test_two_authors_at_one_draft_are_told(author: Page, case: str, visit: Visit) -> None:
    author.locator("[data-viewport]").focus()
    author.keyboard.press("e")
    draft = kept(author, case)
    other = visit("faculty")
    other.goto(f"/cases/{case}/key/")
    other.locator("#key-note").fill("Theirs")
    until(other, lambda: ask(other, f"/api/v1/cases/{case}/key/")["draft"]["note"] == "Theirs")
    assert draft["note"] == ""
    author.keyboard.press("ArrowRight")
    expect(author.locator("[data-conflict]")).to_contain_text("Somebody else has changed this key meanwhile.")
    author.said.clear()  # type: ignore[attr-defined]  # the browser says that the server answered 409
    author.get_by_role("button", name="Load theirs").click()
    expect(author.locator("#key-note")).to_have_value("Theirs")
    expect(author.locator("[data-conflict]")).to_be_empty()


def test_a_preview_shows_the_film_and_nothing_else(author: Page) -> None:
    author.locator("[data-viewport]").focus()
    author.keyboard.press("e")
    author.keyboard.press("v")
    expect(author.get_by_text("Case 1 of 1 · unknown film")).to_be_visible()
    expect(author.locator("[data-overlay]")).to_be_hidden()
    expect(author.get_by_label("Teaching note")).to_be_hidden()
    author.keyboard.press("Escape")
    expect(author.get_by_label("Teaching note")).to_be_visible()
    expect(author.locator("[data-overlay]")).to_be_visible()


def test_from_key_to_open_set_with_the_owners_yes(stack: Stack, new_page: Callable[..., Page], visit: Visit) -> None:
    case, author = new_case(stack), visit("faculty")  # its approved key is where another test would begin
    author.goto(f"/cases/{case}/key/")
    author.wait_for_selector("[data-film-status=shown]", timeout=PATIENCE)
    expect(author.locator("[data-version]")).not_to_be_empty(timeout=PATIENCE)
    author.locator("[data-viewport]").focus()
    author.keyboard.press("e")
    author.keyboard.press("Enter")
    author.keyboard.type("nodule")
    author.keyboard.press("Enter")
    kept(author, case)
    author.keyboard.press("Control+Enter")
    author.get_by_role("button", name="Approve version 1").click()
    expect(author.locator("[data-version]")).to_have_text("Version 1, approved")
    author.goto("/sets/")
    author.get_by_label("A new set").fill("For a test")
    author.keyboard.press("Enter")
    author.wait_for_url(re.compile("/sets/[0-9a-f-]{36}/"))
    author.locator(f"[data-add='{case}']").click()
    expect(author.locator(".place")).to_contain_text("is asked")
    expect(author.get_by_role("button", name="Open it")).to_be_disabled()
    owner = ask(author, f"/api/v1/cases/{case}/")["owner"]["name"]
    page = new_page(viewport={"width": 820, "height": 1180}, base_url=stack.url)
    cookie = stack.ask("session", username=owner)
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": stack.url}])
    page.goto("/cases/")
    expect(page.locator("[data-question]")).to_contain_text("May residents practise on “A film”?")
    page.get_by_role("button", name="Yes").click()
    expect(page.locator("[data-question]")).to_have_count(0)
    author.reload()
    author.get_by_role("button", name="Open it").click()
    author.locator("dialog[open] [data-yes]").click()
    expect(author.locator("[data-state-words]")).to_have_text(re.compile("^Open since .*: 1 of 1 case can be"))
    assert ask(author, f"/api/v1{author.url.partition(stack.url)[2]}")["open"] is True
