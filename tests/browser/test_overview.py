"""The admins' first page in a real browser: it comes again by itself, and what failed is started again there."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.rooms import Visit, own_house, until
from tests.live.house import House

house = own_house  # it tells of all that is there


@pytest.fixture
def failure(house: House) -> str:
    """A job that crashed three times; `mend` takes away why."""
    job: str = house.ask("enqueue", queue="train", seconds=0.1, fail=3)
    house.wait_for(job, "failed")
    return job


def test_what_failed_is_started_again_where_it_is_told(house: House, visit: Visit, failure: str) -> None:
    page = visit("admin")
    page.goto("/")
    expect(page).to_have_title("Overview · MedGaze")
    row = page.locator(f'tr[data-job="{failure}"]')
    expect(row).to_contain_text("This did not finish.")
    retry = row.get_by_role("button", name="Retry")
    retry.focus()
    until(page, lambda: page.evaluate("() => (window.seen = document.querySelector('#workers')) !== null"))
    until(page, lambda: page.evaluate("() => !window.seen.isConnected"))  # the parts came again
    expect(retry).to_be_focused()
    house.ask("mend", id=failure)
    retry.press("Enter")
    expect(page.get_by_text("It waits in its queue again.")).to_be_visible()
    expect(row).to_have_count(0)
    house.wait_for(failure, "done")


def test_a_worker_is_seen_at_work_and_at_rest(house: House, visit: Visit) -> None:
    page = visit("admin")
    page.goto("/overview/")
    train = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="train", exact=True))
    expect(train).to_contain_text("waits for work", timeout=20_000)
    job = house.ask("count", steps=600, seconds=0.2)
    try:
        expect(train).to_contain_text("Counts", timeout=20_000)
        expect(train.get_by_role("progressbar")).to_be_visible(timeout=20_000)
    finally:
        house.ask("cancel", id=job)
    expect(train).to_contain_text("waits for work", timeout=20_000)


@pytest.mark.parametrize("width", [390, 820, 1366])
def test_no_part_of_it_is_wider_than_the_page(visit: Visit, failure: str, width: int) -> None:
    page = visit("admin")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/overview/")
    expect(page.locator(f'tr[data-job="{failure}"]')).to_have_count(1)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
