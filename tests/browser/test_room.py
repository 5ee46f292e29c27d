"""In the reading room of a case that has been read: replay, window, samples side by side."""

from __future__ import annotations

import math

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.reading_room import ACCENT, PATIENCE, ring, samples, stored
from tests.live.stack import eventually

AMBER = (0xFF, 0xC4, 0x57)  # of the second scanpath on a viewport


def test_the_replay_is_scrubbed_and_stepped_by_keys(room: Page) -> None:
    _, fixations = stored(room)
    end = fixations[-1]["onset_s"] + fixations[-1]["duration_s"]
    slider, rows = room.get_by_label("Time in the reading"), room.locator("[data-fixations] tr")
    middle = end / 2
    slider.evaluate("(slider, time) => { slider.value = time; slider.dispatchEvent(new Event('input')) }", middle)
    begun = sum(fixation["onset_s"] <= float(slider.input_value()) + 1e-6 for fixation in fixations)
    expect(rows.nth(begun - 1)).to_have_attribute("aria-current", "true")
    room.locator("[data-viewport]").focus()
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
    room.locator("[data-viewport]").focus()
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
    room.locator("[data-viewport]").focus()
    room.keyboard.press("]")
    expect(room.locator("[data-sample-name]")).to_have_text("Sample 2 of 5")


def test_the_help_lists_the_keys(room: Page) -> None:
    room.keyboard.press("?")
    help_ = room.get_by_role("dialog", name="Keys")
    for words in ("Invert", "Play or pause", "Hold: only the film", "Fit the film to the screen"):
        expect(help_.get_by_text(words)).to_be_visible()
    room.keyboard.press("Escape")
    expect(help_).to_be_hidden()


def box_of(page: Page) -> dict[str, float]:
    box = page.locator("[data-viewport]").bounding_box()
    assert box is not None
    return dict(box)


def test_two_fingers_zoom_the_film(room: Page) -> None:
    box = box_of(room)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    scale = room.evaluate("() => room.viewer.view.scale")
    fingers = room.context.new_cdp_session(room)

    def touch(kind: str, *reach: float) -> None:
        points = [{"x": x + side, "y": y, "id": int(side > 0)} for away in reach for side in (-away, away)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 40)
    for away in (60, 80, 100, 120):
        touch("touchMove", away)
    touch("touchEnd")
    eventually(lambda: room.evaluate("() => room.viewer.view.scale") == pytest.approx(3 * scale, rel=0.05))


def shown_window(page: Page) -> str:
    """The words that the window box shows."""
    words: str = page.get_by_label("Window", exact=True).evaluate("(box) => box.selectedOptions[0]?.text ?? ''")
    return words


def drag(page: Page, dx: float, dy: float) -> None:
    box = box_of(page)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + dx, box["y"] + box["height"] / 2 + dy, steps=4)
    page.mouse.up()


def test_the_window_box_says_custom_while_the_window_is_no_preset_and_names_it_when_it_is_again(room: Page) -> None:
    eventually(lambda: shown_window(room) == "Film")
    room.locator("[data-viewport]").focus()
    changes = [
        lambda: room.keyboard.press("ArrowUp"),
        lambda: room.keyboard.press("."),
        lambda: drag(room, 60, 0),
        lambda: drag(room, 0, -40),
    ]
    for change in changes:
        change()
        eventually(lambda: shown_window(room) == "Custom")
        room.keyboard.press("1")
        eventually(lambda: shown_window(room) == "Film")
    room.keyboard.press("ArrowUp")
    eventually(lambda: shown_window(room) == "Custom")
    room.keyboard.press("ArrowDown")  # the way back is found as well
    eventually(lambda: shown_window(room) == "Film")
    box = room.get_by_label("Window", exact=True)
    box.select_option("More contrast")
    assert shown_window(room) == "More contrast"
    width = room.evaluate("() => [room.viewer.windowWidth, room.viewer.film.window_width]")
    assert width[0] == pytest.approx(0.6 * width[1])
    assert "Custom" not in box.locator("option:not([hidden])").all_inner_texts()
    drag(room, 30, 0)
    eventually(lambda: shown_window(room) == "Custom")
    room.locator("[data-viewport]").dblclick()
    assert shown_window(room) == "Custom"  # fitting is no change of the window
    room.keyboard.press("Backspace")
    eventually(lambda: shown_window(room) == "Film")


def test_the_help_names_the_windows_that_the_digits_choose_on_this_film(room: Page) -> None:
    box = room.get_by_label("Window", exact=True)
    expect(box).to_be_enabled()
    names = box.locator("option:not([hidden])").all_inner_texts()
    room.keyboard.press("?")
    listed = room.locator("[data-keys] section").filter(has_text="Brighter").locator("dt").all_inner_texts()
    assert listed[: len(names)] == names
    room.keyboard.press("Escape")
    room.locator("[data-viewport]").focus()
    room.keyboard.press("2")
    eventually(lambda: shown_window(room) == names[1])


@pytest.fixture
def compared(room: Page) -> tuple[Page, list[list[dict[str, float]]]]:
    """Five samples, the first and the third of them on the film."""
    room.get_by_label("Samples").select_option("5")
    expect(room.locator("[data-sample-name]")).to_have_text("Sample 1 of 5", timeout=PATIENCE)
    room.wait_for_selector("[data-status][data-state=done]", timeout=PATIENCE)
    room.get_by_role("button", name="Sample 3", exact=True).click()
    return room, samples(room)


def table_of(page: Page, sample: int) -> Locator:
    """Its rows, whether its tab is open or not."""
    return page.locator(f'table[aria-label="Model · Sample {sample}"] tbody tr')


