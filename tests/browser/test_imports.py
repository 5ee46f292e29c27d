"""An eye tracker's file in a real browser: dropped, matched to a case, looked at over its film, saved, replayed."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reading_room import PATIENCE, Visit, ask, until
from tests.live.stack import Stack
from tests.recordings.gaze_files import asc, dwells

DISCARD = """async () => {
  const headers = { "X-CSRFToken": document.body.dataset.csrf };
  const { results } = await (await fetch("/api/v1/recordings/imports/")).json();
  for (const { id } of results) await fetch(`/api/v1/recordings/imports/${id}/`, { method: "DELETE", headers });
  return results.length;
}"""  # what the test before left, also what was still on its way when its page was closed
PLACES = [(960.0, 540.0), (800.0, 300.0), (1100.0, 700.0)]


@pytest.fixture
def importer(stack: Stack, read_case: SimpleNamespace, new_page: Visit) -> Page:
    """The import page of somebody who has one case, *Test*, and has said no to every use."""
    page = new_page(viewport={"width": 1366, "height": 768}, base_url=stack.url)
    page.context.add_cookies([{"name": "sessionid", "value": read_case.cookie, "url": stack.url}])
    page.goto("/people/me/consent/?next=/recordings/")
    for purpose in ("teaching", "research", "training"):
        page.check(f"input[name={purpose}][value=no]")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile("/recordings/$"))
    page.wait_for_timeout(300)
    until(page, lambda: page.evaluate(DISCARD) == 0, 20)
    page.goto("/recordings/import/")
    return page


def bring(page: Page, folder: Path, *trials: str) -> None:
    file = folder / "Miller_John.asc"
    file.write_text(asc(*((name, dwells(PLACES)) for name in trials)))
    page.set_input_files("#files", str(file))
    page.wait_for_selector(".match", timeout=PATIENCE)


def test_a_file_goes_from_the_drop_to_a_replay_over_its_film(importer: Page, tmp_path: Path) -> None:
    bring(importer, tmp_path, "Test", "a pause")
    expect(importer.locator("[data-facts]")).to_contain_text("EyeLink ASC · EyeLink Portable Duo · 500 Hz · 2 trials")
    expect(importer.locator(".trial-case").first).to_have_text("Test")
    expect(importer.locator("[data-preview]")).to_contain_text("3 fixations in 1.2 s · 500 Hz · 0 % lost")
    importer.wait_for_selector("[data-film-status=shown]")
    # The only case is proposed to the other trial too.
    importer.get_by_role("button", name="Save 2 readings").click()
    importer.wait_for_selector("[data-saved]")
    importer.get_by_role("link", name="Test").first.click()
    importer.wait_for_selector("[data-film-status=shown]")
    expect(importer.locator("[data-fixations] tr")).to_have_count(3)
    recording = ask(importer, f"/api/v1{importer.evaluate('location.pathname')}")
    shown = importer.evaluate("window.recording.replay.tracks[0].fixations.map((f) => [f.x, f.y])")
    assert shown == [[f["x"], f["y"]] for f in recording["fixation_set"]["fixations"]]
    importer.check("[data-beside]")
    expect(importer.get_by_role("tab", name="Predicted reading")).to_be_visible()


def test_a_case_is_chosen_by_keys_and_another_box_moves_the_fixations(importer: Page, tmp_path: Path) -> None:
    bring(importer, tmp_path, "nothing that is known")
    importer.locator(".trial-case").click()
    importer.get_by_label("Search cases").fill("Test")
    importer.locator(".picks button").first.press("Enter")
    expect(importer.locator(".trial-case")).to_have_text("Test")
    expect(importer.locator("[data-preview]")).to_contain_text("film at")
    before = importer.locator("[data-preview]").inner_text()
    importer.get_by_text("Elsewhere").click()
    importer.get_by_label("left, px").fill("600")
    until(importer, lambda: importer.locator("[data-preview]").inner_text() != before)
    expect(importer.locator("[data-preview]")).to_contain_text("film at 600")


def test_a_reload_goes_on_where_the_file_stands_and_a_refused_one_says_why(importer: Page, tmp_path: Path) -> None:
    bring(importer, tmp_path, "Test")
    importer.reload()
    importer.wait_for_selector(".match")
    assert "Miller" not in importer.content()
    importer.get_by_role("button", name="Discard this file").click()
    importer.locator("dialog[open] [data-yes]").click()
    expect(importer.locator(".import")).to_have_count(0)
    bad = tmp_path / "bad.csv"
    bad.write_text("time,x,y\n1,2,3\n")
    importer.set_input_files("#files", str(bad))
    expect(importer.locator(".import .notice")).to_contain_text("does not say its unit", timeout=PATIENCE)


def test_a_second_file_folds_the_first_whose_choices_stay(importer: Page, tmp_path: Path) -> None:
    bring(importer, tmp_path, "one", "two")
    importer.locator(".trial-case").last.click()
    importer.get_by_role("button", name="Leave it out").click()
    expect(importer.get_by_role("button", name="Save 1 reading")).to_be_visible()
    bring(importer, tmp_path, "three")
    importer.get_by_role("button", name="Match to cases").click()
    expect(importer.locator(".match:visible .trial-name")).to_have_text(["three"], timeout=PATIENCE)
    importer.get_by_role("button", name="Match to cases").click()
    expect(importer.locator(".match:visible .trial-name")).to_have_text(["one", "two"])
    expect(importer.get_by_role("button", name="Save 1 reading")).to_be_visible()
