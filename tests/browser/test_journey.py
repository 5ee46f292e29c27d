"""From an upload to a replay: what a newcomer does, in a real browser against real processes."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.reading_room import PATIENCE, REPORT, Visit, ask, film_file, open_room, ring, stored, upload


def test_an_uploaded_film_is_read_and_drawn_where_the_stored_coordinates_say(visit: Visit) -> None:
    room = visit()
    upload(room, film_file())
    room.get_by_label("Report").fill(REPORT)
    room.get_by_role("button", name="Send", exact=True).click()
    open_room(room)
    film, fixations = stored(room)
    rows = room.locator("[data-fixations] tr")
    expect(rows).to_have_count(len(fixations))
    for index, fixation in enumerate(fixations):
        assert float(rows.nth(index).get_attribute("data-x") or "nan") == pytest.approx(fixation["x"])
        assert float(rows.nth(index).get_attribute("data-y") or "nan") == pytest.approx(fixation["y"])
    room.locator("[data-viewport]").focus()
    room.keyboard.press("e")  # ellipses have the same colour
    box = room.locator("[data-viewport]").bounding_box()
    assert box is not None
    compared = 0
    for scale, key in ((min(box["width"] / film["columns"], box["height"] / film["rows"]), "0"), (1.0, "o")):
        room.keyboard.press(key)
        for index, fixation in enumerate(fixations):
            rows.nth(index).click()
            expect(rows.nth(index)).to_have_attribute("aria-current", "true")
            x = box["width"] / 2 + (fixation["x"] - 0.5) * film["columns"] * scale
            y = box["height"] / 2 + (fixation["y"] - 0.5) * film["rows"] * scale
            if not (40 < x < box["width"] - 40 and 40 < y < box["height"] - 40):
                continue  # cut by the viewport's edge
            at = ring(room)
            assert at is not None
            assert abs(at[0] - x) <= 2 and abs(at[1] - y) <= 2, f"fixation {index + 1}: drawn at {at}, stored {(x, y)}"
            compared += 1
    assert compared > 0


def test_one_bad_file_does_not_sink_the_others(visit: Visit, tmp_path: Path) -> None:
    bad = tmp_path / "bad.dcm"
    bad.write_bytes(b"this is no film" * 99)
    report = tmp_path / "RG1_J2KR.txt"
    report.write_text(REPORT)
    page = visit()
    upload(page, bad, film_file(), report)
    page.get_by_label("Report").first.fill("Clear lungs.")
    page.get_by_role("button", name="Send all 2").click()
    items = page.locator(".upload")
    expect(items.nth(0).get_by_text("This is not a DICOM, PNG or JPEG file.")).to_be_visible(timeout=PATIENCE)
    expect(items.nth(1).get_by_role("link", name="Open in the reading room")).to_be_visible(timeout=PATIENCE)


def test_a_film_whose_last_answer_was_lost_goes_on_as_the_same_case_after_a_reload(visit: Visit) -> None:
    """All bytes arrive, the answer does not, and the page is closed at once."""
    page = visit()
    lost: list[str] = []

    def lose(route: Route) -> None:
        sent = int(route.request.headers.get("upload-offset", 0)) + len(route.request.post_data_buffer or b"")
        if route.request.method == "PATCH" and sent == film_file().stat().st_size and not lost:
            lost.append(str(route.fetch().status))
        if lost:
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v1/uploads/**", lose)
    page.route("**/ws/**", lambda route: route.abort())
    upload(page, film_file())
    page.get_by_label("Report").fill(REPORT)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("No connection; trying again")).to_be_visible(timeout=PATIENCE)
    page.unroute_all()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    upload(page, film_file())
    page.get_by_label("Report").fill(REPORT)
    page.route("**/api/v1/uploads/**", lambda route: route.abort(), times=1)
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("button", name="Try again").click()  # it could not ask how much is there
    open_room(page)
    assert lost == ["204"]
    assert not [one for one in sent if one.startswith(("PATCH", "POST")) and "/api/v1/" in one]
    assert len(ask(page, "/api/v1/cases/")["results"]) == 1
    page.said.clear()  # type: ignore[attr-defined]  # that requests failed


def test_a_report_that_names_somebody_waits_for_its_uploader(visit: Visit) -> None:
    page = visit()
    upload(page, film_file())
    page.get_by_label("Report").fill("Discussed with Dr. Jane Miller on 12/03/2011. " + REPORT)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("mark").first).to_contain_text("Jane Miller", timeout=PATIENCE)
    kept = page.get_by_label("What will be kept")
    assert "Miller" not in kept.input_value()
    page.get_by_role("button", name="Keep this text").click()
    open_room(page)
    expect(page.locator("[data-report]")).to_contain_text("[name]")
    expect(page.locator("[data-report]")).not_to_contain_text("Miller")


def test_the_library_finds_the_film_and_shows_its_state(room: Page) -> None:
    room.goto("/cases/")
    expect(room.locator(".card")).to_have_count(1)
    room.get_by_label("Search").fill("effusion rounded")
    expect(room.locator(".card")).to_have_count(1)
    room.get_by_label("Search").fill("pneumothorax")
    expect(room.get_by_text("No case fits")).to_be_visible()


@pytest.mark.parametrize("size", [(1366, 768), (1024, 768), (820, 1180)])
def test_every_page_fits_its_screen(visit: Visit, size: tuple[int, int]) -> None:
    page = visit("admin", "faculty", viewport={"width": size[0], "height": size[1]}, has_touch=size[0] < 1100)
    data = ("/releases/", "/data/", "/data/browse/", "/access/")
    for path in ("/cases/", "/cases/new/", "/quarantine/", "/jobs/", "/people/me/", "/accounts/2fa/", *data):
        page.goto(path)
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), path
