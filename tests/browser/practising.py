"""What the tests of practice do again and again: draw a key, open a set, read a film with the aperture."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.reading_room import PATIENCE

AT = """([x, y]) => {
    const viewport = attempt.viewport;
    const box = viewport.host.getBoundingClientRect();
    const at = viewport.viewer.filmToScreen({x: x * viewport.viewer.view.columns, y: y * viewport.viewer.view.rows});
    return [box.left + at.x, box.top + at.y];
}"""


def drag(page: Page, start: tuple[float, float], to: tuple[float, float]) -> None:
    place = AT.replace("attempt.viewport", "key.viewport")
    (x0, y0), (x1, y1) = page.evaluate(place, start), page.evaluate(place, to)
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2)
    page.mouse.move(x1, y1)
    page.mouse.up()


def author_a_set(page: Page, cases: list[str]) -> None:
    """Draw the finding of the first case, approve its key, put both cases into a set and open it."""
    page.goto(f"/cases/{cases[0]}/key/")
    page.wait_for_selector("[data-film-status=shown]", timeout=PATIENCE)
    drag(page, (0.2, 0.52), (0.34, 0.68))
    page.keyboard.type("mass")
    page.keyboard.press("Enter")
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"^saved"), timeout=PATIENCE)
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Approve version 1").click()
    expect(page.locator("[data-version]")).to_have_text("Version 1, approved")
    page.goto("/sets/")
    page.get_by_label("A new set").fill("First films")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/sets/[0-9a-f-]{36}/"))
    for case in cases:
        page.locator(f"[data-add='{case}']").click()
        expect(page.locator(".place")).to_have_count(cases.index(case) + 1)
    page.get_by_role("button", name="Open it").click()
    page.locator("dialog[open] [data-yes]").click()
    expect(page.locator("[data-state-words]")).to_have_text(re.compile("^Open since .*: 2 of 2 cases can be"))


def look_at(page: Page, places: list[tuple[float, float]], ms: int = 500) -> None:
    for place in places:
        x, y = page.evaluate(AT, place)
        page.mouse.move(x, y)
        page.wait_for_timeout(ms)


def start(page: Page, words: str) -> None:
    page.wait_for_selector("[data-film-status=shown]", timeout=PATIENCE)
    page.get_by_role("button", name=words).click()
    expect(page.locator("[data-recording]")).to_have_attribute("data-recording", "recording")
