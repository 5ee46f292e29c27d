"""The whole circle in Chromium, five people at once: an author's key, a resident's reading, a rating, the ladder, a
release, a training that loses its worker, the gate, a promotion, the resident's next prediction, and the way back."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import time
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.practising import author_a_set, look_at, start
from tests.browser.reading_room import PATIENCE, REPORT, Visit, ask, film_file, open_room, own_stack, send, upload
from tests.live.stack import Stack, eventually

PASSWORD = "a long pass phrase of nobody"
FILMS = 6  # simulated readers read them, so that there is enough to learn from
STEPS = 20
PLACES = [(0.27, 0.6), (0.7, 0.35), (0.3, 0.3), (0.72, 0.6), (0.5, 0.5), (0.27, 0.6)]

stack = own_stack  # it learns from all that is there


def test_the_circle_from_an_authors_key_to_a_prediction_by_a_new_version_and_back(
    stack: Stack, visit: Visit, tmp_path: Any
) -> None:
    author, resident, rater, researcher, admin = (
        visit(role) for role in ("faculty", "resident", "faculty", "researcher", "admin")
    )
    teach(stack, author, tmp_path)
    ladder = visit("faculty")
    ladder.goto("/ladder/")
    read_and_consent(resident)
    moved = ladder.locator('tr[data-case] [data-name="First attempts"]', has_text=re.compile("^1$"))
    expect(moved).to_have_count(1, timeout=PATIENCE)
    rate(author, rater)
    leave(author, rater, resident, ladder)

    ask_for_a_release(researcher)
    let_out(admin)
    release = download_after_a_cut(researcher)
    leave(researcher)

    sign_in_with_a_password(stack, admin)
    before = ask(admin, "/api/v1/models/")["champion"]
    made = train(stack, admin, release)
    judge_and_promote(admin, made)
    assert predicted_by(resident, tmp_path / "after.png", 1) == made["sha256"]
    roll_back(admin, before["name"])
    assert predicted_by(resident, tmp_path / "back.png", 2) == before["sha256"]


def teach(stack: Stack, author: Page, folder: Any) -> None:
    """A key drawn by hand, a practice set, and simulated readers' readings of some published films."""
    stack.ask("readings_to_learn_from", author=author.name, cases=FILMS)  # type: ignore[attr-defined]
    token = stack.ask("token", username=author.name)  # type: ignore[attr-defined]
    grey = folder / "grey.png"
    Image.fromarray(np.add.outer(np.arange(300), np.arange(260)).astype(np.uint16) * 60).save(grey)
    cases = []
    with httpx.Client(base_url=f"{stack.url}/api/v1/", timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        for path, title in ((film_file(), "Masses in both lungs"), (grey, "Nothing at all")):
            with path.open("rb") as file:
                sent = client.post("cases/", data={"report": REPORT, "title": title}, files={"file": file})
            cases.append(sent.json()["id"])
        for case in cases:
            eventually(lambda case=case: client.get(f"cases/{case}/").json()["prediction"], PATIENCE / 1000)
            assert client.patch(f"cases/{case}/", json={"published": True}).status_code == 200
        key = {"normal": True, "note": "Grey.", "findings": [], "changed_at": None}
        draft = client.put(f"cases/{cases[1]}/key/", json=key).json()
        client.post(f"cases/{cases[1]}/key/approve/", json={"changed_at": draft["changed_at"]}).raise_for_status()
    author_a_set(author, cases)


def read_and_consent(page: Page) -> None:
    """The resident agrees to everything, reads the first film and commits."""
    page.goto("/")
    page.get_by_role("button", name="Next case").click()
    agree(page)
    page.wait_for_url(re.compile("/practice/attempts/[0-9a-f-]{36}/$"))
    start(page, "Start reading")
    look_at(page, PLACES)
    page.keyboard.press("a")
    page.keyboard.press("5")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/feedback/"), timeout=PATIENCE)


def agree(page: Page) -> None:
    """To all purposes."""
    expect(page.get_by_role("heading", name="May your readings be used?")).to_be_visible()
    for choice in page.locator("input[value=yes]").all():
        choice.check()
    page.get_by_role("button", name="Save").click()


def rate(organiser: Page, rater: Page) -> None:
    """A study of two simulated readings and their shuffles, rated by one person to its end."""
    study = send(organiser, "POST", "/api/v1/ratings/studies/", {"name": "Does order matter?"})["id"]
    films = [row for row in ask(organiser, "/api/v1/cases/")["results"] if row["title"].startswith("Film ")][:2]
    plan = {
        "cases": [row["id"] for row in films],
        "sources": [{"kind": "simulated"}, {"kind": "shuffled"}],
        "raters": [ask(rater, "/api/v1/me/")["id"]],
    }
    send(organiser, "PATCH", f"/api/v1/ratings/studies/{study}/", plan)
    send(organiser, "POST", f"/api/v1/ratings/studies/{study}/start/", {})
    rater.goto("/rate/")
    rater.get_by_role("link", name="Answer three questions").click()
    agree(rater)
    rater.get_by_role("link", name="Rate next").click()
    done = rater.get_by_text("That was the last one. Thank you.")
    for number in range(1, 10):
        expect(rater.locator("[data-number]", has_text=f"Item {number} of").or_(done)).to_be_visible(timeout=PATIENCE)
        if done.is_visible():
            break
        expect(rater.locator("[data-submit][data-ready=false]")).to_be_enabled()
        for value in (1, 4, 2, 3):
            rater.keyboard.press(str(value))
        expect(rater.locator("[data-submit]")).to_have_attribute("data-ready", "true")
        rater.keyboard.press("Enter")
    expect(done).to_be_visible()
    send(organiser, "POST", f"/api/v1/ratings/studies/{study}/close/", {})


def ask_for_a_release(page: Page) -> None:
    """Cursor dwells are taken only where they are ticked: the resident's reading is one."""
    page.goto("/data/browse/")
    for choice in ("Dwells of the sharp disc", "Predicted readings", "Ratings"):
        page.get_by_label(re.compile(f"^{choice}")).check()
    page.get_by_label("Name").fill("The circle")
    page.get_by_label("What it is for").fill("To see it go round.")
    page.get_by_role("button", name="Send the request").click()
    page.wait_for_url(re.compile(r"/releases/#request-"))


def let_out(page: Page) -> None:
    page.goto("/data/")
    page.get_by_role("button", name="Approve: The circle").click()
    page.locator("dialog[open]").get_by_role("button", name="Approve", exact=True).click()


def download_after_a_cut(page: Page) -> str:
    """Nobody touches the page until the release is there; gives its id."""
    page.get_by_role("link", name=re.compile("^Open release")).click(timeout=PATIENCE)
    page.get_by_role("button", name="Accept the terms").click()
    expect(page.get_by_role("link", name=re.compile("^Download "))).to_be_visible()
    release = page.url.rstrip("/").rsplit("/", 1)[1]
    about = ask(page, f"/api/v1/releases/{release}/")
    assert about["by_source"] == {"aperture": 1, "simulated": FILMS}
    assert about["counts"]["ratings"] > 0
    first = page.request.get(about["archive"]["url"], headers={"Range": "bytes=0-999"})
    rest = page.request.get(about["archive"]["url"], headers={"Range": "bytes=1000-"})
    assert (first.status, rest.status) == (206, 206)
    assert hashlib.sha256(first.body() + rest.body()).hexdigest() == about["archive"]["sha256"]
    return release


def sign_in_with_a_password(stack: Stack, page: Page) -> None:
    cookie = stack.ask("set_password", username=page.name, password=PASSWORD)  # type: ignore[attr-defined]
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": stack.url}])


def train(stack: Stack, page: Page, release: str) -> dict[str, Any]:
    """From the release, with the worker killed on the way; gives the version that came of it."""
    page.goto("/models/runs/new/")
    page.get_by_role("radio", name=re.compile("^A release")).check()
    page.get_by_role("radio", name="steps").check()
    page.get_by_label("How many steps").fill(str(STEPS))
    page.get_by_label("Name of the run").fill("Round once")
    page.get_by_role("button", name="Start the training").click()
    page.wait_for_url(re.compile("/models/runs/[0-9a-f-]{36}/"))
    run = f"/api/v1/training/runs/{page.url.rstrip('/').rsplit('/', 1)[1]}/"
    assert ask(page, run)["data"]["release"] == release
    after(page, run, lambda now: bool(now["checkpoints"]), 240)
    os.kill(stack.child_of("--queues train"), signal.SIGKILL)
    done = after(page, run, lambda now: now["state"] in {"done", "failed"}, 600)
    assert done["state"] == "done", done["error"]
    assert done["of"] == STEPS
    version: dict[str, Any] = done["version"]
    assert [row["sha256"] for row in ask(page, "/api/v1/models/")["models"]].count(version["sha256"]) == 1
    return version


def after(page: Page, run: str, condition: Callable[[dict[str, Any]], bool], seconds: float) -> dict[str, Any]:
    """The run once it is so. Asked seldom: the training has what is left of the cores."""
    began = time.monotonic()
    while not condition(now := ask(page, run)):
        assert time.monotonic() - began < seconds, now
        page.wait_for_timeout(1000)
    return dict(now)


def leave(*pages: Page) -> None:
    """Whoever is done shuts the page: films that are drawn without a GPU take the cores from everybody else."""
    for page in pages:
        page.goto("about:blank")


def judge_and_promote(page: Page, made: dict[str, Any]) -> None:
    """The gate's table stands on the run's page; what it says decides whether a reason is asked for."""
    expect(page.locator("[data-gate]").get_by_text("ScanMatch").first).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Promote …").click()
    box = page.locator("dialog[open]")
    box.get_by_label(re.compile("^Why")).fill("The circle goes round with it.")
    box.get_by_label("Your password").fill(PASSWORD)
    box.get_by_role("button", name="Promote it").click()
    expect(page.get_by_text(f"{made['name']} serves now: new predictions are made by it.")).to_be_visible()


def predicted_by(page: Page, film: Any, seed: int) -> str:
    """The resident uploads a film; gives the version that predicted its reading, which the room names."""
    Image.fromarray(np.add.outer(np.arange(300), np.arange(260)).astype(np.uint16) * (60 + seed)).save(film)
    upload(page, film)
    page.get_by_label("Report").fill(REPORT)
    page.get_by_role("button", name="Send", exact=True).click()
    open_room(page)
    case = page.url.rstrip("/").rsplit("/", 1)[1]
    prediction = ask(page, f"/api/v1/cases/{case}/")["prediction"]
    model = ask(page, f"/api/v1/predictions/{prediction}/")["model"]
    expect(page.locator(f"a[href='/models/{model['sha256']}/']").first).to_be_visible()
    return str(model["sha256"])


def roll_back(page: Page, name: str) -> None:
    page.goto("/models/")
    page.get_by_role("button", name="Roll back …").click()
    box = page.locator("dialog[open]")
    box.get_by_label(re.compile("^Why")).fill("Once round is enough.")
    box.get_by_label("Your password").fill(PASSWORD)
    box.get_by_role("button", name="Roll back", exact=True).click()
    expect(page.locator("[data-champion]")).to_contain_text(name)
