"""The first third of the circle in Chromium: an author's key, a practice set, consent, a reading through a forced
reload, the commit, its feedback, the next case. Its numbers are worked out again here, with the libraries alone."""

from __future__ import annotations

import re
import secrets
from types import SimpleNamespace
from typing import Any

import httpx
import multimatch_gaze
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from shapely import affinity
from shapely.geometry import Point

from tests.browser.practising import author_a_set, look_at, start
from tests.browser.reading_room import PATIENCE, REPORT, Visit, ask, film_file, own_stack, until
from tests.live.stack import Stack, eventually

stack = own_stack  # the next case is one of all open sets

PLACES = [(0.27, 0.6), (0.7, 0.35), (0.3, 0.3), (0.72, 0.6), (0.5, 0.5), (0.27, 0.6)]
DRAWN = """() => {
    const canvas = document.querySelector("[data-overlay]");
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, at) => at % 4 === 3 && value > 100).length;
}"""


@pytest.fixture(scope="module")
def teaching(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A member of faculty with two films in the library: a real one, and a grey one."""
    name = f"p{secrets.token_hex(4)}"
    person = stack.ask("person", username=name, roles=["faculty"])
    grey = tmp_path_factory.mktemp("films") / "grey.png"
    values = np.add.outer(np.arange(300), np.arange(260)).astype(np.uint16) * 60
    Image.fromarray(values).save(grey)
    cases = []
    with httpx.Client(base_url=stack.url, timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {person['token']}"
        for path, title in ((film_file(), "Masses in both lungs"), (grey, "Nothing at all")):
            with path.open("rb") as file:
                sent = client.post("/api/v1/cases/", data={"report": REPORT, "title": title}, files={"file": file})
            cases.append(sent.json()["id"])
        for case in cases:
            eventually(lambda case=case: client.get(f"/api/v1/cases/{case}/").json()["prediction"], PATIENCE / 1000)
        key = {"normal": True, "note": "Grey.", "findings": [], "changed_at": None}
        draft = client.put(f"/api/v1/cases/{cases[1]}/key/", json=key).json()
        approved = client.post(f"/api/v1/cases/{cases[1]}/key/approve/", json={"changed_at": draft["changed_at"]})
        assert approved.status_code == 200, approved.text
    return SimpleNamespace(cookie=person["cookie"], cases=cases)


def mark_and_take_back(page: Page) -> None:
    """Two marks, the first labelled in part; undo takes back one step at a time; nothing stays on the film."""
    rows = page.locator("[data-marks] li")
    look_at(page, PLACES[:1], 300)
    page.keyboard.press("a")
    page.keyboard.press("l")
    page.keyboard.type("nodu")
    page.keyboard.press("Enter")
    look_at(page, PLACES[1:2], 300)
    page.keyboard.press("a")
    expect(rows).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(rows).to_have_count(1)
    expect(rows.locator("input[list]")).to_have_value("nodule")
    page.keyboard.press("Control+z")
    expect(rows.locator("input[list]")).to_have_value("")
    page.keyboard.press("Control+Shift+z")
    expect(rows.locator("input[list]")).to_have_value("nodule")
    page.keyboard.press("Delete")
    expect(rows).to_have_count(0)
    page.wait_for_timeout(300)
    assert page.evaluate(DRAWN) == 0
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Skip it")).to_be_focused()
    page.get_by_role("button", name="Skip S").click()
    expect(page.get_by_role("button", name="Skip it")).to_be_hidden()


def test_from_an_authors_key_to_feedback_and_the_next_case(
    teaching: SimpleNamespace, stack: Stack, visit: Visit
) -> None:
    author = visit("faculty")
    author.context.add_cookies([{"name": "sessionid", "value": teaching.cookie, "url": stack.url}])
    author_a_set(author, teaching.cases)

    page = visit("resident")
    page.goto("/")
    page.get_by_role("button", name="Next case").click()
    expect(page.get_by_role("heading", name="May your readings be used?")).to_be_visible()
    for choice in page.locator("input[value=no]").all():
        choice.check()
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url(re.compile("/practice/attempts/[0-9a-f-]{36}/$"))
    attempt = page.url.rstrip("/").rpartition("/")[2]
    assert "Masses" not in page.content()

    start(page, "Start reading")
    look_at(page, PLACES[:3])
    recording = ask(page, f"/api/v1/practice/attempts/{attempt}/")["recording"]["id"]
    until(page, lambda: ask(page, f"/api/v1/recordings/{recording}/")["duration_s"] > 1.0, 20)
    before = ask(page, f"/api/v1/recordings/{recording}/samples/")["samples"]
    page.reload()
    start(page, "Go on reading")
    look_at(page, PLACES[3:])
    page.keyboard.press("a")
    page.keyboard.press("5")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/feedback/"), timeout=PATIENCE)
    expect(page.get_by_text("1 of 1 finding")).to_be_visible(timeout=PATIENCE)

    log = ask(page, f"/api/v1/recordings/{recording}/samples/")
    assert log["samples"][: len(before)] == before  # nothing that was acknowledged is lost
    found = ask(page, f"/api/v1/practice/attempts/{attempt}/feedback/")
    film = ask(page, f"/api/v1/cases/{teaching.cases[0]}/")["film"]
    check_numbers(found, log["samples"], film["rows"] / film["columns"])
    dwelt = {(round(f["x"], 2), round(f["y"], 2)) for f in found["readings"][0]["fixations"]}
    for x, y in PLACES:
        assert any(abs(x - a) < 0.02 and abs(y - b) < 0.02 for a, b in dwelt), (x, y, dwelt)

    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: attempt not in url and "/practice/attempts/" in url)
    start(page, "Start reading")
    mark_and_take_back(page)
    page.keyboard.press("n")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/feedback/"), timeout=PATIENCE)
    expect(page.get_by_text("success", exact=True)).to_be_visible(timeout=PATIENCE)
    page.goto("/practice/")
    expect(page.get_by_text("There is nothing new to read.")).to_be_visible()


def check_numbers(found: dict[str, Any], samples: list[list[float]], aspect: float) -> None:
    """Fixations, hit, dwell and likeness of the feedback against the samples alone."""
    own, predicted = (reading["fixations"] for reading in found["readings"][:2])
    again = dispersion(samples, aspect)
    assert len(again) == len(own) > 3
    for mine, theirs in zip(again, own, strict=True):
        assert mine == pytest.approx([theirs[name] for name in ("x", "y", "onset_s", "duration_s")], abs=1e-9)
    (finding,), (mark,) = found["key"]["findings"], found["marks"]
    region = ellipse_of(finding["shape"], aspect)
    assert region.distance(Point(mark["x"], mark["y"] * aspect)) <= 0.05
    assert (mark["verdict"], finding["state"]) == ("hit", "hit")
    near = sum(f[3] for f in again if region.distance(Point(f[0], f[1] * aspect)) <= 0.10)
    assert finding["dwell_s"] == pytest.approx(near, abs=2e-3)
    paths = [
        np.array([(f["x"] * 128, f["y"] * 128, f["duration_s"]) for f in path], dtype=[(n, float) for n in NAMES])
        for path in (own, predicted)
    ]
    golden = multimatch_gaze.docomparison(*paths, [128, 128])
    values = {row["measure"]: row["value"] for row in found["similarity"] if row["to"] == "predicted"}
    assert values["ScanMatch"] is not None
    told = [values[f"MultiMatch {name}"] for name in ("vector", "direction", "length", "position", "duration")]
    assert told == pytest.approx(list(golden), abs=1e-6)


NAMES = ("start_x", "start_y", "duration")


def ellipse_of(shape: dict[str, float], aspect: float) -> Any:
    """In film widths both ways; turned clockwise on a screen whose y goes down."""
    disc = Point(0, 0).buffer(1, quad_segs=64)
    turned = affinity.rotate(affinity.scale(disc, shape["radius_x"], shape["radius_y"]), shape["angle_deg"], (0, 0))
    return affinity.translate(turned, shape["x"], shape["y"] * aspect)


def dispersion(samples: list[list[float]], aspect: float) -> list[tuple[float, float, float, float]]:
    """I-DT as Salvucci and Goldberg 2000 write it: (x, y, onset, duration), with the parameters in docs/guide.md."""
    runs: list[list[list[float]]] = [[]]
    for row in samples:
        if row[1] is None or (runs[-1] and row[0] - runs[-1][-1][0] > 0.075):
            runs.append([])
        if row[1] is not None:
            runs[-1].append(row)
    found = []
    for run in runs:
        window: list[list[float]] = []
        waiting = list(run)
        while waiting or window:
            while waiting and (not window or window[-1][0] - window[0][0] < 0.1 - 1e-9):
                window.append(waiting.pop(0))
            if window[-1][0] - window[0][0] < 0.1 - 1e-9:
                break
            if spread(window, aspect) > 0.08:
                window.pop(0)
                continue
            while waiting and spread([*window, waiting[0]], aspect) <= 0.08:
                window.append(waiting.pop(0))
            x, y = (float(np.mean([row[axis] for row in window])) for axis in (1, 2))
            found.append((x, y, window[0][0], window[-1][0] - window[0][0]))
            window = []
    return found


def spread(window: list[list[float]], aspect: float) -> float:
    xs, ys = [row[1] for row in window], [row[2] for row in window]
    return max(xs) - min(xs) + (max(ys) - min(ys)) * aspect
