"""The side paths of the journey in Chromium: quarantine, a cancelled prediction, two fingers on a tablet."""

from __future__ import annotations

import re
from pathlib import Path

import pydicom
from playwright.sync_api import expect
from pydicom.data import get_testdata_file

from tests.browser.reading_room import PATIENCE, REPORT, Visit, film_file, open_room, upload
from tests.live.stack import Stack


def test_a_film_that_waits_is_released_by_faculty_and_then_read(visit: Visit, tmp_path: Path) -> None:
    """A film whose header says that words are burned into it."""
    film = pydicom.dcmread(str(get_testdata_file("RG1_UNCR.dcm", download=False)))
    film.BurnedInAnnotation = "YES"
    film.save_as(tmp_path / "marked.dcm")
    sender = visit()
    upload(sender, tmp_path / "marked.dcm")
    sender.get_by_label("Report").fill(REPORT)
    sender.get_by_role("button", name="Send", exact=True).click()
    expect(sender.get_by_text("waits", exact=False).first).to_be_visible(timeout=PATIENCE)
    judge = visit("faculty")
    judge.goto("/quarantine/")
    judge.locator("#waiting [data-look]").first.click()
    release = judge.get_by_role("button", name="No: release it")
    expect(release).to_be_enabled(timeout=PATIENCE)  # only what was seen can be judged
    release.click()
    expect(judge.locator("#waiting")).to_contain_text("Nothing waits", timeout=PATIENCE)
    sender.goto("/cases/")
    sender.locator(".card a").first.click()
    open_room(sender)


def test_a_prediction_that_waits_says_its_place_and_can_be_cancelled_and_asked_again(
    stack: Stack, visit: Visit
) -> None:
    before = stack.ask("enqueue", queue="predict", seconds=600)
    try:
        page = visit()
        upload(page, film_file())
        # A report of its own: of a film and report that another test sent, the prediction is there at once.
        page.get_by_label("Report").fill(f"{REPORT} Compared with the film of last year.")
        page.get_by_role("button", name="Send", exact=True).click()
        page.wait_for_url(re.compile(r"/cases/[0-9a-f-]{36}/"), timeout=PATIENCE)
        page.wait_for_selector("[data-status][data-state=queued]", timeout=PATIENCE)
        expect(page.get_by_text("Next in the queue")).to_be_visible()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("This prediction was cancelled.")).to_be_visible(timeout=PATIENCE)
    finally:
        stack.ask("cancel", id=before)  # the other tests wait behind it
    page.get_by_role("button", name="Predict again").click()
    open_room(page)
