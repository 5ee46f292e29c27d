"""Models in Chromium: a training that is watched, judged, promoted and rolled back; one that is cancelled and goes on.

`python -m ml train` and `ml gate` are stand-ins here (tests/live/stand_in); worker, web and pages are the real ones.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ml.medgaze.model_info import MANIFEST, WEIGHTS, write_manifest
from tests.browser.reading_room import PATIENCE, Visit, ask, until
from tests.live.stack import ROOT, Stack

PASSWORD = "a password of many words"
STAND_IN = Path("tests/live/stand_in")


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """Its trainings take half a second a step, and learn from six published cases."""
    stack = Stack(PYTHONPATH=str(ROOT / STAND_IN), STAND_IN=json.dumps({"step_s": 0.5}))
    stack.ask("person", username="teacher", roles=["faculty"])
    stack.ask("readings_to_learn_from", author="teacher", cases=6)
    yield stack
    stack.stop()


@pytest.fixture
def admin(stack: Stack, visit: Visit) -> Page:
    """Somebody who has a password."""
    page = visit("admin")
    name = page.name  # type: ignore[attr-defined]
    cookie = stack.ask("set_password", username=name, password=PASSWORD)
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": stack.url}])
    return page


def register(stack: Stack, folder: Path, name: str) -> str:
    """A model that was trained elsewhere, as whoever runs the server registers it; gives its sha256."""
    shutil.copytree(ROOT / "ml" / "weights" / "demo", folder)
    weights = folder / WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-8] + b"elsewher")
    (folder / MANIFEST).unlink()
    write_manifest(folder, name=name, scores={}, baselines={})
    command = [sys.executable, "manage.py", "models", "register", str(folder)]
    environment = {**stack.environment, "REDIS_URL": stack.redis_url}
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    return said.split()[0]


def start_run(page: Page, name: str, steps: int) -> None:
    """From the list of models, by the form, to the page of the run."""
    page.goto("/models/")
    page.get_by_role("link", name=re.compile("^New run")).click()
    expect(page.get_by_text("6, 6 of them are simulated")).to_be_visible(timeout=PATIENCE)
    page.get_by_label("steps", exact=True).check()
    page.get_by_label("How many steps").fill(str(steps))
    page.get_by_label(re.compile("^Name of the run")).fill(name)
    page.get_by_role("button", name="Start the training").click()
    page.wait_for_url(re.compile("/models/runs/[0-9a-f-]{36}/"))
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def confirm(page: Page, reason: str, password: str) -> None:
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("Why").fill(reason)
    dialog.get_by_label("Your password").fill(password)
    dialog.locator("[data-yes]").click()


def champion(page: Page) -> str:
    return str(ask(page, "/api/v1/models/")["champion"]["name"])


def test_a_run_is_watched_judged_promoted_and_rolled_back(admin: Page, visit: Visit) -> None:
    reader = visit("resident")
    reader.goto("/models/")
    expect(reader.locator("[data-champion] .big")).to_have_text("demo")
    assert reader.get_by_role("link", name="New run").count() == 0
    assert reader.get_by_role("heading", name="Trainings").count() == 0

    start_run(admin, "Tuned once", 12)
    expect(admin.locator("[data-steps]")).to_have_text(re.compile(r"^Step \d+ of 12 · training loss"), timeout=PATIENCE)
    expect(admin.locator("[data-losses]")).to_be_visible()
    expect(admin.get_by_text("6 readings of 6 cases by 1 reader, 6 of them simulated.")).to_be_visible()
    expect(admin.get_by_text("It is done, and made")).to_be_visible(timeout=PATIENCE)
    expect(admin.locator("[data-held-out]")).to_contain_text("No difference.")
    expect(admin.locator("[data-verdict]")).to_have_attribute("data-verdict", "passed")
    expect(admin.locator("[data-verdict] tbody tr").first).to_contain_text("ScanMatch")
    admin.get_by_text("The same as a table").click()
    expect(admin.locator("[data-rows] tr").first).to_contain_text("12")
    expect(reader.get_by_role("link", name="Tuned once")).to_be_visible()  # by the live line

    admin.get_by_role("button", name="Promote …").click()
    expect(admin.locator("dialog[open]")).to_contain_text("From now on new predictions are made by Tuned once")
    confirm(admin, "", "not the password")
    expect(admin.locator("dialog[open] .notice.bad")).to_be_visible()
    assert champion(admin) == "demo"
    admin.said.clear()  # type: ignore[attr-defined]  # the refusal
    confirm(admin, "", PASSWORD)
    expect(admin.locator("dialog[open]")).to_have_count(0)
    expect(admin.get_by_text("Tuned once serves now: new predictions are made by it.")).to_be_visible()
    expect(reader.locator("[data-champion] .big")).to_have_text("Tuned once")

    admin.goto("/models/")
    admin.get_by_role("button", name="Roll back …").click()
    expect(admin.locator("dialog[open]")).to_contain_text("made by demo")
    confirm(admin, "It reads too fast.", PASSWORD)
    expect(admin.locator("[data-champion] .big")).to_have_text("demo")
    expect(reader.locator("[data-champion] .big")).to_have_text("demo")
    expect(reader.locator(".versions li").first).to_contain_text("It reads too fast.")
    expect(reader.locator(".versions [data-undone]")).to_contain_text("taken back")


def test_a_cancelled_run_goes_on_from_its_checkpoint(admin: Page) -> None:
    start_run(admin, "Tuned in two goes", 16)
    step = admin.locator("[data-steps]")
    expect(step).to_have_text(re.compile(r"^Step ([5-9]|1\d) of 16"), timeout=PATIENCE)
    admin.get_by_role("button", name="Cancel …").click()
    expect(admin.locator("dialog[open]")).to_contain_text(re.compile(r"Its checkpoint of step \d+ is kept"))
    admin.get_by_role("button", name="Cancel it").click()
    expect(admin.get_by_text("It was cancelled.")).to_be_visible(timeout=PATIENCE)
    resume = admin.get_by_role("button", name=re.compile(r"^Resume from step \d+"))
    said = re.search(r"\d+", resume.inner_text())
    assert said is not None
    resume.click()
    went_on = admin.get_by_text(re.compile(r"went on from its checkpoint of step \d+"))
    expect(went_on).to_be_visible(timeout=PATIENCE)
    step_of = re.search(r"step (\d+)", went_on.inner_text())
    assert step_of is not None and int(step_of[1]) >= int(said[0])  # its last checkpoint may be younger than the button
    expect(admin.get_by_text("It is done, and made")).to_be_visible(timeout=PATIENCE)
    run = ask(admin, re.sub(r".*(/models/runs/)", r"/api/v1/training/runs/", admin.url))
    steps = [point[0] for point in run["losses"]]
    assert steps == sorted(set(steps))


def test_a_version_that_nobody_judged_is_promoted_only_with_a_written_reason(
    admin: Page, stack: Stack, tmp_path: Path
) -> None:
    sha256 = register(stack, tmp_path / "model", "from the lab")
    admin.goto(f"/models/{sha256}/")
    expect(admin.get_by_text("The gate has not judged it against")).to_be_visible()
    admin.get_by_role("button", name="Promote …").click()
    confirm(admin, "short", PASSWORD)
    assert champion(admin) != "from the lab"
    expect(admin.locator("dialog[open] .notice.bad").last).to_contain_text("10")
    admin.said.clear()  # type: ignore[attr-defined]  # the refusal
    admin.locator("dialog[open]").get_by_role("button", name="Leave it as it is").click()
    admin.get_by_role("button", name="Let the gate judge it").click()
    expect(admin.locator("[data-verdict]")).to_have_attribute("data-verdict", "passed", timeout=PATIENCE)
    assert admin.get_by_role("button", name="Judge again").count() == 0


def test_a_schedule_is_made_in_words_switched_off_and_deleted(admin: Page) -> None:
    admin.goto("/models/")
    form = admin.locator("dialog[open]")
    admin.wait_for_load_state("networkidle")  # its script is there
    admin.get_by_role("button", name="New schedule …").click()
    form.get_by_label("Name").fill("Every week")
    form.get_by_label("If so many new readings have come").fill("1000")
    expect(form.get_by_role("status")).to_contain_text("Sundays 02:00 UTC if 1,000 new readings")
    form.get_by_role("button", name="Make it").click()
    row = admin.locator("[data-schedule]")
    expect(row).to_contain_text("Sundays 02:00 UTC if 1")
    row.get_by_role("button", name="Switch off").click()
    expect(row).to_have_attribute("data-enabled", "")
    until(admin, lambda: not ask(admin, "/api/v1/training/schedules/")[0]["enabled"])
    row.get_by_role("button", name="Delete Every week").click()
    admin.get_by_role("button", name="Delete it").click()
    expect(admin.locator("[data-schedule]")).to_have_count(0)
