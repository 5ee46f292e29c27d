"""From an upload to a replay: what a newcomer does, in a real browser against real processes."""

from __future__ import annotations

import io
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, expect
from pydicom.data import get_testdata_file

from tests.live.house import House, eventually

Visit = Callable[..., Page]
ACCENT = (0x7C, 0xC4, 0xFF)  # only the current fixation has this colour
REPORT = (
    "Several rounded opacities in both lungs, the largest at the right base. No pleural effusion. The heart is normal."
)
PATIENCE = 60_000  # ms; the first prediction of a cold worker loads the model


def film_file() -> Path:
    """A real chest film, JPEG 2000, from the package pydicom-data."""
    found = get_testdata_file("RG1_J2KR.dcm", download=False)
    assert found is not None
    return Path(str(found))


def upload(page: Page, *files: Path | str) -> None:
    page.goto("/cases/new/")
    page.set_input_files("#files", [str(file) for file in files])


def open_room(page: Page) -> None:
    """Until film and reading are there."""
    page.wait_for_url(re.compile(r"/cases/[0-9a-f-]{36}/"), timeout=PATIENCE)
    page.wait_for_selector("[data-film-status=shown]", timeout=PATIENCE)
    page.wait_for_selector("[data-status][data-state=done]", timeout=PATIENCE)


def ask(page: Page, url: str) -> Any:
    answer = page.request.get(url)
    assert answer.ok, answer.text()
    return answer.json()


def stored(page: Page) -> tuple[dict[str, Any], list[dict[str, float]]]:
    """The case's film and the fixations of its reading, as the API has them."""
    match = re.search(r"/cases/([0-9a-f-]{36})/", page.url)
    assert match is not None
    case = ask(page, f"/api/v1/cases/{match[1]}/")
    return case["film"], ask(page, f"/api/v1/predictions/{case['prediction']}/")["reading"]["samples"][0]["fixations"]


def ring(page: Page) -> tuple[float, float] | None:
    """Where the current fixation's ring is drawn: the middle of the accent-coloured pixels, CSS px of the stage."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    picture: NDArray[Any] = np.asarray(Image.open(io.BytesIO(page.locator("[data-stage]").screenshot())).convert("RGB"))
    rows, columns = np.nonzero(np.abs(picture.astype(int) - ACCENT).max(axis=2) < 24)
    if len(rows) < 40:
        return None
    return (columns.min() + columns.max() + 1) / 2, (rows.min() + rows.max() + 1) / 2


@pytest.fixture(scope="module")
def read_case(house: House) -> SimpleNamespace:
    """Somebody's case with its reading, made once for the tests that only look at it."""
    name = f"p{secrets.token_hex(4)}"
    person = house.ask("person", username=name, roles=["resident"])
    with film_file().open("rb") as file, httpx.Client(base_url=house.url, timeout=30) as client:
        client.headers["Authorization"] = f"Bearer {person['token']}"
        sent = client.post("/api/v1/cases/", data={"report": REPORT, "title": "Test"}, files={"file": file})
        assert sent.status_code == 202, sent.text
        path = f"/cases/{sent.json()['id']}/"

        def predicted() -> bool:
            case = client.get(f"/api/v1{path}").json()
            assert case["state"] != "refused", case
            return bool(
                case["prediction"] and client.get(f"/api/v1/predictions/{case['prediction']}/").json()["reading"]
            )

        eventually(predicted, PATIENCE / 1000)
    return SimpleNamespace(path=path, cookie=person["cookie"])


@pytest.fixture
def room(house: House, read_case: SimpleNamespace, new_page: Visit) -> Page:
    """The reading room of that case."""
    page = new_page(viewport={"width": 1366, "height": 768}, base_url=house.url)
    page.context.add_cookies([{"name": "sessionid", "value": read_case.cookie, "url": house.url}])
    page.goto(read_case.path)
    open_room(page)
    return page


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
    room.locator("[data-stage]").focus()
    room.keyboard.press("e")  # ellipses have the same colour
    box = room.locator("[data-stage]").bounding_box()
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
                continue  # cut by the stage's edge
            at = ring(room)
            assert at is not None
            assert abs(at[0] - x) <= 2 and abs(at[1] - y) <= 2, f"fixation {index + 1}: drawn at {at}, stored {(x, y)}"
            compared += 1
    assert compared > 0


def test_the_replay_is_scrubbed_and_stepped_by_keys(room: Page) -> None:
    _, fixations = stored(room)
    end = fixations[-1]["onset_s"] + fixations[-1]["duration_s"]
    slider, rows = room.get_by_label("Time in the reading"), room.locator("[data-fixations] tr")
    middle = end / 2
    slider.evaluate("(slider, time) => { slider.value = time; slider.dispatchEvent(new Event('input')) }", middle)
    begun = sum(fixation["onset_s"] <= float(slider.input_value()) + 1e-6 for fixation in fixations)
    expect(rows.nth(begun - 1)).to_have_attribute("aria-current", "true")
    room.locator("[data-stage]").focus()
    room.keyboard.press("Home")
    expect(rows.nth(0)).to_have_attribute("aria-current", "true")
    if len(fixations) > 1:
        room.keyboard.press("ArrowRight")
        expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    room.keyboard.press("Home")
    room.keyboard.press("Space")
    expect(room.get_by_role("button", name="Pause")).to_be_visible()
    room.keyboard.press("End")
    expect(room.get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect(room.locator("[data-clock]")).to_have_text(f"{end:.1f} / {end:.1f} s")


def test_holding_h_leaves_only_the_film(room: Page) -> None:
    hide = room.locator("[data-do=hide]")
    room.locator("[data-stage]").focus()
    room.keyboard.press("Home")
    eventually(lambda: ring(room) is not None)
    room.keyboard.down("h")
    expect(hide).to_have_attribute("aria-pressed", "true")
    eventually(lambda: ring(room) is None)
    room.keyboard.up("h")
    expect(hide).to_have_attribute("aria-pressed", "false")
    eventually(lambda: ring(room) is not None)


def test_more_samples_are_predicted_when_asked_for(room: Page) -> None:
    room.get_by_label("Samples").select_option("5")
    expect(room.locator("[data-sample-name]")).to_have_text("Sample 1 of 5", timeout=PATIENCE)
    room.locator("[data-stage]").focus()
    room.keyboard.press("]")
    expect(room.locator("[data-sample-name]")).to_have_text("Sample 2 of 5")


def test_the_help_lists_the_keys(room: Page) -> None:
    room.keyboard.press("?")
    help_ = room.get_by_role("dialog", name="Keys")
    for words in ("Invert", "Play or pause", "Hold: only the film", "Fit the film to the screen"):
        expect(help_.get_by_text(words)).to_be_visible()
    room.keyboard.press("Escape")
    expect(help_).to_be_hidden()


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
    for path in ("/cases/", "/cases/new/", "/quarantine/", "/jobs/", "/people/me/", "/accounts/2fa/"):
        page.goto(path)
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), path
