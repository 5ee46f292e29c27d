"""The parts alone: two viewports on one page know nothing of each other, and one that is taken away leaves nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.test_viewer_geometry import film_data, film_pixels
from tests.live.stack import eventually

HOSTS = "".join(f'<div class="{name}"></div>' for name in ("tools", "viewport", "replay", "table"))
PAGE = f"""<!doctype html><link rel="icon" href="data:,"><link rel="stylesheet" href="/dist/style.css">
<link rel="stylesheet" href="/page.css"><div id="one">{HOSTS}</div><div id="two">{HOSTS}</div>
<script type="module" src="/harness/harness.js"></script>"""
CSS = b"body { display: block } #one, #two { width: 480px; float: left } .viewport { height: 300px }"
MAKE = """([where, film, paths]) => {
  const host = (name) => document.querySelector(`#${where} .${name}`);
  const viewport = new parts.FilmViewport(host("viewport"), { label: where });
  const bar = new parts.ReplayBar(host("replay"), viewport.replay);
  const table = new parts.FixationTable(host("table"), viewport.replay);
  const toolbar = new parts.Toolbar(host("tools"), parts.dragTools(viewport), parts.replayTools(viewport, bar));
  window[where] = { viewport, bar, table, toolbar };
  viewport.show(paths.map((fixations, i) => (
    { id: String(i), source: i ? "model" : "human", label: `path ${i + 1}`, style: parts.STYLES[i], fixations }
  )));
  return viewport.open(film);
}"""


def look(x: float, y: float, onset_s: float, duration_s: float = 0.5) -> dict[str, Any]:
    return {"x": x, "y": y, "onset_s": onset_s, "duration_s": duration_s, "ellipse": None}


MINE = [look(0.2, 0.2, 0), look(0.8, 0.2, 0.5), look(0.5, 0.8, 1)]
THEIRS = [look(0.3, 0.6, 0, 2), look(0.7, 0.6, 2, 2)]


@pytest.fixture
def page(new_page: Callable[..., Page], serve: Callable[[dict[str, bytes]], str]) -> Page:
    """Two viewports: a reader beside the model on the first, the model alone on the second."""
    address = serve({"/": PAGE.encode(), "/page.css": CSS, "/film.bin": film_pixels(64, 51).tobytes()})
    page = new_page(viewport={"width": 1000, "height": 760})
    page.goto(address)
    page.wait_for_function("() => window.parts")
    for where, paths in (("one", [MINE, THEIRS]), ("two", [THEIRS])):
        assert page.evaluate(MAKE, [where, film_data(64, 51), paths])
    return page


def test_a_reader_beside_the_model_is_told_in_the_legend_and_each_has_a_table(page: Page) -> None:
    expect(page.locator("#one .legend li")).to_have_text(["Reader · path 1", "Model · path 2"])
    expect(page.locator("#one [role=tab]")).to_have_text(["path 1", "path 2"])
    expect(page.locator("#one tbody").nth(0).locator("tr")).to_have_count(3)
    expect(page.locator("#one tbody").nth(1).locator("tr")).to_have_count(2)
    expect(page.locator("#two .legend")).to_be_hidden()
    expect(page.locator("#two .tabs")).to_be_hidden()


def test_each_stage_has_a_clock_of_its_own(page: Page) -> None:
    page.locator("#one [data-play]").click()
    eventually(lambda: page.evaluate("() => one.viewport.replay.time") > 0.2)
    assert page.evaluate("() => two.viewport.replay.time") == 0
    expect(page.locator("#one [data-clock]")).to_contain_text("/ 4.0 s")  # the model's: the longer one
    page.locator("#two [data-next]").click()
    assert page.evaluate("() => [two.viewport.replay.time, two.viewport.replay.current]") == [2, 1]


def test_a_scanpath_that_is_put_beside_another_later_joins_its_clock(page: Page) -> None:
    page.evaluate("() => one.viewport.replay.seek(1.2)")
    page.evaluate("""() => {
      const [mine] = one.viewport.replay.tracks;
      const [theirs] = two.viewport.replay.tracks;
      two.viewport.replay.seek(1.2);
      two.viewport.show([theirs, { ...mine, id: "mine", style: parts.STYLES[1] }]);
    }""")
    assert page.evaluate("() => [two.viewport.replay.time, two.viewport.replay.lead]") == [1.2, 0]
    expect(page.locator("#two .legend li")).to_have_count(2)
    expect(page.locator("#two tbody").nth(1).locator("[aria-current]")).to_have_attribute("data-x", "0.5")


def test_what_is_taken_away_leaves_no_marks_no_keys_and_no_clock(page: Page) -> None:
    page.evaluate("() => { one.viewport.replay.play(); for (const part of Object.values(one)) part.destroy(); }")
    for name in ("tools", "viewport", "replay", "table"):
        expect(page.locator(f"#one .{name}")).to_be_empty()
    assert page.evaluate("() => one.viewport.replay.playing") is False
    page.locator("#two .viewport").focus()
    page.keyboard.press("ArrowRight")  # the first one's keys came before the second one's
    assert page.evaluate("() => [one.viewport.replay.time < 1, two.viewport.replay.time]") == [True, 2]
    expect(page.locator("#two .viewport")).to_have_attribute("data-film-status", "shown")


def test_the_pages_words_stand_before_the_viewports_own_and_can_be_written_into(page: Page) -> None:
    """A form over the film keeps its pointer and its keys: the film neither moves nor takes them."""
    page.evaluate("() => two.viewport.say(document.createElement('textarea'))")
    box = page.locator("#two textarea")
    box.click()
    page.keyboard.type("wm 12")
    assert page.evaluate("() => two.viewport.open(two.viewport.viewer.film)")  # it says "Opening the film …" meanwhile
    expect(box).to_be_focused()
    expect(box).to_have_value("wm 12")
    before = page.evaluate("() => [two.viewport.viewer.windowCenter, two.viewport.viewer.view.scale]")
    place = box.bounding_box()
    assert place is not None
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y + 12, steps=3)
    page.mouse.up()
    page.mouse.wheel(0, 200)
    page.wait_for_timeout(100)
    assert page.evaluate("() => [two.viewport.viewer.windowCenter, two.viewport.viewer.view.scale]") == before
    page.evaluate("() => two.viewport.say(null)")
    expect(page.locator("#two [data-message]")).to_be_hidden()


def test_a_film_that_is_closed_is_gone_from_the_screen(page: Page) -> None:
    page.evaluate("() => two.viewport.close()")
    expect(page.locator("#two .viewport")).to_have_attribute("data-film-status", "empty")
    expect(page.locator("#two [data-overlay]")).to_be_hidden()
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    picture = page.locator("#two [data-film]").screenshot()
    assert Image.open(io.BytesIO(picture)).convert("L").getextrema()[1] < 8
