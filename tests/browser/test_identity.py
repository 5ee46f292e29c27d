"""The identity check in Chromium: a waiting report is found and answered in the room, and names in a changed case."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_journey import PATIENCE, film_file
from tests.live.stack import Stack, eventually

NAMED = "Seen by Dr Harold Jenkins on 4 May 2024. Clear lungs."


@pytest.fixture
def send(stack: Stack, new_page: Callable[..., Page]) -> Iterator[Callable[..., SimpleNamespace]]:
    """Somebody's film with this report, in this state, and a page of theirs."""

    asked: list[Page] = []

    def make(report: str, state: str, **options: Any) -> SimpleNamespace:
        person = stack.ask("person", username=f"p{secrets.token_hex(4)}", roles=["resident"])
        headers = {"Authorization": f"Bearer {person['token']}"}
        client = httpx.Client(base_url=stack.url, timeout=30, headers=headers)
        with film_file().open("rb") as file:
            sent = client.post("/api/v1/cases/", data={"report": report, "title": "Mine"}, files={"file": file})
        case = f"/api/v1/cases/{sent.json()['id']}/"
        eventually(lambda: client.get(case).json()["state"] == state, PATIENCE / 1000)
        page = new_page(**{"viewport": {"width": 1366, "height": 768}, "base_url": stack.url, **options})
        page.context.add_cookies([{"name": "sessionid", "value": person["cookie"], "url": stack.url}])
        asked.append(page)
        return SimpleNamespace(page=page, room=case.removeprefix("/api/v1"), now=lambda: client.get(case).json())

    yield make
    for page in asked:  # Chromium logs each refusal that the check is made of
        page.said[:] = [line for line in page.said if "status of 422" not in line]  # type: ignore[attr-defined]


def test_a_report_that_waits_is_confirmed_in_the_room_long_after_the_upload(send: Any) -> None:
    sent = send(NAMED, "confirming")
    page = sent.page
    page.goto("/cases/")
    page.get_by_role("link", name="Confirm the report").click()
    page.wait_for_selector("[data-film-status=shown]", timeout=PATIENCE)
    form = page.locator("[data-message] form.identity")
    expect(form.locator("mark")).to_have_count(2)
    box = form.get_by_label("What will be kept")
    expect(box).to_have_value("Seen by Dr [name] on [date]. Clear lungs.")
    box.fill("Seen by Dr Jane Roe. Clear lungs.")
    page.evaluate("() => window.dispatchEvent(new Event('resize'))")
    expect(box).to_have_value("Seen by Dr Jane Roe. Clear lungs.")
    form.get_by_role("button", name="Keep this text").click()
    expect(form.get_by_role("alert")).to_contain_text("The report seems to name somebody.")
    expect(form.locator("mark")).to_have_text("Jane Roename")
    assert sent.now()["state"] == "confirming"
    form.get_by_role("button", name="Replace all marks").click()
    form.get_by_role("button", name="Keep this text").click()
    expect(form).to_have_count(0)
    assert (sent.now()["state"], sent.now()["report"]) == ("ready", "Seen by Dr [name]. Clear lungs.")
    expect(page.locator("[data-film-status=shown]")).to_be_visible()


def test_names_in_title_and_report_are_shown_together_and_kept_only_with_a_tick(send: Any) -> None:
    sent = send("Clear lungs.", "ready")
    page = sent.page
    page.goto(sent.room)
    page.get_by_text("Manage this case").click()
    manage = page.locator("[data-manage]")
    manage.get_by_label("Title").fill("Film of Mr John Smith")
    manage.get_by_label("Report").fill(NAMED)
    manage.get_by_role("button", name="Save").click()
    form = manage.locator("form.identity")
    expect(form.locator("fieldset")).to_have_count(2)
    title, report = form.get_by_role("group", name="Title"), form.get_by_role("group", name="Report")
    title.get_by_role("button", name="Keep it as written").click()
    form.get_by_role("button", name="Keep this text").click()
    tick = title.get_by_role("checkbox")
    assert tick.evaluate("box => box.validity.valueMissing"), "as written needs a tick"
    assert sent.now()["title"] == "Mine"
    tick.check()
    report.get_by_label("What will be kept").fill("Seen by Dr Ann Other.")
    form.get_by_role("button", name="Keep this text").click()
    expect(form.locator("fieldset")).to_have_count(1)
    assert sent.now()["title"] == "Mine", "all or nothing"
    form.get_by_role("button", name="Keep this text").click()
    expect(page.locator("[data-title]")).to_have_text("Film of Mr John Smith")
    assert (sent.now()["title"], sent.now()["report"]) == ("Film of Mr John Smith", "Seen by Dr [name].")