def begun(path: list[dict[str, float]], time: float) -> int:
    return sum(fixation["onset_s"] <= time + 1e-6 for fixation in path)


def test_two_samples_on_one_film_play_on_one_clock(compared: tuple[Page, list[list[dict[str, float]]]]) -> None:
    page, paths = compared
    legend = page.get_by_label("Scanpaths on the film").locator("li")
    expect(legend).to_have_text(["Model · Sample 1", "Model · Sample 3"])
    expect(page.get_by_role("tab")).to_have_text(["Sample 1", "Sample 3"])
    for sample in (1, 3):
        expect(table_of(page, sample)).to_have_count(len(paths[sample - 1]))
        first = table_of(page, sample).first
        assert float(first.get_attribute("data-x") or "nan") == pytest.approx(paths[sample - 1][0]["x"])
    end = max(path[-1]["onset_s"] + path[-1]["duration_s"] for path in (paths[0], paths[2]))
    expect(page.locator("[data-clock]")).to_contain_text(f"/ {end:.1f} s")
    page.locator("[data-viewport]").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    slider = page.get_by_label("Time in the reading")
    eventually(lambda: float(slider.input_value()) > 1)
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    time = page.evaluate("() => room.replay.time")
    for sample in (1, 3):
        now = begun(paths[sample - 1], time)
        assert now > 0
        expect(table_of(page, sample).nth(now - 1)).to_have_attribute("aria-current", "true")
        expect(page.locator(f'table[aria-label="Model · Sample {sample}"] [aria-current]')).to_have_count(1)


def place_of(page: Page, look: dict[str, float]) -> tuple[float, float]:
    """Where a fixation lies on the viewport while its film is fitted, CSS px; worked out here, not by the page."""
    film, _ = stored(page)
    box = box_of(page)
    scale = min(box["width"] / film["columns"], box["height"] / film["rows"])
    return (
        box["width"] / 2 + (look["x"] - 0.5) * film["columns"] * scale,
        box["height"] / 2 + (look["y"] - 0.5) * film["rows"] * scale,
    )


def test_each_of_two_samples_is_drawn_where_its_own_coordinates_say(
    compared: tuple[Page, list[list[dict[str, float]]]],
) -> None:
    page, paths = compared
    page.locator("[data-viewport]").focus()
    page.keyboard.press("e")  # ellipses have the colour of the first
    page.keyboard.press("Home")
    for sample, color in ((1, ACCENT), (3, AMBER)):
        page.get_by_role("tab", name=f"Sample {sample}").click()
        x, y = place_of(page, paths[sample - 1][0])
        at = ring(page, color, near=(x, y))
        assert at is not None
        assert abs(at[0] - x) <= 2 and abs(at[1] - y) <= 2, f"sample {sample}: drawn at {at}, stored {(x, y)}"


def test_the_open_tab_leads_and_a_click_on_the_other_scanpath_lets_that_one_lead(
    compared: tuple[Page, list[list[dict[str, float]]]],
) -> None:
    page, paths = compared
    first, third = page.get_by_role("tab", name="Sample 1"), page.get_by_role("tab", name="Sample 3")
    expect(first).to_have_attribute("aria-selected", "true")
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(third).to_have_attribute("aria-selected", "true")
    expect(third).to_be_focused()
    expect(table_of(page, 3).first).to_be_visible()
    expect(table_of(page, 1).first).to_be_hidden()
    expect(page.locator("[data-sample-name]")).to_have_text("Sample 3 of 5")
    page.locator("[data-viewport]").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("() => room.replay.time") == pytest.approx(paths[2][1]["onset_s"])
    page.keyboard.press("End")
    others = [place_of(page, look) for look in paths[2]]
    alone = [
        index
        for index, look in enumerate(paths[0])
        if all(math.dist(place_of(page, look), other) > 50 for other in others)
        and all(math.dist(place_of(page, look), place_of(page, later)) > 50 for later in paths[0][index + 1 :])
    ]
    assert alone, "no fixation of the first sample stands apart"
    x, y = place_of(page, paths[0][alone[0]])
    page.locator("[data-viewport]").click(position={"x": x, "y": y})
    expect(first).to_have_attribute("aria-selected", "true")
    expect(table_of(page, 1).nth(alone[0])).to_have_attribute("aria-current", "true")


def test_at_most_four_are_shown_and_the_rest_stands_back_only_when_asked(
    compared: tuple[Page, list[list[dict[str, float]]]],
) -> None:
    page, _ = compared
    chips = page.get_by_role("group", name="Shown together").get_by_role("button")
    expect(chips).to_have_count(5)
    chips.nth(1).click()
    chips.nth(3).click()
    expect(chips.nth(4)).to_have_attribute("aria-disabled", "true")
    chips.nth(4).click(force=True)
    expect(page.get_by_label("Scanpaths on the film").locator("li")).to_have_text(
        ["Model · Sample 1", "Model · Sample 3", "Model · Sample 2", "Model · Sample 4"]
    )
    assert page.evaluate("() => room.viewport.shown.others") is False
    chips.nth(0).click()
    expect(page.get_by_role("tab")).to_have_text(["Sample 3", "Sample 2", "Sample 4"])
    page.get_by_role("button", name="Show the 2 others, faint").click()
    expect(page.get_by_role("button", name="Hide the 2 others")).to_be_visible()
    for chip in (2, 1):
        chips.nth(chip).click()
    expect(page.get_by_label("Scanpaths on the film")).to_be_hidden()  # one alone needs no legend
    chips.nth(3).click(force=True)
    expect(chips.nth(3)).to_have_attribute("aria-pressed", "true")  # one always stays
